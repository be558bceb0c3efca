//! What is never traced nor measured: the machinery that carries telemetry away.

use opentelemetry::Context;
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::layer::{self, Layer};

/// Crates an exporter runs through.
const CARRIERS: [&str; 11] =
    ["h2", "hyper", "hyper_util", "mio", "opentelemetry", "reqwest", "rustls", "tokio_util", "tonic", "tower", "want"];

/// Turns away what no layer needs, before it costs anything.
///
/// - Spans and events of the HTTP stack where they come from an exporter (its thread is marked as suppressed by
///   OpenTelemetry): measured or traced, each export would cause the next.
/// - The same crates' DEBUG and TRACE spans everywhere: they are that stack's inner steps, hundreds a request.
/// - Events more verbose than the log and the event rules want. Spans are needed at every level, so nothing else would
///   switch a `trace!` off that nobody reads.
///
/// Decided per callsite, once; only the HTTP stack's are asked for again.
#[derive(Debug)]
pub(crate) struct Gate {
    events: LevelFilter,
}

impl Gate {
    /// Lets events of `events` and more severe ones pass.
    pub(crate) fn new(events: LevelFilter) -> Gate {
        Gate { events }
    }

    fn interest(&self, metadata: &Metadata<'_>) -> Interest {
        if metadata.is_event() && *metadata.level() > self.events {
            Interest::never()
        } else if !is_carrier(metadata.target()) {
            Interest::always()
        } else if metadata.is_span() && *metadata.level() > Level::INFO {
            Interest::never()
        } else {
            Interest::sometimes()
        }
    }
}

impl<S: Subscriber> Layer<S> for Gate {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.interest(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: layer::Context<'_, S>) -> bool {
        let interest = self.interest(metadata);
        interest.is_always() || (interest.is_sometimes() && !Context::is_current_telemetry_suppressed())
    }
}

fn is_carrier(target: &str) -> bool {
    let krate = target.split("::").next().unwrap_or(target);
    CARRIERS.contains(&krate) || krate.starts_with("opentelemetry")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_http_stack_is_a_carrier() {
        for (target, expected) in [
            ("hyper::client", true),
            ("hyper", true),
            ("opentelemetry_sdk::trace", true),
            ("opentelemetry-otlp", true),
            ("hyperspace", false),
            ("lapwing", false),
            ("sigil::store", false),
        ] {
            assert_eq!(is_carrier(target), expected, "{target}");
        }
    }
}
