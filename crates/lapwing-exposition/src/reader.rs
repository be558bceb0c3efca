//! The reader over the SDK.

use std::{
    fmt,
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{InstrumentKind, Pipeline, Temporality, data::ResourceMetrics, reader::MetricReader},
};

use crate::{Snapshot, Translation};

/// Anything that can be gathered into a snapshot: a [`PrometheusReader`], a `prometheus::Registry`.
pub trait Gather: Send + Sync + 'static {
    /// All metrics now. Blocking; concurrent calls may share one result.
    fn gather(&self) -> Result<Arc<Snapshot>, GatherError>;
}

/// Why nothing could be gathered.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// The meter provider is shut down, or the reader was never given to one.
    #[error("the meter provider is shut down or the reader was never registered with one")]
    NotRegistered,
    /// The SDK failed.
    #[error("the SDK could not collect: {0}")]
    Collect(String),
}

/// Exemplars to join at encoding: the SDK itself never fills any.
pub trait ExemplarSource: Send + Sync + 'static {
    /// What is held now.
    fn exemplars(&self) -> Vec<SeriesExemplars>;
}

/// The exemplars of one series of one stream, as the SDK exports that stream.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesExemplars {
    /// Stream name (after views).
    pub stream: String,
    /// Attributes (after views), sorted by key.
    pub attributes: Vec<KeyValue>,
    /// `(value, trace id, span id, time)`.
    pub exemplars: Vec<(f64, [u8; 16], [u8; 8], SystemTime)>,
}

/// A [`MetricReader`] whose metrics can be gathered as a [`Snapshot`]. Clones share one state: give one clone to the
/// meter provider and keep the other.
#[derive(Clone)]
pub struct PrometheusReader {}

/// Builds a [`PrometheusReader`].
#[derive(Default)]
pub struct PrometheusReaderBuilder {}

impl PrometheusReader {
    /// A builder with the defaults: underscore escaping with suffixes, `target_info`, scope labels.
    pub fn builder() -> PrometheusReaderBuilder {
        PrometheusReaderBuilder::default()
    }
}

impl PrometheusReaderBuilder {
    /// How names are translated.
    pub fn translation(self, _translation: Translation) -> Self {
        self
    }
    /// Whether series carry `otel_scope_name` and `otel_scope_version` (default true).
    pub fn scope_labels(self, _on: bool) -> Self {
        self
    }
    /// Whether `target_info` is written (default true).
    pub fn target_info(self, _on: bool) -> Self {
        self
    }
    /// Resource attributes that become labels of every series: included and excluded patterns (`*`, `?`), excluded wins.
    pub fn resource_labels(self, _included: Vec<String>, _excluded: Vec<String>) -> Self {
        self
    }
    /// Whether OpenMetrics carries `_created` samples (default false: Prometheus stores each as a series of its own).
    pub fn created_samples(self, _on: bool) -> Self {
        self
    }
    /// Where exemplars come from.
    pub fn exemplars(self, _source: impl ExemplarSource) -> Self {
        self
    }
    /// Builds the reader.
    pub fn build(self) -> PrometheusReader {
        PrometheusReader {}
    }
}

impl Gather for PrometheusReader {
    fn gather(&self) -> Result<Arc<Snapshot>, GatherError> {
        Err(GatherError::NotRegistered)
    }
}

impl fmt::Debug for PrometheusReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrometheusReader")
    }
}

impl MetricReader for PrometheusReader {
    fn register_pipeline(&self, _pipeline: Weak<Pipeline>) {}
    fn collect(&self, _rm: &mut ResourceMetrics) -> OTelSdkResult {
        Ok(())
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
    fn temporality(&self, _kind: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }
}
