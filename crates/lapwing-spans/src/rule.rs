//! Rules: which spans or events are measured, and how.

use std::time::Duration;

use tracing_core::Level;

use crate::Instrument;

/// One rule: the spans (or events) it matches, and what is measured of them.
///
/// A rule without measures measures nothing, but what it matches is not left to the default rule.
///
/// ```
/// use lapwing_spans::{Instrument, Label, Rule};
///
/// let rule = Rule::span("sigil.*")
///     .duration(Instrument::new("sigil.duration").unit("s").label(Label::outcome()).label(Label::span_name()))
///     .errors(Instrument::new("sigil.errors").label(Label::field("code").or("none")));
/// assert_eq!(rule.measures.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Which spans or events.
    pub matches: Match,
    /// Where the outcome `ok` or `error` comes from.
    pub outcome: Outcome,
    /// Which time a duration is.
    pub timing: Timing,
    /// Log a span at WARN when it took at least this long (by the rule's timing).
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
    /// An event's own outcome is `otel.status_code` if it has that field, else `error` if it is an ERROR event.
    #[default]
    Status,
    /// A named field: the value is an error if it is one of `errors`
    /// (default: `error`, `err`, `failed`, `failure`, `false`, `ERROR`). A missing field is `ok`.
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
    /// The time during which at least one thread was inside the span.
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

impl Match {
    fn named(kind: Matched, name: impl Into<String>) -> Self {
        Self { kind, name: Some(name.into()), target: None, level: None }
    }
}

impl Rule {
    fn new(matches: Match) -> Self {
        Self { matches, outcome: Outcome::default(), timing: Timing::default(), log_over: None, measures: Vec::new() }
    }

    /// A rule for the spans whose name matches the glob `name`.
    pub fn span(name: impl Into<String>) -> Self {
        Self::new(Match::named(Matched::Span, name))
    }

    /// A rule for the events whose name matches the glob `name`. An event has the name it was given with
    /// `info!(name: "cache.evicted", …)`; without one tracing calls it `event FILE:LINE`.
    pub fn event(name: impl Into<String>) -> Self {
        Self::new(Match::named(Matched::Event, name))
    }

    /// A rule for every span, for [`crate::SpanMetricsLayerBuilder::default_rule`].
    pub fn any_span() -> Self {
        Self::new(Match { kind: Matched::Span, name: None, target: None, level: None })
    }

    /// Only spans or events whose target matches this glob.
    #[must_use]
    pub fn target(mut self, glob: impl Into<String>) -> Self {
        self.matches.target = Some(glob.into());
        self
    }

    /// Only spans or events of this level or a more severe one.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.matches.level = Some(level);
        self
    }

    /// Takes the outcome from the field `name`: an error if it is one of `errors`. An empty list means the default one
    /// (see [`Outcome::Field`]).
    #[must_use]
    pub fn outcome_from<V: Into<String>>(
        mut self,
        name: impl Into<String>,
        errors: impl IntoIterator<Item = V>,
    ) -> Self {
        self.outcome = Outcome::Field { name: name.into(), errors: errors.into_iter().map(Into::into).collect() };
        self
    }

    /// Measures busy instead of elapsed time.
    #[must_use]
    pub fn busy(mut self) -> Self {
        self.timing = Timing::Busy;
        self
    }

    /// Logs a span at WARN, target `lapwing::slow`, when it took at least this long.
    #[must_use]
    pub fn log_over(mut self, threshold: Duration) -> Self {
        self.log_over = Some(threshold);
        self
    }

    /// Records the duration in a histogram.
    #[must_use]
    pub fn duration(self, instrument: Instrument) -> Self {
        self.measure(Measure::Duration(instrument))
    }

    /// Counts the spans that closed, or the events.
    #[must_use]
    pub fn calls(self, instrument: Instrument) -> Self {
        self.measure(Measure::Calls(instrument))
    }

    /// Counts those whose outcome is `error`.
    #[must_use]
    pub fn errors(self, instrument: Instrument) -> Self {
        self.measure(Measure::Errors(instrument))
    }

    /// Holds the number of spans that are open. Its labels are those known when the span is created.
    #[must_use]
    pub fn in_flight(self, instrument: Instrument) -> Self {
        self.measure(Measure::InFlight(instrument))
    }

    /// Records the numeric field `field` in a histogram.
    #[must_use]
    pub fn histogram_of(self, field: impl Into<String>, instrument: Instrument) -> Self {
        self.measure(Measure::Histogram { field: field.into(), instrument })
    }

    /// Adds the numeric field `field` to a counter.
    #[must_use]
    pub fn counter_of(self, field: impl Into<String>, instrument: Instrument) -> Self {
        self.measure(Measure::Counter { field: field.into(), instrument })
    }

    fn measure(mut self, measure: Measure) -> Self {
        self.measures.push(measure);
        self
    }
}
