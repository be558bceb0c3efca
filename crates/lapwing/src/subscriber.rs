//! The subscriber: measuring, tracing, logging.

use std::io::{self, IsTerminal};

use lapwing_config::{Configuration, LogFormat};
use lapwing_spans::SpanMetricsLayer;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Dispatch, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{EnvFilter, Layer, Registry, layer::SubscriberExt, registry::LookupSpan};

use crate::{InitError, exporter::Place, gate::Gate};

/// A layer that a program adds itself.
pub(crate) type ExtraLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Puts the layers together. The filter of the log is the log's alone: what is measured and traced does not depend on
/// how talkative the log is.
pub(crate) fn dispatch(
    configuration: &Configuration,
    file: &str,
    extra: Vec<ExtraLayer>,
    spans: Option<SpanMetricsLayer>,
    tracer: Option<&SdkTracerProvider>,
) -> Result<Dispatch, InitError> {
    let traces = tracer.map(|provider| {
        OpenTelemetryLayer::new(provider.tracer("lapwing")).with_threads(false).with_tracked_inactivity(false)
    });
    let subscriber = Registry::default()
        // An empty list of layers would answer that nobody is interested in anything.
        .with((!extra.is_empty()).then_some(extra))
        // Before the traces: layers hear of a closing span in this order, and the trace's ids must still be there.
        .with(spans)
        .with(traces)
        .with(log(configuration, file)?)
        .with(Gate);
    Ok(Dispatch::new(subscriber))
}

fn log<S>(configuration: &Configuration, file: &str) -> Result<Option<Box<dyn Layer<S> + Send + Sync>>, InitError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let log = &configuration.lapwing.log;
    if log.format == LogFormat::Off {
        return Ok(None);
    }
    let (key, configured) = match (&log.filter, &configuration.log_level) {
        (Some(filter), _) => ("instrumentation/development.rust.lapwing.log.filter", filter.as_str()),
        (None, Some(level)) => ("log_level", level.as_str()),
        (None, None) => ("log_level", "info"),
    };
    let configured = EnvFilter::try_new(configured).map_err(|error| {
        Place { file, key: key.to_owned() }.error(format!("`{configured}` is no log filter: {error}"))
    })?;
    // A typing error in RUST_LOG is no reason not to start: the file's filter holds.
    let filter = EnvFilter::try_from_default_env().unwrap_or(configured);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        // It would be said on standard error, which is what failed, and panic.
        .log_internal_errors(false);
    Ok(Some(match log.format {
        LogFormat::Json => layer.json().with_filter(filter).boxed(),
        LogFormat::Text | LogFormat::Off => layer.with_ansi(colours()).with_filter(filter).boxed(),
    }))
}

fn colours() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
