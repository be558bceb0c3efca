//! A `tracing` layer that turns closing spans and events into OpenTelemetry measurements.

mod exemplar;
mod layer;
mod rule;

pub use exemplar::{Exemplar, ExemplarFilter, ExemplarSeries, Exemplars};
pub use layer::{BuildError, SpanMetricsLayer, SpanMetricsLayerBuilder};
pub use rule::{Instrument, Label, LabelSource, Match, Matched, Measure, Outcome, Rule, Timing};
