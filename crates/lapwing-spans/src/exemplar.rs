//! Exemplars: the trace and span of recent measurements.

use std::time::SystemTime;

use opentelemetry::KeyValue;

/// Which measurements are offered as exemplars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExemplarFilter {
    /// Every measurement made inside a valid trace.
    AlwaysOn,
    /// None.
    AlwaysOff,
    /// Those whose trace is sampled.
    #[default]
    TraceBased,
}

/// One measurement and the span it was made in.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// The measured value, in the instrument's unit.
    pub value: f64,
    /// Trace id.
    pub trace_id: [u8; 16],
    /// Span id.
    pub span_id: [u8; 8],
    /// When it was measured.
    pub time: SystemTime,
}

/// The exemplars of one series of one instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct ExemplarSeries {
    /// Instrument name as declared in the rule.
    pub instrument: String,
    /// Attributes of the series as recorded, sorted by key.
    pub attributes: Vec<KeyValue>,
    /// Recent exemplars; for a histogram at most one per bucket of its bounds.
    pub exemplars: Vec<Exemplar>,
}

/// Handle on the exemplars a layer holds.
#[derive(Clone, Debug, Default)]
pub struct Exemplars {}

impl Exemplars {
    /// A copy of what is held now.
    pub fn read(&self) -> Vec<ExemplarSeries> {
        Vec::new()
    }
}
