//! Spans and values used in ways that have broken layers.

use std::{fmt, time::Duration};

use lapwing_spans::{Instrument, Label, Rule};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{error, field::Empty, info_span};
use tracing_subscriber::{Registry, layer::SubscriberExt as _, registry, registry::LookupSpan as _};

use crate::{harness::Harness, process};

fn rule() -> Rule {
    Rule::span("work")
        .duration(Instrument::new("duration").label(Label::outcome()).label(Label::field("value")))
        .in_flight(Instrument::new("in_flight"))
}

/// Runs `body` alone, under a global subscriber with this layer and a trace layer.
fn global(name: &str, body: impl FnOnce(&Harness)) {
    process::alone(name, Duration::from_secs(60), || {
        let harness = Harness::new();
        let layer = harness.builder().rule(rule()).build().expect("builds");
        let traces = tracing_opentelemetry::layer().with_tracer(SdkTracerProvider::builder().build().tracer("test"));
        tracing::subscriber::set_global_default(registry().with(traces).with(layer)).expect("the only one");
        body(&harness);
    });
}

#[test]
fn follows_from_a_closed_span() {
    global("hostile_values::follows_from_a_closed_span", |harness| {
        let cause = info_span!("work", value = "cause");
        let id = cause.id();
        cause.in_scope(|| {});
        drop(cause);
        let effect = info_span!("work", value = "effect");
        effect.follows_from(id.clone());
        effect.in_scope(|| effect.follows_from(id));
        drop(effect);
        let reading = harness.read();
        assert_eq!(reading.count("duration", &[("outcome", "ok"), ("value", "effect")]), 1);
        assert_eq!(reading.sum("in_flight", &[]), 0.0);
    });
}

/// Reads the extensions of the current span, and of the span it is recorded on.
struct Reader(Option<tracing::Id>);

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = tracing::dispatcher::get_default(|dispatch| {
            let registry = dispatch.downcast_ref::<Registry>()?;
            let current = dispatch.current_span();
            for id in [current.id(), self.0.as_ref()].into_iter().flatten() {
                // Fails the test by hanging if the extensions are locked.
                drop(registry.span(id)?.extensions_mut());
            }
            Some(())
        });
        f.write_str(if read.is_some() { "read" } else { "unread" })
    }
}

#[test]
fn a_debug_value_that_reads_extensions() {
    process::alone("hostile_values::a_debug_value_that_reads_extensions", Duration::from_secs(60), || {
        let harness = Harness::new();
        let layer = harness.builder().rule(rule()).build().expect("builds");
        tracing::subscriber::set_global_default(registry().with(layer)).expect("the only one");
        let outer = info_span!("work", value = "outer");
        outer.in_scope(|| {
            let span = info_span!("work", value = ?Reader(None));
            span.record("value", tracing::field::debug(Reader(span.id())));
            span.in_scope(|| error!(value = ?Reader(span.id())));
        });
        drop(outer);
        let reading = harness.read();
        assert_eq!(reading.series("duration"), ["outcome=error,value=read", "outcome=ok,value=outer"]);
    });
}

/// Opens a measured span, logs and records on the current span while it is formatted.
struct Tracer;

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info_span!("work", value = "nested").in_scope(|| error!("nested"));
        tracing::Span::current().record("value", "from within");
        f.write_str("traced")
    }
}

#[test]
fn a_debug_value_that_traces() {
    global("hostile_values::a_debug_value_that_traces", |harness| {
        let span = info_span!("work", value = Empty);
        span.in_scope(|| span.record("value", tracing::field::debug(Tracer)));
        drop(span);
        drop(info_span!("work", value = ?Tracer));
        let reading = harness.read();
        assert_eq!(reading.count("duration", &[("outcome", "ok"), ("value", "traced")]), 2);
        // The trace layer formats it as well.
        assert_eq!(reading.count("duration", &[("outcome", "error"), ("value", "nested")]), 4);
        assert_eq!(reading.sum("in_flight", &[]), 0.0);
    });
}

struct Panicking;

impl fmt::Debug for Panicking {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::panic::panic_any("from Debug")
    }
}

#[test]
fn a_debug_value_that_panics() {
    let harness = Harness::new();
    let _default = harness.measure([rule()]);
    let span = info_span!("work", value = "before");
    for attempt in 0..2 {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if attempt == 0 {
                span.record("value", tracing::field::debug(Panicking));
            } else {
                drop(info_span!("work", value = ?Panicking));
            }
        }));
        assert!(caught.is_err());
    }
    span.record("value", "after");
    drop(span);
    let reading = harness.read();
    assert_eq!(reading.series("duration"), ["outcome=ok,value=after"]);
    assert_eq!(reading.sum("in_flight", &[]), 0.0);
}

#[test]
fn guards_held_across_await() {
    async fn misused(value: &'static str, turns: usize) {
        let span = info_span!("work", value);
        let _guard = span.enter();
        for _ in 0..turns {
            tokio::task::yield_now().await;
            info_span!("between").in_scope(|| {});
        }
    }
    let harness = Harness::new();
    let layer = harness.builder().rule(rule()).rule(rule().busy()).build().expect("builds");
    let traces = tracing_opentelemetry::layer().with_tracer(SdkTracerProvider::builder().build().tracer("test"));
    let _default = tracing::subscriber::set_default(registry().with(traces).with(layer));
    tokio::runtime::Builder::new_current_thread().build().expect("runtime").block_on(async {
        for _ in 0..50 {
            tokio::join!(misused("a", 3), misused("b", 1), misused("c", 2));
        }
    });
    let reading = harness.read();
    for value in ["a", "b", "c"] {
        assert_eq!(reading.count("duration", &[("outcome", "ok"), ("value", value)]), 100);
    }
    assert_eq!(reading.sum("in_flight", &[]), 0.0);
}

#[test]
fn threads_that_record_on_one_span() {
    let harness = Harness::new();
    let _default = harness.measure([Rule::span("work")
        .calls(
            Instrument::new("calls")
                .label(Label::field("left"))
                .label(Label::field("right"))
                .label(Label::field("both")),
        )
        .counter_of("number", Instrument::new("number"))]);
    let span = info_span!("work", left = Empty, right = Empty, both = Empty, number = Empty);
    std::thread::scope(|scope| {
        for own in ["left", "right"] {
            let span = &span;
            scope.spawn(move || {
                for n in 0..5000_u64 {
                    span.record(own, n);
                    span.record("both", "x".repeat(n as usize % 50));
                    span.record("number", n);
                }
                span.record("both", "done").record("number", 7);
            });
        }
    });
    drop(span);
    let reading = harness.read();
    let point = reading.points("calls").next().expect("measured");
    assert_eq!((point.labels["left"].as_str(), point.labels["right"].as_str()), ("4999", "4999"));
    assert_eq!((point.labels["both"].as_str(), point.sum, reading.sum("number", &[])), ("done", 1.0, 7.0));
}

#[test]
fn raw_ids_used_wrongly() {
    let harness = Harness::new();
    let _default = harness.measure([rule(), rule().busy()]);
    let span = info_span!("work", value = "x");
    let id = span.id().expect("enabled");
    tracing::dispatcher::get_default(|dispatch| {
        dispatch.exit(&id);
        dispatch.enter(&id);
        dispatch.enter(&tracing::Id::from_u64(0xFFFF));
        dispatch.exit(&tracing::Id::from_u64(0xFFFF));
    });
    drop(span);
    assert_eq!(harness.read().count("duration", &[("outcome", "ok"), ("value", "x")]), 2);
}
