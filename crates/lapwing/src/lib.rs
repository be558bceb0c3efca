//! From a configuration file to running telemetry in one call, and the hand tools for what is no span.
//!
//! A program opens `tracing` spans; what is measured of them is said in an OpenTelemetry declarative configuration, with
//! Lapwing's span rules in it. [`init`] reads the file that `OTEL_CONFIG_FILE` names, or a [built-in one](#defaults) that
//! measures every span, and returns the [`Telemetry`]: a guard to keep until the end of `main`.
//!
//! ```no_run
#![doc = include_str!("../examples/ten_lines/app.rs")]
//! ```
//!
//! The same without anything global, as tests want it:
//!
//! ```
//! let telemetry = lapwing::builder()
//!     .config_text("telemetry.yaml", r#"
//! file_format: "1.1"
//! meter_provider:
//!   readers: [{pull: {exporter: {prometheus/development: {scope_info_enabled: false}}}}]
//! instrumentation/development:
//!   rust:
//!     lapwing:
//!       rules:
//!         - span: checkout
//!           duration: {instrument: checkout.duration, labels: [outcome], boundaries: [0.1, 1]}
//!       endpoint: {serve: mounted}
//! "#)
//!     .global(false)
//!     .init()?;
//!
//! let guard = telemetry.enter();
//! tracing::info_span!("checkout").in_scope(|| tracing::error!("the card is refused"));
//! drop(guard);
//!
//! let text = telemetry.snapshot()?.encode(lapwing::Format::Text0);
//! let text = std::str::from_utf8(&text)?;
//! assert!(text.contains("checkout_duration_seconds_bucket{outcome=\"error\",le=\"0.1\"} 1"), "{text}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What `init` does
//!
//! | from the configuration | comes |
//! | --- | --- |
//! | `resource` | the resource: its attributes, `telemetry.sdk.*`, `service.name` in any case |
//! | `tracer_provider` | a tracer provider with batch and simple processors over OTLP/HTTP, OTLP/gRPC and to the console; without it no traces are made and spans are only measured and logged |
//! | `meter_provider` | a meter provider that refuses NaN and alike, with the Prometheus reader, periodic readers, views and limits; without it nothing is measured |
//! | `propagator` | the global propagator, used by [`http::Trace`] |
//! | rules, `default_rule` | the layer that measures spans and events, whatever the log's level and the trace's sampling |
//! | `gauges` | what [`Telemetry::observe`] may feed |
//! | `endpoint` | [`Telemetry::endpoint`] to mount (`serve: mounted`), or a listener on the exporter's `host` and `port`; guarded by `token_file` or `METRICS_TOKEN`, `allow`, `rate_limit`. [`cut_slow_readers`] lets a mounted one shut down connections that don't read |
//! | `log` | a log on standard error as text or JSON; `RUST_LOG` wins over its `filter`. Events too verbose for it are kept from traces as well, unless [`Builder::layer`] added a layer |
//! | `process_metrics` | `process_*` (on Linux), read once per gather |
//! | `disabled: true` | none of it but the log; the endpoint answers with its sentinel |
//!
//! The subscriber, the providers and the propagator become the process' own, unless [`Builder::global`] says no. The
//! file's warnings are logged once each. Other `OTEL_*` variables count only where the file substitutes them (the built-in
//! one does so with `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SDK_DISABLED`), with one exception:
//! `OTEL_EXPORTER_OTLP_COMPRESSION` applies where the file names no `compression`.
//!
//! At SIGTERM everything is flushed at once and the process ends as ever, see [`Sigterm`]. Dropping the guard flushes,
//! for 5 s at most.
//!
//! `lapwing_problems_total{reason}` counts what telemetry could not record or had to alter; each cause is logged once.
//! This crate adds the reasons `export_failed`, `undeclared_label` and `source_missing`.
//!
//! # Views
//!
//! Every view that selects an instrument makes a stream of it, as in the standard. The SDK filters attributes by a list of
//! keys only, so the patterns of `attribute_keys` are resolved against the labels that rules and gauges declare. For an
//! instrument made by hand no labels are known: the keys that `included` names in full are kept, and `excluded` alone has
//! no effect; both are logged.
//!
//! # Defaults
//!
//! ```yaml
#![doc = include_str!("default.yaml")]
//! ```
//!
//! # Cost
//!
//! Of a span: what `lapwing-spans` says, plus the log's filter. Exporters run on one thread of their own, started only
//! where the configuration has an OTLP exporter; processors, readers and the endpoint have a thread each.
//!
//! # Features
//!
//! | feature | default | |
//! | --- | --- | --- |
//! | `otlp-tls` | off | `https` endpoints of OTLP exporters, by rustls with aws-lc (its C code takes a minute to build) |

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
mod head_tracer;
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
mod unlabelled;
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

pub use lapwing_actix::{Listener, MetricsEndpoint, Token, cut_slow_readers};
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
