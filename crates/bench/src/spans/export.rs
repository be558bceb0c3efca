//! Exporting spans, and the span layer beside such an export.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use lapwing_spans::ExemplarFilter;
use opentelemetry::{metrics::MeterProvider as _, trace::TracerProvider as _};
use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter},
};
use prost::Message as _;
use tracing_subscriber::Layer as _;

use super::{Prepared, subscribers};
use crate::{meters::Meters, series::HISTOGRAM};

/// More than a round's spans: a span that the queue had dropped would cost nothing and so be praised.
const QUEUE: usize = 1 << 20;

/// Takes spans over the way an OTLP exporter does, up to the connection, which isn't there.
#[derive(Debug)]
struct Sink {
    encode: bool,
    exported: Arc<AtomicU64>,
    resource: ResourceAttributesWithSchema,
    body: Mutex<Vec<u8>>,
}

impl SpanExporter for Sink {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.exported.fetch_add(batch.len() as u64, Ordering::Relaxed);
        if self.encode {
            let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
            let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
            body.clear();
            let request = ExportTraceServiceRequest { resource_spans };
            request.encode(&mut *body).expect("a growing buffer is long enough");
            std::hint::black_box(&*body);
        }
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

struct Exporting {
    provider: SdkTracerProvider,
    exported: Arc<AtomicU64>,
}

impl Exporting {
    fn new(sampler: Sampler, encode: bool) -> Exporting {
        let exported = Arc::new(AtomicU64::new(0));
        let (resource, body) = (ResourceAttributesWithSchema::default(), Mutex::default());
        let sink = Sink { encode, exported: Arc::clone(&exported), resource, body };
        let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE).build();
        let processor = BatchSpanProcessor::builder(sink).with_batch_config(config).build();
        let provider = SdkTracerProvider::builder().with_span_processor(processor).with_sampler(sampler).build();
        Exporting { provider, exported }
    }

    fn layer(
        &self,
    ) -> tracing_opentelemetry::OpenTelemetryLayer<tracing_subscriber::Registry, opentelemetry_sdk::trace::SdkTracer>
    {
        tracing_opentelemetry::layer().with_tracer(self.provider.tracer("shop"))
    }

    /// A round ends when its spans are exported.
    fn settling(self, prepared: Prepared) -> Prepared {
        prepared.settle(move || self.provider.force_flush().expect("the sink takes everything"))
    }
}

fn one_percent() -> Exporting {
    Exporting::new(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(0.01))), true)
}

pub(super) fn all(series: usize, encode: bool) -> Prepared {
    let exporting = Exporting::new(Sampler::AlwaysOn, encode);
    let exported = Arc::clone(&exporting.exported);
    let prepared = subscribers::under(exporting.layer(), series);
    exporting.settling(prepared).counted(move || exported.load(Ordering::Relaxed))
}

pub(super) fn never(series: usize) -> Prepared {
    let exporting = Exporting::new(Sampler::AlwaysOff, true);
    let prepared = subscribers::under(exporting.layer(), series);
    exporting.settling(prepared)
}

pub(super) fn sampled(series: usize) -> Prepared {
    let exporting = one_percent();
    let prepared = subscribers::under(exporting.layer(), series);
    exporting.settling(prepared)
}

pub(super) fn lapwing_sampled(series: usize, exemplars: bool) -> Prepared {
    let exporting = one_percent();
    let meters = Meters::default();
    let filter = if exemplars { ExemplarFilter::TraceBased } else { ExemplarFilter::AlwaysOff };
    let layer = subscribers::lapwing_layer(meters.provider.meter("shop"), "request", filter);
    let prepared = subscribers::under(exporting.layer().and_then(layer), series);
    exporting.settling(prepared).counted(move || meters.count_of(HISTOGRAM))
}
