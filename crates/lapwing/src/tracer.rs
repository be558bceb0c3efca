//! The tracer provider.

use std::time::Duration;

use lapwing_config::{Exporter, Sampler, SpanProcessor, Tracer};
use opentelemetry_sdk::{
    Resource,
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, Sampler as SdkSampler, SdkTracerProvider, SpanExporter, SpanLimits,
        TracerProviderBuilder,
    },
};

use crate::{
    InitError,
    collector::LastError,
    exporter::{self, Place},
    faults::Faults,
    otlp::shown,
    runtime::ExportRuntime,
    watched::Watched,
};

/// Builds the provider of `tracer_provider`.
pub(crate) fn provider(
    tracer: &Tracer,
    resource: Resource,
    file: &str,
    runtime: &mut ExportRuntime,
    faults: &Faults,
) -> Result<SdkTracerProvider, InitError> {
    let mut builder = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(sampler(&tracer.sampler))
        .with_span_limits(limits(&tracer.limits));
    for (index, processor) in tracer.processors.iter().enumerate() {
        let place = Place { file, key: format!("tracer_provider.processors[{index}]") };
        let (exporter, timeout) = match processor {
            SpanProcessor::Batch { exporter, export_timeout, .. } => (exporter, *export_timeout),
            SpanProcessor::Simple { exporter } => (exporter, Duration::MAX),
        };
        builder = match exporter {
            Exporter::Console { .. } => with(builder, processor, opentelemetry_stdout::SpanExporter::default()),
            Exporter::OtlpHttp(otlp) | Exporter::OtlpGrpc(otlp) => {
                let last_error = LastError::default();
                let plan = exporter::plan(exporter, otlp, timeout, runtime.handle()?, last_error.clone());
                let spans = plan.spans().map_err(|problem| place.error(problem))?;
                let to = otlp.endpoint.as_deref().map_or_else(|| "the local collector".to_owned(), shown);
                with(builder, processor, Watched::new(spans, format!("spans to {to}"), faults.clone(), last_error))
            }
        };
    }
    Ok(builder.build())
}

fn with(
    builder: TracerProviderBuilder,
    processor: &SpanProcessor,
    exporter: impl SpanExporter + 'static,
) -> TracerProviderBuilder {
    match processor {
        SpanProcessor::Simple { .. } => builder.with_simple_exporter(exporter),
        SpanProcessor::Batch { schedule_delay, max_queue_size, max_export_batch_size, .. } => {
            let config = BatchConfigBuilder::default()
                .with_max_queue_size(*max_queue_size)
                .with_max_export_batch_size(*max_export_batch_size)
                .with_scheduled_delay(*schedule_delay)
                .build();
            builder.with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(config).build())
        }
    }
}

pub(crate) fn sampler(sampler: &Sampler) -> SdkSampler {
    match sampler {
        Sampler::AlwaysOn => SdkSampler::AlwaysOn,
        Sampler::AlwaysOff => SdkSampler::AlwaysOff,
        Sampler::TraceIdRatio(ratio) => SdkSampler::TraceIdRatioBased(*ratio),
        Sampler::ParentBased(root) => SdkSampler::ParentBased(Box::new(self::sampler(root))),
    }
}

/// All limits are set, to the standard's 128 where the file has none: what is unset the SDK takes from the environment.
fn limits(limits: &lapwing_config::SpanLimits) -> SpanLimits {
    SpanLimits {
        max_attributes_per_span: limits.attribute_count.unwrap_or(128),
        max_events_per_span: limits.event_count.unwrap_or(128),
        max_links_per_span: limits.link_count.unwrap_or(128),
        max_attributes_per_event: limits.event_attribute_count.unwrap_or(128),
        max_attributes_per_link: limits.link_attribute_count.unwrap_or(128),
    }
}
