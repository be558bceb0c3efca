//! The series of one stream, kept from gather to gather.

mod arrangement;
mod point;
mod template;
mod text;
mod texts;

use std::{sync::Arc, time::SystemTime};

use bytes::Bytes;
use opentelemetry::{KeyValue, Value as Attribute};

use crate::{
    Exemplar, Family, Histogram, Kind, Labels, Number, Problems, Series, Value, announced::Announced, encode::Encoder,
    exemplar::Exemplars, label_name,
};

pub(crate) use self::point::Point;
use self::{template::Template, texts::Texts};

/// The place of a series that was in none before.
const NEW: u32 = u32::MAX;

/// The series of one stream of the SDK, in the order in which the SDK gives its data points, with their values at the last
/// gather and what they are written as. It is the family of that stream's name, unless another one has the same.
///
/// The SDK's order stays as long as its map doesn't grow. So a data point is nearly always that of the row at its place,
/// which one comparison of the attributes tells, and its labels, their order among the others and their text are known.
///
/// It holds only streams about which there is nothing to say: series that are distinct, attributes whose names need no
/// change, counters that don't fall. What is [`Unkept`] is translated anew at each gather, and counted each time.
#[derive(Debug)]
pub(crate) struct Table {
    /// Without series.
    family: Family,
    /// Of a histogram: upper bounds, ascending, the last one `+Inf`.
    bounds: Arc<[f64]>,
    created: Option<SystemTime>,
    rows: Vec<Row>,
    /// Counts of each row's buckets alone, row after row.
    counts: Vec<u64>,
    /// The gather at which each row had another value than before.
    changed: Vec<u64>,
    /// Rows in the order of their labels.
    order: Vec<u32>,
    /// The last gather.
    gather: u64,
    /// Whether no label name needs quotes.
    classic: bool,
    /// Whether a row has an exemplar.
    exemplified: bool,
    texts: [Texts; 2],
}

#[derive(Clone, Debug)]
struct Row {
    /// As the SDK has them.
    attributes: Box<[KeyValue]>,
    labels: Labels,
    /// How long they are as text.
    labels_length: usize,
    /// The value, or the sum of a histogram.
    number: Number,
    /// Whether the sum was ever below zero, which OpenMetrics doesn't take: its lines may come and go.
    fell: bool,
    /// With their buckets, sorted by these.
    exemplars: Vec<(usize, Exemplar)>,
}

/// The values of a row.
struct Reading<'a> {
    counts: &'a [u64],
    number: Number,
    exemplars: &'a [(usize, Exemplar)],
}

/// The stream can't be kept in a table.
#[derive(Debug)]
pub(crate) struct Unkept;

impl Table {
    /// No series yet.
    pub(crate) fn new(family: Family, bounds: Arc<[f64]>, created: Option<SystemTime>) -> Table {
        Table {
            family,
            bounds,
            created,
            rows: Vec::new(),
            counts: Vec::new(),
            changed: Vec::new(),
            order: Vec::new(),
            gather: 0,
            classic: true,
            exemplified: false,
            texts: Default::default(),
        }
    }

    /// Whether it holds what is described so.
    pub(crate) fn is_of(&self, family: &Family, bounds: &[f64], created: Option<SystemTime>) -> bool {
        self.family == *family && *self.bounds == *bounds && self.created == created
    }

    /// The same, for when somebody still looks at this one; the texts go over to it.
    pub(crate) fn succeeded(&self) -> Table {
        Table {
            family: self.family.clone(),
            bounds: Arc::clone(&self.bounds),
            created: self.created,
            rows: self.rows.clone(),
            counts: self.counts.clone(),
            changed: self.changed.clone(),
            order: self.order.clone(),
            gather: self.gather,
            classic: self.classic,
            exemplified: self.exemplified,
            texts: self.texts.each_ref().map(Texts::succeeded),
        }
    }

    /// Takes the values of a gather, later than the last one. `labels` makes the labels of a series that is new, if it can
    /// be kept. After an error the table is of no use any more.
    pub(crate) fn update<'a, P: Point + 'a, I: Iterator<Item = &'a P>>(
        &mut self,
        gather: u64,
        points: impl Fn() -> I,
        labels: impl FnMut(&'a P) -> Option<Labels>,
    ) -> Result<(), Unkept> {
        self.gather = gather;
        for texts in &mut self.texts {
            texts.forget_unasked(gather);
        }
        let mut taken = 0;
        let mut others = points().peekable();
        while let Some(point) = others.next_if(|point| self.is_at(taken, *point)) {
            self.set(taken, point)?;
            taken += 1;
        }
        if others.peek().is_some() || taken < self.rows.len() {
            self.rearrange(points(), labels)?;
            self.classic = label_name::are_classic(self.rows.iter().map(|row| &row.labels));
            for (row, point) in points().enumerate() {
                self.set(row, point)?;
            }
        }
        Ok(())
    }

    /// Whether a data point is that of a row.
    fn is_at<P: Point>(&self, row: usize, point: &P) -> bool {
        let Some(row) = self.rows.get(row) else { return false };
        let mut theirs = point.attributes();
        row.attributes.iter().all(|ours| theirs.next().is_some_and(|theirs| is_same(ours, theirs)))
            && theirs.next().is_none()
    }

    /// Whether a series of this value is left out.
    fn refuses(&self, number: Number) -> bool {
        self.family.kind == Kind::Counter && number.is_negative_or_nan()
    }

    fn set<P: Point>(&mut self, at: usize, point: &P) -> Result<(), Unkept> {
        let (row, width) = (&mut self.rows[at], self.bounds.len());
        let number = point.number();
        let mut changed = row.number != number;
        if changed {
            row.number = number;
            row.fell |= number.is_negative_or_nan();
            if self.refuses(number) {
                return Err(Unkept);
            }
        }
        changed |= point.put_counts(&mut self.counts[at * width..(at + 1) * width]).ok_or(Unkept)?;
        if changed {
            self.changed[at] = self.gather;
        }
        Ok(())
    }

    /// Joins what exemplars are held of this stream.
    pub(crate) fn exemplify(&mut self, stream: &str, exemplars: &Exemplars, problems: &Problems) {
        if !self.exemplified && !exemplars.has(stream) {
            return;
        }
        self.exemplified = false;
        for at in 0..self.rows.len() {
            let held = exemplars.of(stream, || self.rows[at].attributes.iter(), problems);
            let held = match self.family.kind {
                Kind::Histogram => {
                    let mut histogram = self.histogram(at);
                    held.into_iter().for_each(|exemplar| histogram.add_exemplar(exemplar));
                    histogram.into_exemplars()
                }
                Kind::Counter => held.into_iter().max_by_key(|e| e.time).map(|e| (0, e)).into_iter().collect(),
                _ => Vec::new(),
            };
            self.exemplified |= !held.is_empty();
            if self.rows[at].exemplars != held {
                self.rows[at].exemplars = held;
                self.changed[at] = self.gather;
            }
        }
    }

    /// Number of series.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is a series with these labels.
    pub(crate) fn has(&self, labels: &Labels) -> bool {
        self.order.binary_search_by(|row| self.rows[*row as usize].labels.cmp(labels)).is_ok()
    }

    /// Whether no label name needs quotes.
    pub(crate) fn is_classic(&self) -> bool {
        self.classic
    }

    /// The series as data, sorted by labels.
    pub(crate) fn series(&self) -> impl Iterator<Item = Series> {
        self.order.iter().map(|row| self.one(*row as usize))
    }

    fn one(&self, at: usize) -> Series {
        let row = &self.rows[at];
        let value = match self.family.kind {
            Kind::Histogram => {
                let mut histogram = self.histogram(at);
                histogram.set_exemplars(row.exemplars.clone());
                Value::Histogram(histogram)
            }
            Kind::Counter => {
                let exemplar = row.exemplars.first().map(|(_, exemplar)| Box::new(exemplar.clone()));
                Value::Counter { value: row.number, exemplar }
            }
            _ => Value::Number(row.number),
        };
        Series { labels: row.labels.clone(), value, created: self.created }
    }

    fn histogram(&self, at: usize) -> Histogram {
        let counts = self.counts_of(at).iter().copied();
        Histogram::from_counts(Arc::clone(&self.bounds), counts, self.rows[at].number)
    }

    fn counts_of(&self, at: usize) -> &[u64] {
        let width = self.bounds.len();
        &self.counts[at * width..(at + 1) * width]
    }

    /// Writes all series to `pieces`, behind what `encoder` has written.
    pub(crate) fn write(&self, encoder: &mut Encoder, announced: Announced<'_>, pieces: &mut Vec<Bytes>) {
        self.texts[usize::from(encoder.is_openmetrics())].write(self, encoder, announced, pieces);
    }

    /// Writes a row, with what was written of it before, if anything, as the template.
    fn write_row(&self, at: usize, old: &[u8], template: &Template, encoder: &mut Encoder, announced: Announced<'_>) {
        let row = &self.rows[at];
        if old.is_empty() || row.fell {
            return encoder.series(&self.family.name, announced, &self.one(at));
        }
        let reading = Reading { counts: self.counts_of(at), number: row.number, exemplars: &row.exemplars };
        let sums = !encoder.is_openmetrics() || self.bounds.first().is_none_or(|le| *le >= 0.0);
        template.write(encoder, announced, old, row.labels_length, sums, &reading);
    }
}

/// Equality. Names, and values that the SDK shares, are nearly always the very same text, which is seen without reading it.
fn is_same(a: &KeyValue, b: &KeyValue) -> bool {
    let same = |a: &str, b: &str| std::ptr::eq(a, b) || a == b;
    same(a.key.as_str(), b.key.as_str())
        && match (&a.value, &b.value) {
            (Attribute::String(a), Attribute::String(b)) => same(a.as_str(), b.as_str()),
            (a, b) => a == b,
        }
}
