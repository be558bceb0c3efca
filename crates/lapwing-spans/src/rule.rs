//! What is measured: which spans or events, which instruments, which labels.

use std::time::Duration;

use tracing_core::Level;

/// One rule: the spans (or events) it matches, and what is measured of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Which spans or events.
    pub matches: Match,
    /// Where the outcome `ok` or `error` comes from.
    pub outcome: Outcome,
    /// Which time a duration is.
    pub timing: Timing,
    /// Log a span at WARN when it took at least this long.
    pub log_over: Option<Duration>,
    /// What is measured.
    pub measures: Vec<Measure>,
}

/// Selects spans or events by their callsite; all given parts must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Spans or events.
    pub kind: Matched,
    /// Name of the span or event, a glob (`*` any run, `?` one character).
    pub name: Option<String>,
    /// Target, a glob.
    pub target: Option<String>,
    /// Least severe level that still matches: `INFO` matches INFO, WARN and ERROR.
    pub level: Option<Level>,
}

/// What a [`Match`] selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// Spans, measured when they close.
    Span,
    /// Events, measured when they are emitted.
    Event,
}

/// Where `ok` or `error` comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// `otel.status_code` (`OK`/`ERROR`, any case) if recorded, else `error` if an ERROR event was emitted
    /// directly inside the span, else `ok`. An ERROR event counts for the span it was emitted in, not for that span's parents.
    #[default]
    Status,
    /// A named field: the value is an error if it is one of `errors`
    /// (default: `error`, `err`, `failed`, `failure`, `false`, `ERROR`).
    Field {
        /// Field name.
        name: String,
        /// Values that mean `error`; empty means the default list.
        errors: Vec<String>,
    },
}

/// Which time a duration is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timing {
    /// From the span's creation to its close.
    #[default]
    Elapsed,
    /// The sum of the times between enter and exit.
    Busy,
}

/// One instrument fed by a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// Histogram of the duration in the instrument's unit (`s`, `ms`, `us`, `ns`).
    Duration(Instrument),
    /// Counter of closed spans or emitted events.
    Calls(Instrument),
    /// Counter of those whose outcome is `error`.
    Errors(Instrument),
    /// Up/down counter of spans created and not yet closed.
    InFlight(Instrument),
    /// Histogram of a numeric field.
    Histogram {
        /// Field name.
        field: String,
        /// Where it goes.
        instrument: Instrument,
    },
    /// Counter that grows by a numeric field.
    Counter {
        /// Field name.
        field: String,
        /// Where it goes.
        instrument: Instrument,
    },
}

impl Measure {
    /// The instrument this measure feeds.
    pub fn instrument(&self) -> &Instrument {
        match self {
            Measure::Duration(i) | Measure::Calls(i) | Measure::Errors(i) | Measure::InFlight(i) => i,
            Measure::Histogram { instrument, .. } | Measure::Counter { instrument, .. } => instrument,
        }
    }
}

/// An OpenTelemetry instrument and the labels it is recorded with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instrument {
    /// OpenTelemetry name, such as `sigil.encode.duration`.
    pub name: String,
    /// UCUM unit, such as `s`, `By`, `1`; empty for none.
    pub unit: String,
    /// Description, the HELP of the metric.
    pub description: String,
    /// Advisory bucket bounds of a histogram (a view overrides them).
    pub boundaries: Option<Vec<f64>>,
    /// Labels, in the order given.
    pub labels: Vec<Label>,
    /// Distinct label sets after which further ones fold into overflow series (one per outcome).
    /// `None`: [`Instrument::DEFAULT_SERIES_LIMIT`].
    pub series_limit: Option<usize>,
}

impl Instrument {
    /// Series limit of an instrument that names none.
    pub const DEFAULT_SERIES_LIMIT: usize = 2000;
}

/// A label: its name, where its value comes from, and which values are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Attribute key the value is recorded under.
    pub name: String,
    /// Where the value comes from.
    pub source: LabelSource,
    /// Value when the field is missing; without one a missing field leaves the label out.
    pub default: Option<String>,
    /// Closed list of values: anything else becomes `other`. Closed lists also allow series to exist at 0 from the start.
    pub values: Option<Vec<String>>,
}

/// Where a label's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// A field of the span or event.
    Field(String),
    /// `ok` or `error`.
    Outcome,
    /// The span's name.
    SpanName,
    /// Always the same value.
    Constant(String),
}
