//! Exemplars beside a real `OpenTelemetryLayer`.

use std::time::Duration;

use lapwing_spans::{ExemplarFilter, Exemplars, Instrument, Label, Rule};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _},
};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use tracing::{info, info_span};
use tracing_core::Dispatch;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Layer as _, filter::LevelFilter, layer::SubscriberExt as _, registry};

use crate::{harness::Harness, process};

struct Traced {
    harness: Harness,
    dispatch: Dispatch,
    exemplars: Exemplars,
    exporter: InMemorySpanExporter,
    provider: SdkTracerProvider,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    MetricsFirst,
    TracesFirst,
}

const ORDERS: [Order; 2] = [Order::MetricsFirst, Order::TracesFirst];

fn traced(order: Order, sampler: Sampler, filter: ExemplarFilter) -> Traced {
    let harness = Harness::new();
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).with_sampler(sampler).build();
    let tracer = provider.tracer("test");
    let metrics = harness
        .builder()
        .exemplar_filter(filter)
        .rule(
            Rule::span("work")
                .duration(Instrument::new("duration").unit("s").boundaries([0.01, 0.1]).label(Label::outcome()))
                .calls(Instrument::new("calls"))
                .in_flight(Instrument::new("in_flight")),
        )
        .rule(Rule::event("evicted").histogram_of("age", Instrument::new("age").boundaries([1.0])))
        .build()
        .expect("builds");
    let exemplars = metrics.exemplars();
    let dispatch = match order {
        Order::MetricsFirst => {
            Dispatch::new(registry().with(metrics).with(tracing_opentelemetry::layer().with_tracer(tracer)))
        }
        Order::TracesFirst => {
            Dispatch::new(registry().with(tracing_opentelemetry::layer().with_tracer(tracer)).with(metrics))
        }
    };
    Traced { harness, dispatch, exemplars, exporter, provider }
}

impl Traced {
    fn run<T>(&self, f: impl FnOnce() -> T) -> T {
        tracing::dispatcher::with_default(&self.dispatch, f)
    }

    fn exported(&self) -> Vec<SpanData> {
        self.provider.force_flush().expect("flushes");
        self.exporter.get_finished_spans().expect("in memory")
    }

    /// Values with trace and span id, of one instrument.
    fn of(&self, instrument: &str) -> Vec<(f64, TraceId, SpanId)> {
        self.exemplars
            .read()
            .into_iter()
            .filter(|series| series.instrument == instrument)
            .flat_map(|series| series.exemplars)
            .map(|e| (e.value, TraceId::from_bytes(e.trace_id), SpanId::from_bytes(e.span_id)))
            .collect()
    }
}

#[test]
fn exemplars_name_the_measured_span_as_it_is_exported() {
    for order in ORDERS {
        let traced = traced(order, Sampler::AlwaysOn, ExemplarFilter::TraceBased);
        traced.run(|| {
            let outer = info_span!("outer");
            for ms in [5, 6, 50] {
                outer.in_scope(|| info_span!("work").in_scope(|| traced.harness.clock.advance_ms(ms)));
            }
        });
        let spans: Vec<_> = traced.exported().into_iter().filter(|span| span.name == "work").collect();
        assert_eq!(spans.len(), 3);
        let id = |span: &SpanData| (span.span_context.trace_id(), span.span_context.span_id());
        let ((trace_a, span_a), (trace_b, span_b)) = (id(&spans[1]), id(&spans[2]));
        assert_eq!(traced.of("duration"), [(0.006, trace_a, span_a), (0.05, trace_b, span_b)], "{order:?}");
        assert_eq!(traced.of("calls"), [(1.0, trace_b, span_b)], "{order:?}");
        assert_eq!(traced.of("in_flight"), []);
        let series = traced.exemplars.read();
        let duration = series.iter().find(|series| series.instrument == "duration").expect("has exemplars");
        assert_eq!(duration.attributes, [opentelemetry::KeyValue::new("outcome", "ok")]);
    }
}

#[test]
fn a_duration_without_boundaries_keeps_one_for_each_of_its_default_buckets() {
    let harness = Harness::new();
    let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOn).build();
    let rule = Rule::span("work").duration(Instrument::new("duration"));
    let metrics = harness.builder().rule(rule).build().expect("builds");
    let exemplars = metrics.exemplars();
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _default = tracing::subscriber::set_default(registry().with(metrics).with(traces));
    for ms in [1, 4, 6, 30, 9_000, 11_000] {
        info_span!("work").in_scope(|| harness.clock.advance_ms(ms));
    }
    let values: Vec<f64> = exemplars.read().iter().flat_map(|series| &series.exemplars).map(|e| e.value).collect();
    assert_eq!(values, [0.004, 0.006, 0.03, 9.0, 11.0]);
}

#[test]
fn every_span_is_counted_whether_or_not_its_trace_is_sampled() {
    for order in ORDERS {
        for (sampler, filter, expected) in [
            (Sampler::AlwaysOff, ExemplarFilter::TraceBased, 0),
            (Sampler::AlwaysOff, ExemplarFilter::AlwaysOn, 1),
            (Sampler::AlwaysOn, ExemplarFilter::AlwaysOff, 0),
            (Sampler::AlwaysOn, ExemplarFilter::TraceBased, 1),
        ] {
            let traced = traced(order, sampler, filter);
            traced.run(|| {
                for _ in 0..10 {
                    info_span!("work").in_scope(|| {});
                }
            });
            assert_eq!(traced.harness.read().sum("calls", &[]), 10.0);
            assert_eq!(traced.of("calls").len(), expected, "{order:?} {filter:?}");
        }
    }
}

#[test]
fn a_remote_parent_set_before_the_first_enter_is_kept() {
    for order in ORDERS {
        let traced = traced(order, Sampler::AlwaysOn, ExemplarFilter::AlwaysOn);
        let remote = TraceId::from(7);
        traced.run(|| {
            let span = info_span!("work");
            let context = SpanContext::new(remote, SpanId::from(9), TraceFlags::SAMPLED, true, TraceState::default());
            span.set_parent(Context::new().with_remote_span_context(context)).expect("not started yet");
            span.in_scope(|| {});
        });
        assert_eq!(traced.of("calls")[0].1, remote, "{order:?}");
        assert_eq!(traced.exported()[0].span_context.trace_id(), remote);
    }
}

#[test]
fn a_span_never_entered_has_one_while_the_trace_layer_is_above() {
    for (order, expected) in [(Order::MetricsFirst, 1), (Order::TracesFirst, 0)] {
        let traced = traced(order, Sampler::AlwaysOn, ExemplarFilter::AlwaysOn);
        traced.run(|| drop(info_span!("work")));
        let exported = traced.exported();
        assert_eq!((traced.of("calls").len(), exported.len()), (expected, 1), "{order:?}");
        for (_, trace, span) in traced.of("calls") {
            assert_eq!((trace, span), (exported[0].span_context.trace_id(), exported[0].span_context.span_id()));
        }
        assert_eq!(traced.harness.read().sum("calls", &[]), 1.0);
    }
}

#[test]
fn events_take_the_span_they_are_in() {
    for order in ORDERS {
        let traced = traced(order, Sampler::AlwaysOn, ExemplarFilter::TraceBased);
        traced.run(|| {
            info!(name: "evicted", age = 0.5);
            info_span!("other").in_scope(|| info!(name: "evicted", age = 2.0));
        });
        let exported = traced.exported();
        let context = &exported[0].span_context;
        assert_eq!(traced.of("age"), [(2.0, context.trace_id(), context.span_id())], "{order:?}");
        assert_eq!(traced.harness.read().count("age", &[]), 2);
    }
}

#[test]
fn a_span_the_trace_layer_does_not_see_is_measured_without_one() {
    let harness = Harness::new();
    let provider = SdkTracerProvider::builder().with_simple_exporter(InMemorySpanExporter::default()).build();
    let metrics = harness.builder().rule(Rule::span("work").calls(Instrument::new("calls"))).build().expect("builds");
    let exemplars = metrics.exemplars();
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("test")).with_filter(LevelFilter::WARN);
    let _default = tracing::subscriber::set_default(registry().with(traces).with(metrics));
    info_span!("work").in_scope(|| {});
    assert_eq!(harness.read().sum("calls", &[]), 1.0);
    assert_eq!(exemplars.read(), []);
    tracing::error_span!("work").in_scope(|| {});
    assert_eq!(exemplars.read().len(), 1);
}

#[test]
fn without_a_trace_layer_there_are_none() {
    let harness = Harness::new();
    let metrics = harness
        .builder()
        .exemplar_filter(ExemplarFilter::AlwaysOn)
        .rule(Rule::span("work").calls(Instrument::new("calls")))
        .build()
        .expect("builds");
    let exemplars = metrics.exemplars();
    let _default = tracing::subscriber::set_default(registry().with(metrics));
    info_span!("work").in_scope(|| {});
    assert_eq!(exemplars.read(), []);
}

#[test]
fn under_a_global_subscriber_too() {
    process::alone("exemplars::under_a_global_subscriber_too", Duration::from_secs(60), || {
        let traced = traced(Order::TracesFirst, Sampler::AlwaysOn, ExemplarFilter::TraceBased);
        tracing::dispatcher::set_global_default(traced.dispatch.clone()).expect("the only one");
        let worker = std::thread::spawn(|| info_span!("work").in_scope(|| {}));
        worker.join().expect("no panic");
        let context = traced.exported()[0].span_context.clone();
        assert_eq!(traced.of("calls"), [(1.0, context.trace_id(), context.span_id())]);
    });
}
