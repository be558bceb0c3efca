//! What is never traced nor measured: the machinery that carries telemetry away.

use opentelemetry::Context;
use tracing::{Level, Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::layer::{self, Layer};

/// Crates an exporter runs through.
const CARRIERS: [&str; 11] =
    ["h2", "hyper", "hyper_util", "mio", "opentelemetry", "reqwest", "rustls", "tokio_util", "tonic", "tower", "want"];

/// Turns away spans and events of the HTTP stack where they come from an exporter (its thread is marked as suppressed by
/// OpenTelemetry): measured or traced, each export would cause the next. The same crates' DEBUG and TRACE spans are
/// turned away everywhere: they are that stack's inner steps, hundreds a request.
///
/// Decided per callsite, once: a callsite of any other crate costs nothing.
#[derive(Debug)]
pub(crate) struct Gate;

impl Gate {
    fn interest(metadata: &Metadata<'_>) -> Interest {
        if !is_carrier(metadata.target()) {
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
        Gate::interest(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: layer::Context<'_, S>) -> bool {
        let interest = Gate::interest(metadata);
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
