//! The subscriber: measuring, tracing, logging.

use std::io::{self, IsTerminal};

use lapwing_config::{Configuration, LogFormat, Matched};
use lapwing_spans::SpanMetricsLayer;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Dispatch, Subscriber, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{EnvFilter, Layer, Registry, layer::SubscriberExt, registry::LookupSpan};

use crate::{InitError, exporter::Place, gate::Gate, head_tracer::HeadTracer};

/// A layer that a program adds itself.
pub(crate) type ExtraLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// The subscriber, and what to say once it is in place.
pub(crate) struct Assembled {
    pub(crate) dispatch: Dispatch,
    pub(crate) warning: Option<String>,
}

/// Puts the layers together. The filter of the log is the log's alone: which spans are measured and traced does not
/// depend on how talkative the log is. Events are another matter: those that are too verbose for the log are kept from
/// traces too, and from rules unless an event rule asks for them.
pub(crate) fn assemble(
    configuration: &Configuration,
    file: &str,
    extra: Vec<ExtraLayer>,
    spans: Option<SpanMetricsLayer>,
    tracer: Option<&SdkTracerProvider>,
) -> Result<Assembled, InitError> {
    let traces = tracer.zip(configuration.tracer.as_ref()).map(|(provider, of_file)| {
        let tracer = HeadTracer::new(provider.tracer("lapwing"), &of_file.sampler);
        OpenTelemetryLayer::new(tracer).with_threads(false).with_tracked_inactivity(false)
    });
    let Filter { filter, warning } = filter(configuration, file)?;
    // Nobody knows which events a foreign layer wants.
    let events = if extra.is_empty() { events(configuration, &filter, traces.is_some()) } else { LevelFilter::TRACE };
    let subscriber = Registry::default()
        // An empty list of layers would answer that nobody is interested in anything.
        .with((!extra.is_empty()).then_some(extra))
        // Before the traces: layers hear of a closing span in this order, and the trace's ids must still be there.
        .with(spans)
        .with(traces)
        .with(log(configuration.lapwing.log.format, filter))
        .with(Gate::new(events));
    Ok(Assembled { dispatch: Dispatch::new(subscriber), warning })
}

struct Filter {
    filter: EnvFilter,
    warning: Option<String>,
}

/// `RUST_LOG`, else the file's `log.filter`, else its `log_level`, else `info`.
fn filter(configuration: &Configuration, file: &str) -> Result<Filter, InitError> {
    let log = &configuration.lapwing.log;
    let (key, configured) = match (&log.filter, &configuration.log_level) {
        (Some(filter), _) => ("instrumentation/development.rust.lapwing.log.filter", filter.as_str()),
        (None, Some(level)) => ("log_level", level.as_str()),
        (None, None) => ("log_level", "info"),
    };
    let filter = EnvFilter::try_new(configured).map_err(|error| {
        Place { file, key: key.to_owned() }.error(format!("`{configured}` is no log filter: {error}"))
    })?;
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|wanted| !wanted.is_empty());
    Ok(match wanted.map(EnvFilter::try_new) {
        None => Filter { filter, warning: None },
        Some(Ok(wanted)) => Filter { filter: wanted, warning: None },
        // A slip there is no reason not to start.
        Some(Err(error)) => {
            Filter { filter, warning: Some(format!("RUST_LOG is no log filter, so `{configured}` holds: {error}")) }
        }
    })
}

/// How verbose an event may be before nobody wants it.
fn events(configuration: &Configuration, filter: &EnvFilter, traced: bool) -> LevelFilter {
    let logged = match configuration.lapwing.log.format {
        // Traces keep what a log would have told.
        LogFormat::Off if traced => LevelFilter::INFO,
        LogFormat::Off => LevelFilter::ERROR,
        LogFormat::Text | LogFormat::Json => filter.max_level_hint().unwrap_or(LevelFilter::TRACE),
    };
    let measured = configuration.lapwing.rules.iter().map(|rule| &rule.matches).filter(|m| m.kind == Matched::Event);
    let measured = measured.map(|m| m.level.map_or(LevelFilter::TRACE, LevelFilter::from_level)).max();
    // ERROR events tell the outcome of spans.
    logged.max(measured.unwrap_or(LevelFilter::OFF)).max(LevelFilter::ERROR)
}

fn log<S>(format: LogFormat, filter: EnvFilter) -> Option<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        // It would be said on standard error, which is what failed, and panic.
        .log_internal_errors(false);
    match format {
        LogFormat::Off => None,
        LogFormat::Json => Some(layer.json().with_filter(filter).boxed()),
        LogFormat::Text => Some(layer.with_ansi(colours()).with_filter(filter).boxed()),
    }
}

fn colours() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events_of(lapwing: &str, traced: bool) -> LevelFilter {
        let yaml = format!("file_format: \"1.1\"\ninstrumentation/development: {{rust: {{lapwing: {lapwing}}}}}\n");
        let configuration = lapwing_config::parse(&yaml, "test.yaml", &|_| None).unwrap();
        let filter = EnvFilter::new(configuration.lapwing.log.filter.as_deref().unwrap_or("info"));
        events(&configuration, &filter, traced)
    }

    #[test]
    fn events_pass_as_far_as_log_traces_and_rules_want_them() {
        assert_eq!(events_of("{}", false), LevelFilter::INFO);
        assert_eq!(events_of("{log: {filter: \"warn,sigil=debug\"}}", false), LevelFilter::DEBUG);
        assert_eq!(events_of("{log: {filter: \"off\"}}", false), LevelFilter::ERROR);
        assert_eq!(events_of("{log: {format: off}}", false), LevelFilter::ERROR);
        assert_eq!(events_of("{log: {format: off}}", true), LevelFilter::INFO);
        let rule = "rules: [{event: x, level: debug, calls: {instrument: x}}]";
        assert_eq!(events_of(&format!("{{log: {{format: off}}, {rule}}}"), false), LevelFilter::DEBUG);
        assert_eq!(events_of("{rules: [{event: x, calls: {instrument: x}}]}", false), LevelFilter::TRACE);
    }
}
