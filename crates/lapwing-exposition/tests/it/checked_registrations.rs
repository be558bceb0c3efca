//! Registrations that collide, and those that only look as if they did.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use lapwing_exposition::{CheckedMeterProvider, InstrumentKind, Problems, StreamName, Translation};
use opentelemetry::{
    InstrumentationScope, KeyValue,
    metrics::{Counter, InstrumentBuilder, InstrumentProvider, Meter, MeterProvider},
};

use crate::checked_sdk::{Sdk, Value};

#[test]
fn gauge_on_the_count_of_a_histogram_is_refused() {
    let sdk = Sdk::new();
    sdk.provider.meter("a").f64_histogram("y").build().record(1.0, &[]);
    let gauge = sdk.provider.meter("b").u64_gauge("y_count").build();
    gauge.record(7, &[]);
    gauge.bind(&[]).record(7);
    let _observable =
        sdk.provider.meter("c").u64_observable_gauge("y_sum").with_callback(|o| o.observe(7, &[])).build();
    assert_eq!(sdk.points().iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["y"]);
    assert_eq!(sdk.counted(), [("name_conflict", 2)]);
}

#[test]
fn histogram_over_an_existing_gauge_is_refused() {
    let sdk = Sdk::new();
    sdk.meter().u64_gauge("y_bucket").build().record(7, &[]);
    let histogram = sdk.meter().u64_histogram("y").build();
    histogram.record(1, &[]);
    histogram.bind(&[]).record(1);
    assert_eq!(sdk.points().iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["y_bucket"]);
    assert_eq!(sdk.counted(), [("name_conflict", 1)]);
}

#[test]
fn second_type_of_a_name_is_refused_and_counted_once() {
    let sdk = Sdk::new();
    sdk.provider.meter("a").u64_counter("x").build().add(1, &[]);
    for _ in 0..10 {
        sdk.provider.meter("b").f64_histogram("x").build().record(1.0, &[]);
    }
    sdk.provider.meter("a").i64_up_down_counter("x").build().add(1, &[]);
    assert_eq!(sdk.value("x"), Value::U64(1));
    assert_eq!(sdk.counted(), [("type_conflict", 2)]);
}

#[test]
fn same_instrument_is_remade_any_number_of_times_from_any_scope_and_thread() {
    let sdk = Sdk::new();
    thread::scope(|scope| {
        for i in 0..16 {
            let provider = &sdk.provider;
            scope.spawn(move || {
                for _ in 0..500 {
                    let meter = provider.meter(["a", "b"][i % 2]);
                    meter.u64_counter("x").with_unit("By").with_description("d").build().add(1, &[]);
                }
            });
        }
    });
    let mut values: Vec<_> = sdk.points().into_iter().map(|p| (p.scope, p.name, p.value)).collect();
    values.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = |scope: &str| (scope.to_owned(), "x".to_owned(), Value::U64(4_000));
    assert_eq!(values, [expected("a"), expected("b")]);
    assert!(sdk.counted().is_empty());
}

#[test]
fn second_description_gives_way_to_the_first_and_is_counted_once() {
    let sdk = Sdk::new();
    for description in ["first", "second", "second", "third", "first"] {
        sdk.meter().u64_counter("x").with_description(description).build().add(1, &[]);
    }
    let points = sdk.points();
    assert_eq!(points.len(), 1, "one stream, not one for each description");
    assert_eq!((points[0].description.as_str(), &points[0].value), ("first", &Value::U64(5)));
    assert_eq!(sdk.counted(), [("description_conflict", 1)]);
}

#[test]
fn second_boundaries_are_counted_once() {
    let sdk = Sdk::new();
    for boundaries in [vec![1.0], vec![2.0], vec![3.0]] {
        sdk.meter().u64_histogram("x").with_boundaries(boundaries).build().record(1, &[]);
    }
    let buckets = vec![(1.0, 3), (f64::INFINITY, 0)];
    assert_eq!(sdk.value("x"), Value::Histogram { sum: 3.0, count: 3, buckets });
    assert_eq!(sdk.counted(), [("bounds_differ", 1)]);
}

#[test]
fn invalid_instruments_are_counted_and_record_nothing() {
    let sdk = Sdk::new();
    let meter = sdk.meter();
    meter.u64_counter("1x").build().add(1, &[]);
    meter.u64_counter("x").with_unit("µs").build().add(1, &[]);
    meter.f64_histogram("x").with_boundaries(vec![2.0, 1.0]).build().record(1.0, &[]);
    let _observable = meter.f64_observable_gauge("").with_callback(|o| o.observe(1.0, &[])).build();
    assert!(sdk.points().is_empty());
    assert_eq!(sdk.counted(), [("invalid_instrument", 4)]);
}

#[test]
fn names_prometheus_writes_itself_are_refused() {
    let sdk = Sdk::new();
    sdk.meter().u64_gauge("up").build().record(1, &[]);
    sdk.meter().u64_gauge("target.info").build().record(1, &[]);
    sdk.meter().f64_gauge("scrape.duration").with_unit("s").build().record(1.0, &[]);
    // Two of the three names become reserved only by translation.
    assert_eq!(sdk.counted(), [("name_conflict", 3)]);
    assert!(sdk.points().is_empty());
}

#[test]
fn different_names_are_no_conflict_once_translated() {
    let sdk = Sdk::new();
    let meter = sdk.meter();
    meter.u64_counter("sigil.encode").build().add(1, &[]);
    meter.f64_histogram("sigil.encode.duration").with_unit("s").build().record(1.0, &[]);
    meter.i64_up_down_counter("sigil.encode.in_flight").build().add(1, &[]);
    meter.u64_counter("sigil.encode.duration.count").build().add(1, &[]);
    meter.u64_gauge("store.size").with_unit("By").build().record(1, &[]);
    meter.f64_gauge("store.size").with_unit("s").build().record(1.0, &[]);
    assert_eq!(sdk.counted(), []);
    assert_eq!(sdk.points().len(), 6);
}

#[test]
fn the_translation_strategy_decides_what_collides() {
    let conflicts = |translation| {
        let sdk = Sdk::new();
        let provider = sdk.provider.clone().with_translation(translation);
        let meter = provider.meter("test");
        let _dots = meter.u64_counter("a.b").build();
        let _gauge = meter.u64_gauge("a_b").build();
        let _seconds = meter.f64_histogram("t").with_unit("s").build();
        let _millis = meter.f64_histogram("t").with_unit("ms").build();
        sdk.counted().iter().map(|&(_, n)| n).sum::<u64>()
    };
    assert_eq!(conflicts(Translation::UnderscoreEscapingWithSuffixes), 1);
    assert_eq!(conflicts(Translation::UnderscoreEscapingWithoutSuffixes), 2);
    assert_eq!(conflicts(Translation::NoUtf8EscapingWithSuffixes), 0);
    assert_eq!(conflicts(Translation::NoTranslation), 1);
}

#[test]
fn views_that_rename_or_drop_are_heard() {
    let sdk = Sdk::new();
    let provider = sdk.provider.clone().with_streams(|scope, declared| {
        assert_eq!(scope.name(), "test");
        match declared.name.as_str() {
            "y_count" => {
                assert_eq!((declared.unit.as_str(), declared.kind), ("By", InstrumentKind::Gauge));
                vec![StreamName { name: "renamed".to_owned(), unit: String::new(), kind: declared.kind }]
            }
            "y_sum" => vec![],
            _ => vec![declared.clone()],
        }
    });
    let meter = provider.meter("test");
    let _histogram = meter.f64_histogram("y").build();
    let _renamed = meter.u64_gauge("y_count").with_unit("By").build();
    let _dropped = meter.u64_gauge("y_sum").build();
    assert_eq!(sdk.counted(), []);
    let _collides = meter.u64_counter("renamed").build();
    assert_eq!(sdk.counted(), [("type_conflict", 1)]);
}

#[test]
fn everything_a_builder_says_reaches_the_sdk() {
    let sdk = Sdk::new();
    let scope = InstrumentationScope::builder("lib").with_version("1.2").build();
    let meter = sdk.provider.meter_with_scope(scope);
    meter
        .f64_histogram("h")
        .with_unit("By")
        .with_description("sizes")
        .with_boundaries(vec![10.0, 20.0])
        .build()
        .record(15.0, &[KeyValue::new("k", "v")]);
    let _both = meter
        .i64_observable_up_down_counter("o")
        .with_unit("{thing}")
        .with_description("things")
        .with_callback(|o| o.observe(-1, &[KeyValue::new("n", 1)]))
        .with_callback(|o| o.observe(-2, &[KeyValue::new("n", 2)]))
        .build();
    // Bound, never recorded: exported as zero.
    let zero = meter.u64_counter("z").build();
    let _bound = zero.bind(&[KeyValue::new("outcome", "ok")]);
    let mut points = sdk.points();
    points.sort_by_key(|p| (p.name.clone(), p.attributes.clone()));
    let text: Vec<_> = points
        .iter()
        .map(|p| format!("{} {} {} {} {:?} {:?}", p.scope, p.name, p.unit, p.description, p.attributes, p.value))
        .collect();
    assert_eq!(
        text,
        [
            "lib h By sizes [\"k=v\"] Histogram { sum: 15.0, count: 1, buckets: [(10.0, 0), (20.0, 1), (inf, 0)] }",
            "lib o {thing} things [\"n=1\"] I64(-1)",
            "lib o {thing} things [\"n=2\"] I64(-2)",
            "lib z   [\"outcome=ok\"] U64(0)",
        ]
    );
}

/// Counts how many counters it was asked for.
struct Spy(Arc<AtomicUsize>);

impl InstrumentProvider for Spy {
    fn u64_counter(&self, builder: InstrumentBuilder<'_, Counter<u64>>) -> Counter<u64> {
        self.0.fetch_add(1, Relaxed);
        opentelemetry::metrics::NoopMeterProvider::new().meter("").u64_counter(builder.name).build()
    }
}

impl MeterProvider for Spy {
    fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
        Meter::new(Arc::new(Spy(Arc::clone(&self.0))))
    }
}

#[test]
fn a_refused_instrument_never_reaches_the_inner_provider() {
    let asked = Arc::new(AtomicUsize::new(0));
    let problems = Problems::default();
    let provider = CheckedMeterProvider::new(Spy(Arc::clone(&asked)), problems.clone());
    let meter = provider.meter("a");
    let _gauge = meter.u64_gauge("x").build();
    meter.u64_counter("x").build().add(1, &[]);
    assert_eq!(asked.load(Relaxed), 0);
    meter.u64_counter("y").build().add(1, &[]);
    assert_eq!(asked.load(Relaxed), 1);
}
