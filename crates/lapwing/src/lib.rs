//! From a configuration file to running telemetry in one call, and the hand tools for what is no span.

mod assembly;
mod build_info;
mod builder;
mod collector;
mod error;
mod exemplars;
mod exporter;
mod faults;
mod gate;
mod gauges;
pub mod http;
mod meter;
mod otlp;
mod pipes;
#[cfg(target_os = "linux")]
mod process;
mod quantile;
mod resource;
mod runtime;
mod scrape;
mod sigterm;
mod subscriber;
mod telemetry;
mod timer;
#[cfg(feature = "otlp-tls")]
mod tls;
mod tracer;
mod views;
mod watched;

pub use build_info::BuildInfo;
pub use builder::Builder;
pub use error::{FlushError, InitError, ObserveError};
pub use gauges::Observation;
pub use quantile::{Quantiles, quantile, quantiles};
pub use sigterm::Sigterm;
pub use telemetry::Telemetry;
pub use timer::{Timed, Timer, time, time_async};

pub use lapwing_actix::{Listener, MetricsEndpoint, Token};
pub use lapwing_config::{ConfigError, Finding};
pub use lapwing_exposition as exposition;
pub use lapwing_exposition::{
    Exemplar, Family, Format, Gather, GatherError, Kind, Labels, Number, Series, Snapshot, Translation, Value,
};
pub use opentelemetry::{
    self, KeyValue,
    metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter},
};

use std::path::PathBuf;

/// Starts telemetry from the file that `OTEL_CONFIG_FILE` names, else from the built-in defaults.
///
/// # Errors
/// See [`Builder::init`].
pub fn init() -> Result<Telemetry, InitError> {
    builder().init()
}

/// Starts telemetry from this file.
///
/// # Errors
/// See [`Builder::init`].
pub fn init_from(path: impl Into<PathBuf>) -> Result<Telemetry, InitError> {
    builder().config_file(path).init()
}

/// Settings of the start, for what a file can't say.
pub fn builder() -> Builder {
    Builder::default()
}
