//! Layers beside this one that log from within callbacks.

use std::{cell::Cell, time::Duration};

use lapwing_spans::{Instrument, Label, Rule};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{error, field::Empty, info_span};
use tracing_core::{
    Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt as _, registry, registry::LookupSpan};

use crate::{harness::Harness, process};

thread_local! {
    static LOGGING: Cell<bool> = const { Cell::new(false) };
}

/// Logs an error in every callback, once it is in it; with the span's extensions locked if so asked.
#[derive(Clone, Copy)]
struct Chatty {
    holds_extensions: bool,
}

impl Chatty {
    fn log<S>(self, id: &Id, ctx: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if LOGGING.replace(true) {
            return;
        }
        let span = ctx.span(id);
        let extensions = span.as_ref().filter(|_| self.holds_extensions).map(|span| span.extensions_mut());
        error!(parent: id.clone(), "chatting");
        error!("chatting");
        drop(extensions);
        LOGGING.set(false);
    }
}

impl<S> Layer<S> for Chatty
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        self.log(id, &ctx);
    }

    fn on_record(&self, id: &Id, _: &Record<'_>, ctx: Context<'_, S>) {
        self.log(id, &ctx);
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        self.log(id, &ctx);
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        self.log(id, &ctx);
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        self.log(&id, &ctx);
    }
}

fn rules() -> [Rule; 2] {
    [
        Rule::span("work")
            .log_over(Duration::ZERO)
            .busy()
            .duration(Instrument::new("duration").label(Label::outcome()).label(Label::field("kind"))),
        Rule::event("*").calls(Instrument::new("events")),
    ]
}

fn work() {
    let workers: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(|| {
                for _ in 0..200 {
                    let span = info_span!("work", kind = Empty);
                    span.in_scope(|| span.record("kind", "x"));
                    span.in_scope(|| info_span!("work", kind = "child").in_scope(|| error!("own")));
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().expect("no panic");
    }
}

fn assert_measured(harness: &Harness) {
    let reading = harness.read();
    assert_eq!(reading.points("duration").map(|point| point.count).sum::<u64>(), 1600);
    assert_eq!(reading.count("duration", &[("kind", "child"), ("outcome", "error")]), 800);
    assert!(reading.sum("events", &[]) >= 800.0);
}

#[test]
fn a_layer_that_logs_in_every_callback() {
    process::alone("deadlock::a_layer_that_logs_in_every_callback", Duration::from_secs(60), || {
        let harness = Harness::new();
        let layer = harness.builder().rules(rules()).build().expect("builds");
        let traces = tracing_opentelemetry::layer().with_tracer(SdkTracerProvider::builder().build().tracer("test"));
        let chatty = Chatty { holds_extensions: false };
        let subscriber = registry().with(chatty).with(traces).with(layer).with(chatty);
        tracing::subscriber::set_global_default(subscriber).expect("the only one");
        work();
        assert_measured(&harness);
    });
}

#[test]
fn a_layer_that_logs_while_it_holds_extensions() {
    process::alone("deadlock::a_layer_that_logs_while_it_holds_extensions", Duration::from_secs(60), || {
        let harness = Harness::new();
        // No exemplars: their ids live in the extensions of the trace layer, which would wait for itself as well.
        let layer = harness.builder().rules(rules()).build().expect("builds");
        let chatty = Chatty { holds_extensions: true };
        tracing::subscriber::set_global_default(registry().with(chatty).with(layer).with(chatty))
            .expect("the only one");
        work();
        assert_measured(&harness);
    });
}
