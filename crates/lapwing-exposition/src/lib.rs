//! Collects from the OpenTelemetry SDK and writes the Prometheus text and OpenMetrics formats, correctly whatever was recorded.

mod checked;
mod format;
mod name;
mod problems;
mod reader;
mod snapshot;

pub use checked::{CheckedMeterProvider, StreamName};
pub use format::Format;
pub use name::{InstrumentKind, Translation, prometheus_name};
pub use problems::{Problems, Reason};
pub use reader::{ExemplarSource, Gather, GatherError, PrometheusReader, PrometheusReaderBuilder, SeriesExemplars};
pub use snapshot::{Bucket, Exemplar, Family, Kind, Series, Snapshot, Value};
