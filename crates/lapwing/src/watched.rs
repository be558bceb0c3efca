//! Exporters whose failures are heard of.

use std::{future::poll_fn, pin::pin, time::Duration};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
    trace::{SpanData, SpanExporter},
};

use crate::{
    collector::LastError,
    faults::{Fault, Faults},
};

/// Counts failed exports, and says once that an outage began and once that it is over.
#[derive(Debug)]
pub(crate) struct Watched<E> {
    exporter: E,
    /// Names the exporter in logs, such as `spans to http://localhost:4318`.
    subject: String,
    faults: Faults,
    last_error: LastError,
}

impl<E> Watched<E> {
    pub(crate) fn new(exporter: E, subject: String, faults: Faults, last_error: LastError) -> Watched<E> {
        Watched { exporter, subject, faults, last_error }
    }

    fn saw(&self, result: OTelSdkResult) -> OTelSdkResult {
        match &result {
            Ok(()) => {
                if self.faults.over(Fault::ExportFailed, &self.subject) {
                    tracing::info!(target: "lapwing", "export of {} works again", self.subject);
                }
            }
            Err(error) => {
                let cause = self.last_error.take();
                if self.faults.count(Fault::ExportFailed, &self.subject) {
                    let cause = cause.unwrap_or_else(|| plain(error));
                    tracing::warn!(
                        target: "lapwing",
                        "export of {} fails, and what could not be sent is lost: {cause}; said again when it works",
                        self.subject
                    );
                }
            }
        }
        result
    }
}

/// Runs an export as what it is on whichever thread it is polled: a simple processor's is the program's own.
async fn quietly<F: Future>(export: F) -> F::Output {
    let mut export = pin!(export);
    poll_fn(|cx| {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        export.as_mut().poll(cx)
    })
    .await
}

fn plain(error: &OTelSdkError) -> String {
    match error {
        OTelSdkError::InternalFailure(message) => message.clone(),
        other => other.to_string(),
    }
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = quietly(self.exporter.export(batch)).await;
        self.saw(result)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Watched<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let result = quietly(self.exporter.export(metrics)).await;
        self.saw(result)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}
