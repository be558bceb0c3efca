//! Why a layer could not be built.

use crate::{Instrument, Label};

/// Why a layer could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// One instrument name with two kinds, units, descriptions or bucket bounds.
    #[error(
        "instrument `{name}` is declared twice, with {what} `{first}` and `{second}`: give both the same {what}, or rename one"
    )]
    Conflict {
        /// Instrument name.
        name: String,
        /// What differs: kind, unit, description, boundaries.
        what: &'static str,
        /// The earlier one's.
        first: String,
        /// The later one's.
        second: String,
    },
    /// OpenTelemetry refuses the instrument's name, and would silently measure nothing.
    #[error(
        "instrument name `{name}` is not a valid one: begin with a letter, use letters, digits, `_`, `.`, `-` and `/`, at most 255 of them"
    )]
    Name {
        /// Instrument name.
        name: String,
    },
    /// The unit is no unit of time, or too long.
    #[error("instrument `{name}` has the unit `{unit}`: {advice}")]
    Unit {
        /// Instrument name.
        name: String,
        /// The unit.
        unit: String,
        /// What to do.
        advice: &'static str,
    },
    /// The bucket bounds are not ascending finite numbers.
    #[error(
        "the boundaries of instrument `{name}` are not ascending finite numbers: sort them, remove duplicates, NaN and infinity"
    )]
    Boundaries {
        /// Instrument name.
        name: String,
    },
    /// The series limit is 0 or too large.
    #[error("instrument `{name}` has a series limit of {limit}: choose one from 1 to {max}", max = Instrument::MAX_SERIES_LIMIT)]
    SeriesLimit {
        /// Instrument name.
        name: String,
        /// The limit asked for.
        limit: usize,
    },
    /// A label that cannot be recorded.
    #[error("label `{label}` of instrument `{instrument}` {problem}")]
    Label {
        /// Instrument name.
        instrument: String,
        /// Label name.
        label: String,
        /// What is wrong, and what to do.
        problem: &'static str,
    },
    /// Something only spans have was asked of an event.
    #[error(
        "the rule for event `{event}` asks for {what}, which an event does not have: remove it, or match a span instead"
    )]
    NotForEvents {
        /// The rule's event name.
        event: String,
        /// What was asked for.
        what: &'static str,
    },
    /// The default rule is for events.
    #[error("the default rule matches events: let it match spans, and give events rules of their own")]
    DefaultForEvents,
}

impl BuildError {
    pub(crate) fn label(instrument: &Instrument, label: &Label, problem: &'static str) -> Self {
        Self::Label { instrument: instrument.name.clone(), label: label.name.clone(), problem }
    }
}
