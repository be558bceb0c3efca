//! Families as bytes.

use std::{sync::Arc, time::SystemTime};

use crate::{
    Exemplar, Family, Histogram, Kind, Number, Series, Value,
    announced::Announced,
    name,
    number::{write_bound, write_number, write_unsigned},
    token::{escape_into, write_labels, write_quoted, write_timestamp},
};

/// OpenMetrics' limit for names and values of an exemplar's labels.
const EXEMPLAR_CHARACTERS: usize = 128;

/// Writes families, series and lines in one format, to a buffer that its user takes and gives as he likes.
pub(crate) struct Encoder {
    /// What was written.
    pub(crate) out: Vec<u8>,
    openmetrics: bool,
    created: bool,
    /// Whether the name of the current family needs quotes.
    quoted: bool,
    /// The labels of the current series, written once for all its lines.
    labels: Vec<u8>,
    /// The bounds written last, as text: the series of a family share theirs.
    bounds: Option<WrittenBounds>,
}

type WrittenBounds = (Arc<[f64]>, Vec<Vec<u8>>);

impl Encoder {
    pub(crate) fn new(openmetrics: bool, created: bool) -> Encoder {
        let created = openmetrics && created;
        Encoder { out: Vec::new(), openmetrics, created, quoted: false, labels: Vec::new(), bounds: None }
    }

    pub(crate) fn is_openmetrics(&self) -> bool {
        self.openmetrics
    }

    /// Whether `_created` samples are written.
    pub(crate) fn writes_created(&self) -> bool {
        self.created
    }

    /// HELP, TYPE and UNIT; what is written next belongs to this family.
    pub(crate) fn header(&mut self, family: &Family, announced: Announced<'_>) {
        if !family.help.is_empty() {
            self.metadata(b"# HELP ", announced.name);
            escape_into(&mut self.out, &family.help, self.openmetrics);
            self.out.push(b'\n');
        }
        self.metadata(b"# TYPE ", announced.name);
        let kind = if self.openmetrics { announced.kind.openmetrics() } else { announced.kind.text() };
        self.out.extend_from_slice(kind.as_bytes());
        self.out.push(b'\n');
        let has_unit = self.openmetrics && !family.unit.is_empty() && announced.kind != Kind::Info;
        if has_unit && announced.name.strip_suffix(&family.unit).is_some_and(|stem| stem.ends_with('_')) {
            self.metadata(b"# UNIT ", announced.name);
            self.out.extend_from_slice(family.unit.as_bytes());
            self.out.push(b'\n');
        }
        self.quoted = !name::is_classic(&family.name);
    }

    /// All lines of one series.
    pub(crate) fn series(&mut self, name: &str, announced: Announced<'_>, series: &Series) {
        self.labels.clear();
        write_labels(&mut self.labels, &series.labels);
        match &series.value {
            Value::Counter { value, exemplar } => {
                self.sample(name, "", None);
                write_number(&mut self.out, *value);
                let exemplar = exemplar.as_deref().filter(|_| announced.kind == Kind::Counter);
                self.end_line(exemplar);
                if announced.kind == Kind::Counter {
                    self.created(announced.name, series.created);
                }
            }
            Value::Number(value) => {
                self.sample(name, "", None);
                write_number(&mut self.out, *value);
                self.end_line(None);
            }
            Value::Histogram(histogram) => {
                self.buckets(name, histogram);
                if !self.openmetrics || histogram.has_counter_sum() {
                    self.sum_and_count(name, histogram.sum(), histogram.count());
                }
                self.created(name, series.created);
            }
            Value::Summary { quantiles, sum, count } => {
                // OpenMetrics knows neither quantiles outside 0 to 1 nor values below zero.
                let openmetrics = self.openmetrics;
                let allowed =
                    |(q, v): &&(f64, f64)| !openmetrics || (0.0..=1.0).contains(q) && (*v >= 0.0 || v.is_nan());
                for &(quantile, value) in quantiles.iter().filter(allowed) {
                    let mut text = Vec::with_capacity(8);
                    write_bound(&mut text, quantile);
                    self.sample(name, "", Some(("quantile", &text)));
                    write_number(&mut self.out, Number::Float(value));
                    self.end_line(None);
                }
                let sum = Number::Float(*sum);
                if !self.openmetrics || !sum.is_negative_or_nan() {
                    self.sum_and_count(name, sum, *count);
                }
                self.created(name, series.created);
            }
        }
    }

    fn buckets(&mut self, name: &str, histogram: &Histogram) {
        let shared = histogram.shared_bounds();
        let texts = match self.bounds.take() {
            Some((bounds, texts)) if Arc::ptr_eq(&bounds, shared) => texts,
            _ => shared.iter().map(|le| bound_text(*le)).collect(),
        };
        for (bucket, le) in histogram.buckets().zip(&texts) {
            self.sample(name, "_bucket", Some(("le", le)));
            write_unsigned(&mut self.out, bucket.count);
            self.end_line(bucket.exemplar);
        }
        self.bounds = Some((Arc::clone(shared), texts));
    }

    fn sum_and_count(&mut self, name: &str, sum: Number, count: u64) {
        self.sample(name, "_sum", None);
        write_number(&mut self.out, sum);
        self.end_line(None);
        self.sample(name, "_count", None);
        write_unsigned(&mut self.out, count);
        self.end_line(None);
    }

    fn created(&mut self, name: &str, created: Option<SystemTime>) {
        if let Some(created) = created.filter(|_| self.created) {
            let before = self.out.len();
            self.sample(name, "_created", None);
            if write_timestamp(&mut self.out, created) {
                self.end_line(None);
            } else {
                self.out.truncate(before);
            }
        }
    }

    fn metadata(&mut self, start: &[u8], name: &str) {
        self.out.extend_from_slice(start);
        if name::is_classic(name) {
            self.out.extend_from_slice(name.as_bytes());
        } else {
            write_quoted(&mut self.out, name, "");
        }
        self.out.push(b' ');
    }

    /// How long everything before the value is in a line with these labels.
    pub(crate) fn measure(&mut self, name: &str, suffix: &str, le: Option<f64>, labels: &[u8]) -> usize {
        self.labels.clear();
        self.labels.extend_from_slice(labels);
        let before = self.out.len();
        let le = le.map(bound_text);
        self.sample(name, suffix, le.as_deref().map(|le| ("le", le)));
        let written = self.out.len() - before;
        self.out.truncate(before);
        written
    }

    /// Everything of a sample's line before its value.
    fn sample(&mut self, name: &str, suffix: &str, extra: Option<(&str, &[u8])>) {
        let out = &mut self.out;
        let mut separator: &[u8] = b"{";
        if self.quoted {
            out.push(b'{');
            write_quoted(out, name, suffix);
            separator = b",";
        } else {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(suffix.as_bytes());
        }
        if !self.labels.is_empty() {
            out.extend_from_slice(separator);
            out.extend_from_slice(&self.labels);
            separator = b",";
        }
        if let Some((name, value)) = extra {
            out.extend_from_slice(separator);
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"=\"");
            out.extend_from_slice(value);
            out.push(b'"');
            separator = b",";
        }
        out.extend_from_slice(if separator == b"," { b"} " } else { b" " });
    }

    /// What follows a value.
    #[inline]
    pub(crate) fn end_line(&mut self, exemplar: Option<&Exemplar>) {
        if let Some(exemplar) = exemplar {
            self.exemplar(exemplar);
        }
        self.out.push(b'\n');
    }

    fn exemplar(&mut self, exemplar: &Exemplar) {
        if self.openmetrics && is_short(exemplar) {
            self.out.extend_from_slice(b" # {");
            write_labels(&mut self.out, &exemplar.labels);
            self.out.extend_from_slice(b"} ");
            write_number(&mut self.out, Number::Float(exemplar.value));
            if let Some(time) = exemplar.time {
                self.out.push(b' ');
                if !write_timestamp(&mut self.out, time) {
                    self.out.pop();
                }
            }
        }
    }
}

fn is_short(exemplar: &Exemplar) -> bool {
    let characters: usize =
        exemplar.labels.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
    characters <= EXEMPLAR_CHARACTERS
}

fn bound_text(le: f64) -> Vec<u8> {
    let mut text = Vec::with_capacity(8);
    write_bound(&mut text, le);
    text
}

/// Roughly how many bytes the series of `families` will be, so that the buffer seldom grows.
pub(crate) fn estimate(families: &[Family]) -> usize {
    let of_series = |name: usize, series: &Series| {
        let labels: usize = series.labels.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let lines = series.histogram().map_or(1, |histogram| histogram.bounds().len() + 2);
        (name + labels + 24) * lines
    };
    let of_family = |family: &Family| -> usize {
        200 + family.series.iter().map(|series| of_series(family.name.len(), series)).sum::<usize>()
    };
    families.iter().map(of_family).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Labels;

    #[test]
    fn one_long_label_value_does_not_make_room_for_many() {
        let series = |user: String| Series {
            labels: Labels::new([("user", user)]),
            value: Value::Histogram(Histogram::new([(0.1, 0), (1.0, 0)], 0.0)),
            created: None,
        };
        let mut all = vec![series("a".repeat(1 << 20))];
        all.extend((0..1000).map(|user| series(user.to_string())));
        let family = Family {
            name: "x".to_owned(),
            help: String::new(),
            unit: String::new(),
            kind: Kind::Histogram,
            series: all,
        };
        let families = [family];
        let mut encoder = Encoder::new(false, false);
        let [Family { name, kind, series, .. }] = &families;
        for series in series {
            encoder.series(name, Announced { name, kind: *kind }, series);
        }
        let written = encoder.out.len();
        let estimated = estimate(&families);
        assert!((written / 2..written * 2).contains(&estimated), "{estimated} estimated, {written} written");
    }
}
