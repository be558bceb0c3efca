//! Collects from the OpenTelemetry SDK and writes the Prometheus text and OpenMetrics formats, correctly whatever was recorded.

mod assembly;
mod catalogue;
mod checked;
mod collect;
mod encode;
mod exemplar;
mod exponential;
mod family;
mod flight;
mod format;
mod gather;
mod histogram;
mod label_name;
mod labels;
mod name;
mod negotiate;
mod number;
mod own;
mod pattern;
mod problems;
mod reader;
#[cfg(feature = "registry")]
mod registry;
mod snapshot;
mod unit;

pub use checked::{CheckedMeterProvider, StreamName};
pub use exemplar::{ExemplarSource, SeriesExemplars};
pub use family::{Exemplar, Family, Kind, Series, Value};
pub use format::Format;
pub use gather::{Gather, GatherError};
pub use histogram::{Bucket, Histogram};
pub use labels::Labels;
pub use name::{InstrumentKind, Translation, prometheus_name};
pub use number::Number;
pub use problems::{Problems, Reason};
pub use reader::{PrometheusReader, PrometheusReaderBuilder};
#[cfg(feature = "registry")]
pub use registry::RegistrySource;
pub use snapshot::Snapshot;
