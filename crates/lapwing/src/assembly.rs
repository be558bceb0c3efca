//! From a configuration to running telemetry.

use std::sync::Arc;

use lapwing_config::{Configuration, METER_NAME, Propagator};
use lapwing_exposition::{CheckedMeterProvider, DeclaredHistogram, Problems, PrometheusReader};
use lapwing_spans::SpanMetricsLayer;
use opentelemetry::{
    InstrumentationScope, global,
    metrics::{Meter, MeterProvider},
    propagation::{TextMapCompositePropagator, TextMapPropagator},
};
use opentelemetry_sdk::{
    Resource,
    metrics::SdkMeterProvider,
    propagation::{BaggagePropagator, TraceContextPropagator},
};
use tracing::dispatcher;

use crate::{
    BuildInfo, InitError, Sigterm, Telemetry, build_info,
    exemplars::StreamExemplars,
    exporter::Place,
    faults::Faults,
    gauges::Gauges,
    meter,
    pipes::Pipes,
    resource::resource,
    runtime::ExportRuntime,
    scrape, sigterm,
    subscriber::{self, Assembled, ExtraLayer},
    telemetry::Parts,
    tracer, unlabelled,
    views::Views,
};

/// What is wished for beside the configuration.
pub(crate) struct Wishes {
    /// Whether all is installed for the whole process.
    pub(crate) global: bool,
    pub(crate) build_info: Option<BuildInfo>,
    pub(crate) on_sigterm: Sigterm,
    /// Beneath Lapwing's own.
    pub(crate) layers: Vec<ExtraLayer>,
}

pub(crate) fn assemble(wishes: Wishes, file: String, configuration: Configuration) -> Result<Telemetry, InitError> {
    let global = wishes.global;
    if global && dispatcher::has_been_set() {
        return Err(InitError::SubscriberInstalled);
    }
    let telemetry = build(wishes, file, configuration);
    if global && telemetry.is_err() {
        // The only one that is installed before everything else is known to work.
        global::set_meter_provider(SdkMeterProvider::builder().build());
    }
    telemetry
}

fn build(wishes: Wishes, file: String, configuration: Configuration) -> Result<Telemetry, InitError> {
    let Wishes { global, build_info, on_sigterm, layers } = wishes;
    let resource = resource(&configuration);
    let faults = Faults::default();
    let mut runtime = ExportRuntime::default();

    let Metrics { pushed, sentinel, reader, checked, meter, layer } =
        metrics(&configuration, &resource, &file, &mut runtime, &faults)?;
    let tracing = configuration.tracer.as_ref().filter(|_| !configuration.disabled);
    // Before the tracer provider: its batch processors count on the global meter what their queues can't hold.
    if global {
        global::set_meter_provider(checked.clone());
    }
    let tracer =
        tracing.map(|tracer| tracer::provider(tracer, resource.clone(), &file, &mut runtime, &faults)).transpose()?;

    let gauges = Arc::new(Gauges::new(configuration.lapwing.gauges.clone(), faults));
    let source = scrape::Source::new(reader, gauges.clone());
    let endpoint = scrape::endpoint(&configuration.lapwing.endpoint, source.clone(), &file)?;
    let Assembled { dispatch, warning } = subscriber::assemble(&configuration, &file, layers, layer, tracer.as_ref())?;
    let listener = match configuration.meter.as_ref().and_then(|meter| meter.prometheus.as_ref()) {
        Some(prometheus) if !configuration.lapwing.endpoint.mounted => {
            let listen = || scrape::listen(endpoint.clone(), &prometheus.host, prometheus.port, &file);
            Some(dispatcher::with_default(&dispatch, listen)?)
        }
        _ => None,
    };

    if global {
        dispatcher::set_global_default(dispatch.clone()).map_err(|_| InitError::SubscriberInstalled)?;
        global::set_text_map_propagator(propagator(&configuration.propagators));
        if let Some(tracer) = &tracer {
            global::set_tracer_provider(tracer.clone());
        }
    }
    dispatcher::with_default(&dispatch, || {
        if let Some(warning) = warning {
            tracing::warn!(target: "lapwing", "{warning}");
        }
        for warning in &configuration.warnings {
            let position = warning.position;
            tracing::warn!(
                target: "lapwing",
                "{}:{}:{}: {}{}",
                warning.file,
                position.line,
                position.column,
                warning.message,
                warning.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default()
            );
        }
    });
    if !configuration.disabled && configuration.meter.is_some() {
        of_process(&meter, &configuration, build_info, &resource);
    }
    let pipes = Pipes { tracer, meter: pushed };
    let presence = match on_sigterm {
        #[cfg(unix)]
        Sigterm::Flush { grace } => Some(sigterm::watch(grace, pipes.clone())?),
        #[cfg(not(unix))]
        Sigterm::Flush { .. } => None,
        Sigterm::Ignore => None,
    };
    Ok(Telemetry::new(Parts {
        file,
        dispatch,
        pipes,
        meter,
        source,
        endpoint,
        listener,
        gauges,
        runtime,
        presence,
        sentinel,
    }))
}

struct Metrics {
    /// What has to be flushed.
    pushed: Option<SdkMeterProvider>,
    /// Behind the endpoint where no metrics are pulled: it answers with its sentinel alone.
    sentinel: Option<SdkMeterProvider>,
    reader: PrometheusReader,
    checked: CheckedMeterProvider,
    meter: Meter,
    layer: Option<SpanMetricsLayer>,
}

/// The scope of everything that Lapwing itself records. It has no version, which would be a label of every series.
fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(METER_NAME).build()
}

fn metrics(
    configuration: &Configuration,
    resource: &Resource,
    file: &str,
    runtime: &mut ExportRuntime,
    faults: &Faults,
) -> Result<Metrics, InitError> {
    let scope = scope();
    let of_lapwing = &configuration.lapwing;
    let views = Views::new(configuration);
    let exemplars = StreamExemplars::new(&views, of_lapwing.rules.iter().chain(&of_lapwing.default_rule), &scope);
    let problems = Problems::default();
    let prometheus = configuration.meter.as_ref().and_then(|meter| meter.prometheus.as_ref());
    let unlabelled = unlabelled::histograms(configuration, &views, &scope);
    let reader = reader(configuration, exemplars.clone(), problems.clone(), unlabelled);

    let sentinel =
        || Some(SdkMeterProvider::builder().with_resource(resource.clone()).with_reader(reader.clone()).build());
    let Some(of_file) = configuration.meter.as_ref().filter(|_| !configuration.disabled) else {
        let checked = CheckedMeterProvider::new(SdkMeterProvider::builder().build(), problems);
        let meter = checked.meter_with_scope(scope);
        return Ok(Metrics { pushed: None, sentinel: sentinel(), reader, checked, meter, layer: None });
    };
    // Without a Prometheus exporter in the file metrics are not held a second time for pulling.
    let (pulled, sentinel) = match prometheus {
        Some(_) => (Some(reader.clone()), None),
        None => (None, sentinel()),
    };
    let provider = meter::provider(of_file, &views, pulled, resource.clone(), file, runtime, faults)?;
    let translation = prometheus.map(|prometheus| prometheus.translation).unwrap_or_default();
    let checked = CheckedMeterProvider::new(provider.clone(), problems)
        .with_translation(translation)
        .with_streams(move |scope, declared| views.exported(scope, declared));
    let meter = checked.meter_with_scope(scope);
    faults.count_on(&meter);
    let mut builder = SpanMetricsLayer::builder(meter.clone())
        .rules(of_lapwing.rules.clone())
        .exemplar_filter(of_file.exemplar_filter);
    if let Some(rule) = &of_lapwing.default_rule {
        builder = builder.default_rule(rule.clone());
    }
    let layer = builder.build().map_err(|error| {
        Place { file, key: "instrumentation/development.rust.lapwing.rules".to_owned() }.error(error.to_string())
    })?;
    exemplars.set_source(layer.exemplars());
    Ok(Metrics { pushed: Some(provider), sentinel, reader, checked, meter, layer: Some(layer) })
}

fn reader(
    configuration: &Configuration,
    exemplars: StreamExemplars,
    problems: Problems,
    unlabelled: Vec<DeclaredHistogram>,
) -> PrometheusReader {
    let builder = PrometheusReader::builder()
        .created_samples(configuration.lapwing.created_samples)
        .exemplars(exemplars)
        .problems(problems);
    match configuration.meter.as_ref().and_then(|meter| meter.prometheus.as_ref()) {
        Some(prometheus) => builder
            .translation(prometheus.translation)
            .scope_labels(prometheus.scope_info)
            .target_info(prometheus.target_info)
            .declared_histograms(unlabelled)
            .resource_labels(prometheus.resource_labels_included.clone(), prometheus.resource_labels_excluded.clone())
            .build(),
        None => builder.build(),
    }
}

fn of_process(meter: &Meter, configuration: &Configuration, info: Option<BuildInfo>, resource: &Resource) {
    #[cfg(target_os = "linux")]
    if configuration.lapwing.process_metrics != Some(false) {
        crate::process::register(meter);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = configuration;
    let of_resource = |key: &'static str| resource.get(&key.into()).map(|value| value.to_string());
    let info = info.or_else(|| {
        Some(BuildInfo {
            service: of_resource("service.name").unwrap_or_default(),
            version: of_resource("service.version")?,
            profile: String::new(),
        })
    });
    if let Some(info) = info {
        build_info::register(meter, info);
    }
}

fn propagator(propagators: &[Propagator]) -> TextMapCompositePropagator {
    TextMapCompositePropagator::new(
        propagators
            .iter()
            .map(|propagator| -> Box<dyn TextMapPropagator + Send + Sync> {
                match propagator {
                    Propagator::TraceContext => Box::new(TraceContextPropagator::new()),
                    Propagator::Baggage => Box::new(BaggagePropagator::new()),
                }
            })
            .collect(),
    )
}
