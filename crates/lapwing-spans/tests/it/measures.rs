//! What is measured, and with which values.

use std::time::Duration;

use lapwing_spans::{Instrument, Label, Rule};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{Aggregation, Stream};
use tracing::{info_span, instrument};
use tracing_core::Level;
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use crate::{harness::Harness, process};

#[test]
fn durations_land_in_their_buckets_exactly() {
    let harness = Harness::new();
    let _default = harness.measure([
        Rule::span("work").duration(Instrument::new("work.duration").unit("s").boundaries([0.005, 0.01, 0.1]))
    ]);
    for ms in [1, 5, 6, 10, 11, 100, 101, 5000] {
        let span = info_span!("work");
        harness.clock.advance_ms(ms);
        drop(span);
    }
    let reading = harness.read();
    let point = reading.point("work.duration", &[]);
    assert_eq!((point.buckets.as_slice(), point.count), ([2, 2, 2, 2].as_slice(), 8));
    assert!((point.sum - 5.234).abs() < 1e-12, "{}", point.sum);
}

#[test]
fn durations_come_in_the_unit_of_the_instrument() {
    let harness = Harness::new();
    let units = ["s", "ms", "us", "ns", ""];
    let _default = harness.measure(units.map(|unit| {
        Rule::span("work")
            .duration(Instrument::new(format!("work.{}", if unit.is_empty() { "none" } else { unit })).unit(unit))
    }));
    let span = info_span!("work");
    harness.clock.advance_ms(1500);
    drop(span);
    let reading = harness.read();
    for (unit, expected) in units.iter().zip([1.5, 1500.0, 1.5e6, 1.5e9]) {
        assert_eq!(reading.sum(&format!("work.{unit}"), &[]), expected, "{unit}");
    }
    assert_eq!(reading.sum("work.none", &[]), 1.5, "a duration without unit is in seconds");
}

#[test]
fn durations_without_boundaries_get_those_of_durations_in_their_unit() {
    let seconds = vec![0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
    let milliseconds =
        vec![5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0];
    let harness = Harness::with_view(|instrument| {
        let buckets = Aggregation::ExplicitBucketHistogram { boundaries: vec![1.0, 60.0], record_min_max: true };
        (instrument.name() == "seen").then(|| Stream::builder().with_aggregation(buckets).build().expect("is right"))
    });
    let _default = harness.measure([
        Rule::span("work").duration(Instrument::new("none")),
        Rule::span("work").duration(Instrument::new("s").unit("s")),
        Rule::span("work").duration(Instrument::new("ms").unit("ms")),
        Rule::span("work").duration(Instrument::new("us").unit("us")),
        Rule::span("work").duration(Instrument::new("ns").unit("ns")),
        Rule::span("work").duration(Instrument::new("seen").unit("s")),
        Rule::span("work").histogram_of("size", Instrument::new("field").unit("s")),
        Rule::span("work").histogram_of("size", Instrument::new("both").unit("s")),
        Rule::span("work").duration(Instrument::new("Both").unit("s")),
    ]);
    drop(info_span!("work", size = 1));
    let reading = harness.read();
    let bounds = |name: &str| reading.point(name, &[]).bounds.clone();
    assert_eq!((bounds("none"), bounds("s"), bounds("both")), (seconds.clone(), seconds.clone(), seconds));
    assert_eq!(bounds("ms"), milliseconds);
    assert_eq!(bounds("us"), milliseconds.iter().map(|ms| ms * 1e3).collect::<Vec<_>>());
    assert_eq!(bounds("ns"), milliseconds.iter().map(|ms| ms * 1e6).collect::<Vec<_>>());
    assert_eq!(bounds("seen"), [1.0, 60.0]);
    assert_eq!(bounds("field"), Instrument::DEFAULT_BOUNDARIES);
}

#[test]
fn calls_errors_and_in_flight() {
    let harness = Harness::new();
    let _default = harness.measure([Rule::span("work")
        .calls(Instrument::new("calls").label(Label::outcome()))
        .errors(Instrument::new("errors"))
        .in_flight(Instrument::new("in_flight").label(Label::field("kind")))]);
    let first = info_span!("work", kind = "a");
    let second = info_span!("work", kind = "b", otel.status_code = "ERROR");
    let third = info_span!("work", kind = "a");
    let reading = harness.read();
    assert_eq!((reading.sum("in_flight", &[("kind", "a")]), reading.sum("in_flight", &[("kind", "b")])), (2.0, 1.0));
    drop((first, second));
    let reading = harness.read();
    assert_eq!((reading.sum("in_flight", &[("kind", "a")]), reading.sum("in_flight", &[("kind", "b")])), (1.0, 0.0));
    assert_eq!((reading.sum("calls", &[("outcome", "ok")]), reading.sum("calls", &[("outcome", "error")])), (1.0, 1.0));
    assert_eq!(reading.sum("errors", &[]), 1.0);
    drop(third);
    assert_eq!(harness.read().sum("in_flight", &[("kind", "a")]), 0.0);
}

#[test]
fn in_flight_subtracts_what_it_added_although_labels_come_late() {
    let harness = Harness::new();
    let _default = harness.measure([Rule::span("work")
        .in_flight(Instrument::new("in_flight").label(Label::field("kind").or("none")).series_limit(1))]);
    let early = info_span!("work", kind = tracing::field::Empty);
    let over_the_limit = info_span!("work", kind = "other");
    early.record("kind", "late");
    let reading = harness.read();
    assert_eq!(reading.series("in_flight"), ["kind=none", "otel.metric.overflow=true"]);
    drop((early, over_the_limit));
    let reading = harness.read();
    assert_eq!(reading.series("in_flight"), ["kind=none", "otel.metric.overflow=true"]);
    assert!(reading.points("in_flight").all(|point| point.sum == 0.0));
}

#[test]
fn numeric_fields_become_histograms_and_counters() {
    let harness = Harness::new();
    let _default = harness.measure([Rule::span("gc")
        .histogram_of("strength", Instrument::new("strength").unit("1").boundaries([0.5, 1.0]))
        .counter_of("removed", Instrument::new("removed"))]);
    info_span!("gc", strength = 0.25_f64, removed = 3_u64);
    info_span!("gc", strength = 0.75_f64, removed = 4_i64);
    info_span!("gc", strength = %"0.5", removed = ?2_u8);
    info_span!("gc", removed = 5_u128);
    drop(info_span!("gc"));
    let late = info_span!("gc", strength = 9.0_f64, removed = 100_u64);
    late.record("strength", 0.5_f64);
    late.record("removed", 1_u64);
    drop(late);
    let reading = harness.read();
    assert_eq!(reading.point("strength", &[]).buckets, [3, 1, 0]);
    assert_eq!((reading.sum("strength", &[]), reading.sum("removed", &[])), (2.0, 15.0));
}

#[test]
fn what_is_no_number_is_refused_counted_and_said_once() {
    let harness = Harness::new();
    let log = crate::harness::EventLog::default();
    let layer = harness
        .builder()
        .rule(
            Rule::span("gc")
                .histogram_of("strength", Instrument::new("strength"))
                .counter_of("removed", Instrument::new("removed")),
        )
        .build()
        .expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer).with(log.clone()));
    for strength in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        info_span!("gc", strength, removed = 1_u64);
    }
    info_span!("gc", strength = "much", removed = -1_i64);
    info_span!("gc", strength = true, removed = tracing::field::Empty);
    info_span!("gc", strength = -2.5, removed = tracing::field::Empty);
    let reading = harness.read();
    assert_eq!((reading.sum("strength", &[]), reading.count("strength", &[])), (-2.5, 1));
    assert_eq!(reading.sum("removed", &[]), 3.0);
    assert_eq!(reading.problems("refused_value"), 6);
    let said = log.lines();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|line| line.starts_with("WARN lapwing ") && line.contains("reason=\"refused_value\"")));
}

#[test]
fn several_rules_measure_one_span() {
    let harness = Harness::new();
    let _default = harness.measure([
        Rule::span("sigil.*").calls(Instrument::new("all")),
        Rule::span("sigil.encode").calls(Instrument::new("encodes")),
        Rule::span("sigil.??????").calls(Instrument::new("sixes")),
    ]);
    info_span!("sigil.encode");
    info_span!("sigil.verify");
    info_span!("sigil.gc");
    info_span!("other");
    let reading = harness.read();
    assert_eq!((reading.sum("all", &[]), reading.sum("encodes", &[]), reading.sum("sixes", &[])), (3.0, 1.0, 2.0));
}

#[test]
fn rules_match_by_target_and_level_too() {
    let harness = Harness::new();
    let _default = harness.measure([
        Rule::span("*").target("db::*").calls(Instrument::new("db")),
        Rule::span("*").level(Level::INFO).calls(Instrument::new("info")),
    ]);
    tracing::debug_span!(target: "db::pool", "a");
    tracing::info_span!(target: "db::pool", "b");
    tracing::error_span!("c");
    tracing::trace_span!("d");
    let reading = harness.read();
    assert_eq!((reading.sum("db", &[]), reading.sum("info", &[])), (2.0, 2.0));
}

#[test]
fn rules_share_an_instrument() {
    let harness = Harness::new();
    let shared = || Instrument::new("errors").description("Errors by operation.");
    let _default = harness.measure([
        Rule::span("encode").errors(shared().label(Label::constant("operation", "encode"))),
        Rule::span("verify").errors(shared().label(Label::constant("operation", "verify")).label(Label::field("why"))),
        // Fractions on the same counter as whole numbers.
        Rule::span("gc").counter_of("failed", Instrument::new("Errors").label(Label::constant("operation", "gc"))),
    ]);
    info_span!("encode", otel.status_code = "error");
    info_span!("verify", otel.status_code = "error", why = "expired");
    info_span!("gc", failed = 2.5);
    let reading = harness.read();
    assert_eq!(reading.sum("errors", &[("operation", "encode")]), 1.0);
    assert_eq!(reading.sum("errors", &[("operation", "verify"), ("why", "expired")]), 1.0);
    assert_eq!(reading.sum("errors", &[("operation", "gc")]), 2.5);
}

#[test]
fn the_default_rule_takes_what_is_left() {
    let harness = Harness::new();
    let layer = harness
        .builder()
        .rule(Rule::span("known").calls(Instrument::new("known")))
        .rule(Rule::span("silent"))
        .default_rule(Rule::any_span().duration(Instrument::new("span.duration").label(Label::span_name())))
        .build()
        .expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer));
    info_span!("known");
    info_span!("silent");
    info_span!("first");
    info_span!("second");
    info_span!("second");
    tracing::info!("events are not spans");
    let reading = harness.read();
    assert_eq!(reading.series("span.duration"), ["span_name=first", "span_name=second"]);
    assert_eq!(reading.count("span.duration", &[("span_name", "second")]), 2);
}

#[test]
fn without_a_default_rule_other_spans_are_not_measured() {
    let harness = Harness::new();
    let _default = harness.measure([Rule::span("known").calls(Instrument::new("calls"))]);
    info_span!("unknown", kind = "x").in_scope(|| tracing::error!("unmeasured"));
    assert_eq!(harness.read().sum("calls", &[]), 0.0);
}

#[test]
fn instrumented_functions_are_spans() {
    #[instrument(name = "encode", fields(size = bytes.len()), skip(bytes))]
    fn encode(bytes: &[u8], backend: &str) -> usize {
        bytes.len()
    }
    let harness = Harness::new();
    let _default = harness.measure([Rule::span("encode")
        .calls(Instrument::new("encodes").label(Label::field("backend")))
        .histogram_of("size", Instrument::new("size").unit("By"))]);
    encode(b"abc", "embedded");
    encode(b"abcdef", "embedded");
    let reading = harness.read();
    // `#[instrument]` records a `&str` argument through `Value`, not `Debug`.
    assert_eq!((reading.sum("encodes", &[("backend", "embedded")]), reading.sum("size", &[])), (2.0, 9.0));
}

#[test]
fn a_provider_that_drops_everything_is_fine() {
    let provider = opentelemetry::metrics::noop::NoopMeterProvider::new();
    let layer = lapwing_spans::SpanMetricsLayer::builder(provider.meter("none"))
        .rule(Rule::span("*").duration(Instrument::new("d")).in_flight(Instrument::new("f")))
        .build()
        .expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer));
    info_span!("work").in_scope(|| {});
}

#[test]
fn a_sole_layer_switches_off_what_it_does_not_need() {
    // Alone, because the subscribers of other tests would keep the callsites on.
    let name = "measures::a_sole_layer_switches_off_what_it_does_not_need";
    process::alone(name, Duration::from_secs(60), || {
        let harness = Harness::new();
        let labels = [Label::outcome()];
        let layer = harness
            .builder()
            .sole_layer()
            .rule(Rule::span("work").outcome_from("status", ["bad"]).calls(Instrument::new("calls").labels(labels)))
            .build()
            .expect("builds");
        tracing::subscriber::set_global_default(registry().with(layer)).expect("the only one");
        assert!(info_span!("unwanted").is_disabled());
        assert!(!tracing::enabled!(Level::ERROR));
        drop(info_span!("work", status = "bad"));
        assert_eq!(harness.read().sum("calls", &[("outcome", "error")]), 1.0);
    });
}
