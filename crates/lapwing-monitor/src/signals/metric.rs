//! A metric as Prometheus sees it.

use lapwing_exposition::{Translation, prometheus_label};

use super::SCRAPE_LABELS;

/// One metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Prometheus name; for a histogram without `_bucket`, `_sum`, `_count`.
    pub name: String,
    /// OpenTelemetry name of the instrument that is declared for it; none for what Lapwing or Prometheus adds.
    pub instrument: Option<String>,
    /// Type.
    pub kind: Kind,
    /// UCUM unit of the instrument; empty for none.
    pub unit: String,
    /// HELP.
    pub description: String,
    /// Labels beside `job` and `instance`, sorted by name; `le` is not among them.
    pub labels: Vec<Label>,
    /// Finite bounds of a histogram, rising; none if it is no histogram, or its bounds follow the values.
    pub bounds: Option<Vec<f64>>,
    /// Label sets after which further ones fold into overflow series.
    pub series_limit: Option<usize>,
    /// Where it comes from.
    pub origin: Origin,
    /// What of which spans or events it is, one entry a rule; empty for all else.
    pub measured: Vec<Measured>,
}

/// What a rule takes of its spans or events into a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The glob over their names, as in [`Origin::Spans`].
    pub pattern: String,
    /// What is taken.
    pub role: Role,
    /// The labels that all of this rule's series have, with their one value.
    pub constants: Vec<(String, String)>,
}

/// What is taken of a span or an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// How long it took.
    Duration,
    /// That it was.
    Calls,
    /// That it failed.
    Errors,
    /// That it is going on.
    InFlight,
    /// The value of a field.
    Field,
}

/// Type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are Prometheus' types")]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A label of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// As in PromQL.
    pub name: String,
    /// What it can be.
    pub values: Values,
    /// Whether there are series without it.
    pub optional: bool,
}

/// Values of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// Any.
    Open,
    /// One of these.
    Closed(Vec<String>),
}

/// Where a metric comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From spans or events, by rules: the globs over their names (`*` for a rule without one), each once.
    Spans(Vec<String>),
    /// Observed by the service: the source's name.
    Observed(String),
    /// Lapwing adds it.
    Lapwing,
    /// Prometheus adds it at each scrape.
    Prometheus,
}

impl Kind {
    /// As in a TYPE line.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

impl Metric {
    /// The names its samples have in PromQL.
    pub fn sample_names(&self) -> Vec<String> {
        match self.kind {
            Kind::Histogram => ["_bucket", "_sum", "_count"].map(|suffix| format!("{}{suffix}", self.name)).into(),
            Kind::Counter | Kind::Gauge => vec![self.name.clone()],
        }
    }

    /// The name of the sample that counts events: of a counter its own, of a histogram `_count`.
    pub fn events(&self) -> Option<String> {
        match self.kind {
            Kind::Counter => Some(self.name.clone()),
            Kind::Histogram => Some(format!("{}_count", self.name)),
            Kind::Gauge => None,
        }
    }

    /// What it is of the spans or events of this pattern.
    pub fn measured(&self, pattern: &str) -> impl Iterator<Item = &Measured> {
        self.measured.iter().filter(move |measured| measured.pattern == pattern)
    }

    /// The label of this name.
    pub fn label(&self, name: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.name == name)
    }

    /// What its series call the label that declarations call `label`. `job` and `instance` are those of the scrape, unless a label of
    /// that name is declared for it, which Prometheus knows as `exported_…`.
    pub fn in_promql(&self, label: &str) -> String {
        let name = prometheus_label(label, Translation::default());
        if SCRAPE_LABELS.contains(&label) && self.label(&name).is_none() { label.to_owned() } else { name }
    }

    /// How many label sets it can have, if every label's values are known.
    pub fn most_series(&self) -> Option<usize> {
        self.labels.iter().try_fold(1_usize, |product, label| match &label.values {
            Values::Open => None,
            Values::Closed(values) => product.checked_mul(values.len() + usize::from(label.optional)),
        })
    }

    /// `le` as Prometheus spells a bound: `0.005`, `1.0`, `1e+06`.
    pub fn le(bound: f64) -> String {
        lapwing_exposition::prometheus_bound(bound)
    }
}
