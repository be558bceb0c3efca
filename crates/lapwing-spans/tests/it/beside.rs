//! Other layers beside this one, and filters around it.

use lapwing_spans::{Instrument, Label, Rule, SpanMetricsLayer};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing::{debug, error, info, info_span};
use tracing_core::Dispatch;
use tracing_subscriber::{Layer as _, Registry, filter::LevelFilter, layer::SubscriberExt as _, registry, reload};

use crate::harness::{EventLog, Harness};

fn layer(harness: &Harness) -> SpanMetricsLayer {
    harness
        .builder()
        .rule(Rule::span("work").calls(Instrument::new("calls").label(Label::outcome())))
        .build()
        .expect("builds")
}

/// How often spans ended ok, and in error, under this subscriber.
fn outcomes(harness: &Harness, dispatch: impl Into<Dispatch>) -> (f64, f64) {
    tracing::dispatcher::with_default(&dispatch.into(), || {
        info_span!("work").in_scope(|| info!("fine"));
        info_span!("work").in_scope(|| info_span!("other").in_scope(|| error!("not mine")));
        info_span!("work").in_scope(|| error!("mine"));
    });
    let reading = harness.read();
    (reading.sum("calls", &[("outcome", "ok")]), reading.sum("calls", &[("outcome", "error")]))
}

#[test]
fn other_layers_see_what_no_rule_wants() {
    let harness = Harness::new();
    let (below, above) = (EventLog::default(), EventLog::default());
    let subscriber = registry().with(below.clone()).with(layer(&harness)).with(above.clone());
    let _default = tracing::subscriber::set_default(subscriber);
    debug!(target: "beside", "one");
    info_span!("unwanted").in_scope(|| debug!(target: "beside", "two"));
    for log in [below, above] {
        assert_eq!(log.lines(), ["DEBUG beside message=one", "DEBUG beside message=two"]);
    }
}

#[test]
fn filters_on_other_layers_do_not_hide_spans() {
    let harness = Harness::new();
    let log = EventLog::default();
    let subscriber = registry()
        .with(log.clone().with_filter(LevelFilter::OFF))
        .with(layer(&harness))
        .with(EventLog::default().with_filter(LevelFilter::ERROR));
    assert_eq!(outcomes(&harness, subscriber), (2.0, 1.0));
    assert!(log.lines().is_empty());
}

#[test]
fn a_filter_on_this_layer_is_heeded() {
    let harness = Harness::new();
    let subscriber = registry().with(EventLog::default()).with(layer(&harness).with_filter(LevelFilter::ERROR));
    tracing::subscriber::with_default(subscriber, || {
        info_span!("work").in_scope(|| {});
        tracing::error_span!("work").in_scope(|| info!("hidden"));
    });
    assert_eq!(harness.read().sum("calls", &[("outcome", "ok")]), 1.0);
}

#[test]
fn the_layer_may_be_boxed_optional_or_reloadable() {
    let harness = Harness::new();
    assert_eq!(outcomes(&harness, registry().with(layer(&harness).boxed())), (2.0, 1.0));
    let harness = Harness::new();
    assert_eq!(outcomes(&harness, registry().with(Some(layer(&harness)))), (2.0, 1.0));

    let (harness, later) = (Harness::new(), Harness::new());
    let (reloadable, handle) = reload::Layer::new(layer(&harness));
    let dispatch: Dispatch = registry().with(reloadable).into();
    let open = tracing::dispatcher::with_default(&dispatch, || {
        let open = info_span!("work");
        handle.reload(layer(&later)).expect("is there");
        // Opened under the first layer, so unknown to the second.
        open.in_scope(|| error!("whose?"));
        open
    });
    drop(open);
    assert_eq!(outcomes(&later, dispatch), (2.0, 1.0));
}

#[test]
fn a_layer_put_in_by_reload_finds_the_traces() {
    let harness = Harness::new();
    let provider = SdkTracerProvider::builder().with_simple_exporter(InMemorySpanExporter::default()).build();
    let (reloadable, handle) = reload::Layer::<Option<SpanMetricsLayer>, Registry>::new(None);
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _default = tracing::subscriber::set_default(registry().with(reloadable).with(traces));
    let layer = layer(&harness);
    let exemplars = layer.exemplars();
    handle.reload(Some(layer)).expect("is there");
    info_span!("work").in_scope(|| {});
    assert_eq!(exemplars.read().len(), 1);
}

#[test]
fn two_of_these_layers_measure_apart() {
    let (first, second) = (Harness::new(), Harness::new());
    let subscriber = registry().with(layer(&first)).with(layer(&second));
    assert_eq!(outcomes(&first, subscriber), (2.0, 1.0));
    assert_eq!(second.read().sum("calls", &[("outcome", "error")]), 1.0);
}
