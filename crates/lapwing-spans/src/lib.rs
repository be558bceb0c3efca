//! A `tracing` layer that turns closing spans and events into OpenTelemetry measurements.

mod append_table;
mod builder;
mod callsites;
mod capture;
mod catalog;
mod clock;
mod error;
mod exemplar;
mod glob;
mod instrument;
mod known_series;
mod label;
mod layer;
mod live;
mod measurement;
mod origin;
mod outcome;
mod outlived;
mod plan;
mod problems;
mod reentry;
mod rule;
mod series;
mod sink;
mod slow;

pub use builder::SpanMetricsLayerBuilder;
pub use clock::Clock;
pub use error::BuildError;
pub use exemplar::{Exemplar, ExemplarFilter, ExemplarSeries, Exemplars};
pub use instrument::Instrument;
pub use label::{Label, LabelSource};
pub use layer::SpanMetricsLayer;
pub use rule::{Match, Matched, Measure, Outcome, Rule, Timing};
