//! Exemplars: the trace and span of recent measurements.

use std::time::SystemTime;

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
