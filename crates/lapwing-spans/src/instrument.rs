//! Instruments as rules declare them.

use crate::Label;

/// An OpenTelemetry instrument and the labels it is recorded with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instrument {
    /// OpenTelemetry name, such as `sigil.encode.duration`.
    pub name: String,
    /// UCUM unit, such as `s`, `By`, `1`; empty for none (for a duration: `s`).
    pub unit: String,
    /// Description, the HELP of the metric.
    pub description: String,
    /// Advisory bucket bounds of a histogram (a view overrides them). Exemplars are kept per bucket of these bounds.
    pub boundaries: Option<Vec<f64>>,
    /// Labels, in the order given.
    pub labels: Vec<Label>,
    /// Distinct label sets after which further ones fold into overflow series (one per outcome).
    /// `None`: [`Instrument::DEFAULT_SERIES_LIMIT`]. Where rules share an instrument, the largest holds.
    pub series_limit: Option<usize>,
}

impl Instrument {
    /// Series limit of an instrument that names none.
    pub const DEFAULT_SERIES_LIMIT: usize = 2000;

    /// Largest series limit that can be asked for.
    pub const MAX_SERIES_LIMIT: usize = 100_000;

    /// Bucket bounds of a histogram of a field that neither its declaration nor a view gives any: OpenTelemetry's.
    pub const DEFAULT_BOUNDARIES: [f64; 15] =
        [0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0];

    /// Bucket bounds of a histogram that neither its declaration nor a view gives any. `duration` is its unit if a rule
    /// records durations in it: they get 5 ms to 10 s, as OpenTelemetry's semantic conventions advise, in that unit.
    /// Others, and units that are none of a duration, get [`Instrument::DEFAULT_BOUNDARIES`].
    ///
    /// ```
    /// use lapwing_spans::Instrument;
    ///
    /// assert_eq!(Instrument::default_boundaries(Some("s"))[..3], [0.005, 0.01, 0.025]);
    /// assert_eq!(Instrument::default_boundaries(Some("us"))[13], 10_000_000.0);
    /// assert_eq!(Instrument::default_boundaries(None), Instrument::DEFAULT_BOUNDARIES);
    /// ```
    pub fn default_boundaries(duration: Option<&str>) -> Vec<f64> {
        match duration.and_then(nanoseconds) {
            // The same steps as the default's, which are milliseconds. Divided last, so that each is the nearest number.
            Some(unit) => Self::DEFAULT_BOUNDARIES[1..].iter().map(|milliseconds| milliseconds * 1e6 / unit).collect(),
            None => Self::DEFAULT_BOUNDARIES.to_vec(),
        }
    }

    /// An instrument without unit, description, bounds and labels.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// UCUM unit. A duration takes `s` (also when none is given), `ms`, `us` or `ns`.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Description, the HELP of the metric. Default: none.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Upper bucket bounds of a histogram, ascending. Default: [`Instrument::default_boundaries`].
    #[must_use]
    pub fn boundaries(mut self, bounds: impl Into<Vec<f64>>) -> Self {
        self.boundaries = Some(bounds.into());
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(mut self, label: Label) -> Self {
        self.labels.push(label);
        self
    }

    /// Adds labels.
    #[must_use]
    pub fn labels(mut self, labels: impl IntoIterator<Item = Label>) -> Self {
        self.labels.extend(labels);
        self
    }

    /// Distinct label sets after which further ones fold into overflow series. Default: 2000, at most 100 000.
    #[must_use]
    pub fn series_limit(mut self, limit: usize) -> Self {
        self.series_limit = Some(limit);
        self
    }
}

/// How many nanoseconds a duration's unit has; the empty unit is the second.
pub(crate) fn nanoseconds(unit: &str) -> Option<f64> {
    match unit {
        "" | "s" => Some(1e9),
        "ms" => Some(1e6),
        "us" => Some(1e3),
        "ns" => Some(1.0),
        _ => None,
    }
}
