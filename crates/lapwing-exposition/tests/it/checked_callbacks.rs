//! Observable callbacks that misbehave.

use std::{
    panic::panic_any,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::Duration,
};

use opentelemetry::{KeyValue, metrics::MeterProvider};

use crate::checked_sdk::{Sdk, Value};

#[test]
fn panicking_callback_leaves_the_other_metrics() {
    let sdk = Sdk::new();
    let meter = sdk.meter();
    meter.u64_counter("c").build().add(3, &[]);
    let _first = meter.f64_observable_gauge("first").with_callback(|o| o.observe(1.0, &[])).build();
    let _bad = meter
        .i64_observable_gauge("bad")
        .with_callback(|o| {
            o.observe(1, &[KeyValue::new("seen", "before")]);
            panic!("a secret");
        })
        .with_callback(|o| o.observe(2, &[KeyValue::new("seen", "by another callback")]))
        .build();
    let _last = meter.u64_observable_counter("last").with_callback(|o| o.observe(9, &[])).build();
    for round in 1..=3 {
        assert_eq!(sdk.value("c"), Value::U64(3));
        assert_eq!(sdk.value("first"), Value::F64(1.0));
        assert_eq!(sdk.value("last"), Value::U64(9));
        let bad = [
            (vec!["seen=before".to_owned()], Value::I64(1)),
            (vec!["seen=by another callback".to_owned()], Value::I64(2)),
        ];
        assert_eq!(sdk.series("bad"), bad);
        assert_eq!(sdk.counted(), [("callback_panic", 4 * round)]);
    }
}

#[test]
fn a_callback_that_observes_nothing_runs_each_time_and_disturbs_nobody() {
    let sdk = Sdk::new();
    let meter = sdk.meter();
    meter.u64_counter("c").build().add(3, &[]);
    let calls = Arc::new(AtomicUsize::new(0));
    let called = Arc::clone(&calls);
    let _silent = meter
        .u64_observable_gauge("silent")
        .with_callback(move |_| {
            called.fetch_add(1, Relaxed);
        })
        .build();
    for round in 1..=3 {
        assert_eq!(sdk.value("c"), Value::U64(3));
        assert_eq!(calls.load(Relaxed), round);
    }
    assert!(sdk.series("silent").is_empty());
    assert_eq!(sdk.counted(), []);
}

/// A payload that panics when it is dropped would end the process if it were dropped while unwinding.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a payload panics too");
    }
}

#[test]
fn panic_payload_that_panics_is_survived() {
    let sdk = Sdk::new();
    let _bad = sdk.meter().u64_observable_gauge("bad").with_callback(|_| panic_any(Bomb)).build();
    let _good = sdk.meter().u64_observable_gauge("good").with_callback(|o| o.observe(1, &[])).build();
    assert_eq!(sdk.value("good"), Value::U64(1));
    assert_eq!(sdk.counted(), [("callback_panic", 1)]);
}

#[test]
fn flawed_observations_are_refused_and_the_rest_kept() {
    let sdk = Sdk::new();
    let meter = sdk.meter();
    let series = |n: i64| [KeyValue::new("n", n)];
    let _total = meter
        .f64_observable_counter("total")
        .with_callback(move |o| {
            o.observe(f64::NAN, &series(1));
            o.observe(-1.0, &series(2));
            o.observe(5.0, &series(3));
        })
        .build();
    let _up_down = meter
        .f64_observable_up_down_counter("up_down")
        .with_callback(move |o| {
            o.observe(f64::INFINITY, &series(1));
            o.observe(-1.0, &series(2));
        })
        .build();
    let _gauge = meter.f64_observable_gauge("gauge").with_callback(move |o| o.observe(f64::NAN, &series(1))).build();
    let points = sdk.points();
    let mut seen: Vec<_> =
        points.iter().map(|p| (p.name.as_str(), p.attributes[0].as_str(), p.value.clone())).collect();
    seen.sort_by_key(|&(name, attributes, _)| (name.to_owned(), attributes.to_owned()));
    assert_eq!(seen, [("total", "n=3", Value::F64(5.0)), ("up_down", "n=2", Value::F64(-1.0))]);
    assert_eq!(sdk.counted(), [("nan", 2), ("infinite", 1), ("negative", 1)]);
}

#[test]
fn a_series_no_longer_observed_is_gone_from_the_next_gather() {
    let sdk = Sdk::new();
    let alive = Arc::new(Mutex::new(vec!["a", "b"]));
    let source = Arc::clone(&alive);
    let _gauge = sdk
        .meter()
        .u64_observable_gauge("alive")
        .with_callback(move |o| {
            for id in source.lock().unwrap().iter() {
                o.observe(1, &[KeyValue::new("id", *id)]);
            }
        })
        .build();
    let ids = || sdk.series("alive").into_iter().map(|(attributes, _)| attributes[0].clone()).collect::<Vec<_>>();
    assert_eq!(ids(), ["id=a", "id=b"]);
    *alive.lock().unwrap() = vec!["b", "c"];
    assert_eq!(ids(), ["id=b", "id=c"]);
    alive.lock().unwrap().clear();
    assert_eq!(ids(), [""; 0]);
}

#[test]
fn an_instrument_made_inside_a_callback_is_refused_instead_of_waiting_for_ever() {
    let sdk = Arc::new(Sdk::new());
    let provider = sdk.provider.clone();
    let known = sdk.meter().u64_counter("known").build();
    known.add(1, &[]);
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let _gauge = sdk
        .meter()
        .u64_observable_gauge("g")
        .with_callback(move |o| {
            let meter = provider.meter("test");
            meter.u64_counter("new").build().add(1, &[]);
            let _observable = meter.u64_observable_gauge("g").with_callback(|_| ()).build();
            meter.u64_counter("known").build().add(1, &[]);
            o.observe(1, &[]);
            counted.fetch_add(1, Relaxed);
        })
        .build();
    let (done, finished) = mpsc::channel();
    let gatherer = Arc::clone(&sdk);
    thread::spawn(move || done.send(gatherer.points().len()));
    let points = finished.recv_timeout(Duration::from_secs(20)).expect("the gather ended");
    assert_eq!(points, 2);
    assert_eq!(sdk.counted(), [("invalid_instrument", 2)]);
    assert_eq!(calls.load(Relaxed), 1);
    // Outside of a callback it may be made, and from then on inside too.
    sdk.meter().u64_counter("new").build().add(1, &[]);
    assert_eq!(sdk.value("new"), Value::U64(2));
    assert_eq!(sdk.value("known"), Value::U64(4), "one by hand, one of each of three gathers");
}
