//! A metric family: what HELP and TYPE are written for.

use std::{borrow::Cow, time::SystemTime};

use crate::{Exemplar, Format, Histogram, Labels, Number, name};

/// One metric family.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Name as in PromQL, suffixes included (`sigil_encode_total`, `target_info`), without `_bucket` and alike;
    /// [`Family::name_in`] gives the name of HELP and TYPE.
    pub name: String,
    /// HELP text, unescaped; empty for none.
    pub help: String,
    /// Unit as OpenMetrics names it (`seconds`); empty for none.
    pub unit: String,
    /// Type.
    pub kind: Kind,
    /// Series sorted by labels.
    pub series: Vec<Series>,
}

/// Type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Monotonic sum.
    Counter,
    /// A value that goes up and down.
    Gauge,
    /// Cumulative buckets.
    Histogram,
    /// Quantiles (only from a `prometheus::Registry`).
    Summary,
    /// `target_info` and alike: OpenMetrics `info`, text `gauge`.
    Info,
    /// Untyped: OpenMetrics `unknown`, text `untyped`.
    Unknown,
}

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its labels, without `le` and `quantile`.
    pub labels: Labels,
    /// Its value.
    pub value: Value,
    /// When it began to accumulate, where known.
    pub created: Option<SystemTime>,
}

/// Value of a series; which one follows from the family's [`Kind`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of a counter.
    Counter {
        /// The sum.
        value: Number,
        /// The latest measurement that was traced.
        exemplar: Option<Box<Exemplar>>,
    },
    /// Of a gauge, an info (always 1) or an untyped metric.
    Number(Number),
    /// Of a histogram.
    Histogram(Histogram),
    /// Of a summary.
    Summary {
        /// `(quantile, value)`, sorted by quantile.
        quantiles: Vec<(f64, f64)>,
        /// Sum of all values.
        sum: f64,
        /// Number of values.
        count: u64,
    },
}

impl Family {
    /// The name as HELP and TYPE of this format print it: OpenMetrics names a counter without its `_total` and an info
    /// without its `_info`, and formats without UTF-8 names have `_` for what isn't allowed.
    ///
    /// The snapshot writes a counter as `unknown` under its whole name where the short one is taken by another metric.
    pub fn name_in(&self, format: Format) -> Cow<'_, str> {
        let short = match (format, self.kind) {
            (Format::OpenMetrics1 { .. }, Kind::Counter) => self.name.strip_suffix("_total").unwrap_or(&self.name),
            (Format::OpenMetrics1 { .. }, Kind::Info) => self.name.strip_suffix("_info").unwrap_or(&self.name),
            _ => &self.name,
        };
        if format.utf8_names() { Cow::Borrowed(short) } else { name::underscored(short) }
    }

    /// The series with exactly these labels.
    pub fn series(&self, labels: &[(&str, &str)]) -> Option<&Series> {
        let wanted: Labels = labels.iter().copied().collect();
        self.series.iter().find(|series| series.labels == wanted)
    }

    /// What the name gets appended for each sample of this type.
    pub(crate) fn suffixes(kind: Kind) -> &'static [&'static str] {
        match kind {
            Kind::Counter | Kind::Gauge | Kind::Info | Kind::Unknown => &[""],
            Kind::Histogram => &["", "_bucket", "_sum", "_count", "_created"],
            Kind::Summary => &["", "_sum", "_count", "_created"],
        }
    }
}

impl Kind {
    /// As TYPE of the text format says it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge | Kind::Info => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
            Kind::Unknown => "untyped",
        }
    }

    /// As TYPE of OpenMetrics says it.
    pub(crate) fn openmetrics(self) -> &'static str {
        match self {
            Kind::Info => "info",
            Kind::Unknown => "unknown",
            other => other.text(),
        }
    }
}

impl Series {
    /// The number of a counter, gauge, info or untyped metric.
    pub fn number(&self) -> Option<Number> {
        match self.value {
            Value::Counter { value, .. } | Value::Number(value) => Some(value),
            Value::Histogram(_) | Value::Summary { .. } => None,
        }
    }

    /// The histogram, if it is one.
    pub fn histogram(&self) -> Option<&Histogram> {
        match &self.value {
            Value::Histogram(histogram) => Some(histogram),
            _ => None,
        }
    }
}
