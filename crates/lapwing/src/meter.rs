//! The meter provider.

use lapwing_config::{Exporter, Meter};
use lapwing_exposition::PrometheusReader;
use opentelemetry_sdk::{
    Resource,
    metrics::{Instrument, MeterProviderBuilder, PeriodicReader, SdkMeterProvider, exporter::PushMetricExporter},
};

use crate::{
    InitError,
    collector::LastError,
    exporter::{self, Place},
    faults::Faults,
    otlp::{shown, temporality},
    runtime::ExportRuntime,
    views::Views,
    watched::Watched,
};

/// Builds the provider of `meter_provider` with `reader` as its pull reader.
pub(crate) fn provider(
    meter: &Meter,
    views: &Views,
    reader: Option<PrometheusReader>,
    resource: Resource,
    file: &str,
    runtime: &mut ExportRuntime,
    faults: &Faults,
) -> Result<SdkMeterProvider, InitError> {
    views.check().map_err(|(key, problem)| Place { file, key }.error(problem))?;
    let mut builder = SdkMeterProvider::builder().with_resource(resource);
    if let Some(reader) = reader {
        builder = builder.with_reader(reader);
    }
    for (index, periodic) in meter.periodic.iter().enumerate() {
        let place = Place { file, key: format!("meter_provider.readers (periodic {index})") };
        builder = match &periodic.exporter {
            Exporter::Console { temporality: of_console } => {
                let exporter =
                    opentelemetry_stdout::MetricExporter::builder().with_temporality(temporality(*of_console)).build();
                with(builder, periodic.interval, exporter)
            }
            pushed @ (Exporter::OtlpHttp(otlp) | Exporter::OtlpGrpc(otlp)) => {
                let last_error = LastError::default();
                let plan = exporter::plan(pushed, otlp, periodic.timeout, runtime.handle()?, last_error.clone());
                let metrics = plan.metrics().map_err(|problem| place.error(problem))?;
                let to = otlp.endpoint.as_deref().map_or_else(|| "the local collector".to_owned(), shown);
                let watched = Watched::new(metrics, format!("metrics to {to}"), faults.clone(), last_error);
                with(builder, periodic.interval, watched)
            }
        };
    }
    for index in 0..views.len() {
        let views = views.clone();
        builder = builder.with_view(move |instrument: &Instrument| views.stream(index, instrument));
    }
    let views = views.clone();
    Ok(builder.with_view(move |instrument: &Instrument| views.unselected(instrument)).build())
}

fn with(
    builder: MeterProviderBuilder,
    interval: std::time::Duration,
    exporter: impl PushMetricExporter,
) -> MeterProviderBuilder {
    builder.with_reader(PeriodicReader::builder(exporter).with_interval(interval).build())
}
