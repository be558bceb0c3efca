//! One label set of one instrument.

use std::sync::{
    OnceLock,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use opentelemetry::{
    Key, KeyValue, StringValue,
    metrics::{BoundCounter, BoundHistogram, BoundUpDownCounter},
};

use crate::{
    key::{Few, Key as SeriesKey},
    reservoir::Reservoir,
    values::{Value, Values},
};

/// Attribute that marks the series that stand for all label sets over the limit.
pub(crate) const OVERFLOW: &str = "otel.metric.overflow";

/// Label sets of one instrument, and what each has: column by column, so that none takes room for what it doesn't have.
#[derive(Debug)]
pub(crate) struct SeriesBlock {
    labels: usize,
    overflow: bool,
    /// As many values for each series as there are labels. Written before anybody knows the series.
    keys: Box<[[AtomicU64; 2]]>,
    /// Bound when first recorded on, at the earliest: binding may have to wait for a scrape.
    bound: Box<[OnceLock<Bound>]>,
    /// Ups less downs that have not been recorded yet. Made on first use: few instruments count what is in flight.
    flight: OnceLock<Box<[AtomicI64]>>,
    /// Made on first use: series outside any trace need no room for them.
    exemplars: OnceLock<Box<[OnceLock<Box<Reservoir>>]>>,
}

/// A label set, and the handle that records with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Series<'a> {
    block: &'a SeriesBlock,
    row: usize,
}

/// A handle with its attributes already resolved: recording takes no lookup in the SDK.
#[derive(Debug)]
pub(crate) enum Bound {
    Histogram(BoundHistogram<f64>),
    Counter(BoundCounter<u64>),
    FloatCounter(BoundCounter<f64>),
    UpDown(BoundUpDownCounter<i64>),
}

impl Bound {
    /// Records a value in a histogram, or adds it to a counter.
    #[inline(always)]
    pub(crate) fn record(&self, value: f64) {
        match self {
            Bound::Histogram(histogram) => histogram.record(value),
            Bound::FloatCounter(counter) => counter.add(value),
            Bound::Counter(counter) => counter.add(value as u64),
            Bound::UpDown(up_down) => up_down.add(value as i64),
        }
    }
}

impl SeriesBlock {
    pub(crate) fn new(labels: usize, overflow: bool, series: usize) -> Self {
        Self {
            labels,
            overflow,
            keys: made(labels * series),
            bound: made(series),
            flight: OnceLock::new(),
            exemplars: OnceLock::new(),
        }
    }

    /// Writes the key of a series that nobody knows yet.
    pub(crate) fn put(&self, row: usize, key: &SeriesKey) -> Option<Series<'_>> {
        for (label, words) in self.keys.get(row * self.labels..)?.iter().take(self.labels).enumerate() {
            for (word, value) in words.iter().zip(key.get(label).words()) {
                word.store(value, Ordering::Relaxed);
            }
        }
        self.at(row)
    }

    #[inline(always)]
    pub(crate) fn at(&self, row: usize) -> Option<Series<'_>> {
        (row < self.bound.len()).then_some(Series { block: self, row })
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.keys) + size_of_val(&*self.bound)
    }
}

fn made<T: Default>(rows: usize) -> Box<[T]> {
    std::iter::repeat_with(T::default).take(rows).collect()
}

impl<'a> Series<'a> {
    /// Whether it has these values. For an instrument with few labels.
    #[inline(always)]
    pub(crate) fn is_few(self, few: &Few) -> bool {
        self.values().zip(few).fold(0, |all, (held, value)| {
            let ([a, b], [c, d]) = (held.words(), value.words());
            all | (a ^ c) | (b ^ d)
        }) == 0
    }

    pub(crate) fn is(self, key: &SeriesKey) -> bool {
        self.values().enumerate().all(|(label, value)| value == key.get(label))
    }

    /// By label.
    #[inline(always)]
    fn values(self) -> impl Iterator<Item = Value> {
        let SeriesBlock { labels, keys, .. } = self.block;
        let first = self.row * labels;
        let held = keys.get(first..first + labels).unwrap_or_default();
        held.iter().map(|[a, b]| Value::from_words([a.load(Ordering::Relaxed), b.load(Ordering::Relaxed)]))
    }

    /// The attributes, sorted by key, as `keys` are.
    pub(crate) fn attributes(self, keys: &[Key], values: &Values) -> Vec<KeyValue> {
        let mut attributes: Vec<_> = keys
            .iter()
            .zip(self.values())
            // Both shared: the SDK copies the attributes of every series at every collect.
            .filter_map(|(key, value)| Some(KeyValue::new(key.clone(), StringValue::from(values.shared(value)?))))
            .collect();
        if self.block.overflow {
            attributes.push(KeyValue::new(OVERFLOW, true));
            attributes.sort_by(|a, b| a.key.cmp(&b.key));
        }
        attributes
    }

    #[inline(always)]
    pub(crate) fn bound(self) -> Option<&'a Bound> {
        self.block.bound.get(self.row)?.get()
    }

    /// Takes the handle that `bind` makes, unless it has one. If two threads bind at a time, they get the same from the SDK.
    pub(crate) fn bound_by(self, bind: impl FnOnce() -> Bound) -> &'a Bound {
        let held = &self.block.bound[self.row];
        match held.get() {
            Some(bound) => bound,
            // Not made under the cell's lock: binding is foreign code.
            None => {
                let bound = bind();
                held.get_or_init(|| bound)
            }
        }
    }

    /// One more or one fewer, to be recorded by [`Series::land`].
    pub(crate) fn shift(self, by: i64) {
        let flight = self.block.flight.get_or_init(|| made(self.block.bound.len()));
        flight[self.row].fetch_add(by, Ordering::Relaxed);
    }

    /// What has been shifted since the last call.
    pub(crate) fn land(self) -> i64 {
        let Some(flight) = self.block.flight.get().and_then(|flight| flight.get(self.row)) else { return 0 };
        // Read first: most have not moved.
        if flight.load(Ordering::Relaxed) == 0 { 0 } else { flight.swap(0, Ordering::Relaxed) }
    }

    /// The exemplars, if any has been offered.
    pub(crate) fn exemplars(self) -> Option<&'a Reservoir> {
        self.block.exemplars.get()?.get(self.row)?.get().map(Box::as_ref)
    }

    /// The exemplars, made on first use.
    pub(crate) fn reservoir(self, bounds: &[f64]) -> &'a Reservoir {
        let exemplars = self.block.exemplars.get_or_init(|| made(self.block.bound.len()));
        exemplars[self.row].get_or_init(|| Box::new(Reservoir::new(bounds)))
    }
}
