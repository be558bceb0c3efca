//! Measurements that would poison a series.

use std::thread;

use opentelemetry::KeyValue;

use crate::checked_sdk::{Sdk, Value};

const FLAWED: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

#[test]
fn nan_and_infinity_leave_the_sum_of_a_histogram_finite() {
    let sdk = Sdk::new();
    let histogram = sdk.meter().f64_histogram("h").with_boundaries(vec![1.0, 2.0]).build();
    let bound = histogram.bind(&[]);
    for flawed in FLAWED {
        histogram.record(flawed, &[]);
        bound.record(flawed);
    }
    histogram.record(0.5, &[]);
    bound.record(1.5);
    histogram.record(-4.0, &[]);
    let buckets = vec![(1.0, 2), (2.0, 1), (f64::INFINITY, 0)];
    assert_eq!(sdk.value("h"), Value::Histogram { sum: -2.0, count: 3, buckets });
    assert_eq!(sdk.counted(), [("nan", 2), ("infinite", 4)]);
}

#[test]
fn negative_durations_are_refused_whatever_the_unit_of_time() {
    for unit in ["s", "ms", "us", "ns", "min", "h", "d"] {
        let sdk = Sdk::new();
        let histogram = sdk.meter().f64_histogram("h").with_unit(unit).with_boundaries(vec![1.0]).build();
        let bound = histogram.bind(&[]);
        histogram.record(-0.001, &[]);
        bound.record(-1e300);
        histogram.record(-0.0, &[]);
        bound.record(0.25);
        let buckets = vec![(1.0, 2), (f64::INFINITY, 0)];
        assert_eq!(sdk.value("h"), Value::Histogram { sum: 0.25, count: 2, buckets }, "{unit}");
        assert_eq!(sdk.counted(), [("negative", 2)], "{unit}");
    }
}

#[test]
fn negative_adds_leave_a_counter_monotone() {
    let sdk = Sdk::new();
    let counter = sdk.meter().f64_counter("c").build();
    let bound = counter.bind(&[]);
    for flawed in FLAWED {
        counter.add(flawed, &[]);
        bound.add(flawed);
    }
    counter.add(2.5, &[]);
    counter.add(-1.0, &[]);
    bound.add(-0.5);
    bound.add(-0.0);
    bound.add(1.0);
    assert_eq!(sdk.value("c"), Value::F64(3.5));
    assert_eq!(sdk.counted(), [("nan", 2), ("infinite", 4), ("negative", 2)]);

    // Without the checks the SDK lets the counter sink.
    let unchecked = sdk.unchecked().f64_counter("u").build();
    unchecked.add(-1.0, &[]);
    assert_eq!(sdk.value("u"), Value::F64(-1.0));
}

#[test]
fn a_flawed_gauge_keeps_its_last_value() {
    let sdk = Sdk::new();
    let gauge = sdk.meter().f64_gauge("g").build();
    let bound = gauge.bind(&[]);
    gauge.record(-7.0, &[]);
    for flawed in FLAWED {
        gauge.record(flawed, &[]);
        bound.record(flawed);
    }
    assert_eq!(sdk.value("g"), Value::F64(-7.0));
    assert_eq!(sdk.counted(), [("nan", 2), ("infinite", 4)]);
}

#[test]
fn up_down_counters_go_below_zero_but_never_to_nan() {
    let sdk = Sdk::new();
    let float = sdk.meter().f64_up_down_counter("f").build();
    float.add(-2.5, &[]);
    float.add(f64::NAN, &[]);
    float.bind(&[]).add(f64::INFINITY);
    let integer = sdk.meter().i64_up_down_counter("i").build();
    integer.add(-9, &[]);
    integer.bind(&[]).add(4);
    assert_eq!((sdk.value("f"), sdk.value("i")), (Value::F64(-2.5), Value::I64(-5)));
    assert_eq!(sdk.counted(), [("nan", 1), ("infinite", 1)]);
}

#[test]
fn integer_instruments_take_every_value() {
    let sdk = Sdk::new();
    sdk.meter().u64_gauge("gu").build().record(u64::MAX, &[]);
    sdk.meter().i64_gauge("gi").build().record(i64::MIN, &[]);
    sdk.meter().u64_counter("c").build().add((1 << 53) + 1, &[]);
    sdk.meter().u64_histogram("h").with_boundaries(vec![10.0]).build().record(5_000, &[]);
    assert_eq!(sdk.value("gu"), Value::U64(u64::MAX));
    assert_eq!(sdk.value("gi"), Value::I64(i64::MIN));
    assert_eq!(sdk.value("c"), Value::U64((1 << 53) + 1));
    let buckets = vec![(10.0, 0), (f64::INFINITY, 1)];
    assert_eq!(sdk.value("h"), Value::Histogram { sum: 5_000.0, count: 1, buckets });
    assert!(sdk.counted().is_empty());
}

/// What a full ledger holds.
const U64_LIMIT: u64 = u64::MAX - (1 << 60);

#[test]
fn overflowing_counter_saturates() {
    let sdk = Sdk::new();
    let counter = sdk.meter().u64_counter("c").build();
    let bound = counter.bind(&[]);
    counter.add(u64::MAX / 2, &[]);
    assert_eq!(sdk.value("c"), Value::U64(u64::MAX / 2));
    bound.add(u64::MAX / 2);
    counter.add(u64::MAX, &[]);
    bound.add(1 << 40);
    counter.add(7, &[]);
    assert_eq!(sdk.value("c"), Value::U64(U64_LIMIT + 7));
    assert_eq!(sdk.counted(), [("counter_overflow", 3)]);

    // Without the checks the SDK wraps.
    let unchecked = sdk.unchecked().u64_counter("u").build();
    unchecked.add(u64::MAX, &[]);
    unchecked.add(3, &[]);
    assert_eq!(sdk.value("u"), Value::U64(2));
}

#[test]
fn remade_counter_does_not_get_a_second_ledger() {
    let sdk = Sdk::new();
    for _ in 0..10 {
        sdk.meter().u64_counter("c").build().add(1 << 62, &[]);
    }
    assert_eq!(sdk.value("c"), Value::U64(U64_LIMIT));
    assert_eq!(sdk.counted(), [("counter_overflow", 7)]);
}

#[test]
fn overflowing_float_sums_stay_finite() {
    let sdk = Sdk::new();
    let counter = sdk.meter().f64_counter("c").build();
    let histogram = sdk.meter().f64_histogram("h").with_boundaries(vec![0.0]).build();
    let up_down = sdk.meter().f64_up_down_counter("ud").build();
    for _ in 0..4 {
        counter.add(f64::MAX / 4.0, &[]);
        histogram.record(f64::MAX / 4.0, &[]);
        up_down.add(f64::MIN / 4.0, &[]);
    }
    assert_eq!(sdk.value("c"), Value::F64(f64::MAX / 2.0));
    let buckets = vec![(0.0, 0), (f64::INFINITY, 2)];
    assert_eq!(sdk.value("h"), Value::Histogram { sum: f64::MAX / 2.0, count: 2, buckets });
    assert_eq!(sdk.value("ud"), Value::F64(f64::MIN / 2.0));
    assert_eq!(sdk.counted(), [("counter_overflow", 6)]);
}

#[test]
fn overflowing_integer_histogram_and_up_down_counter_refuse_the_measurement() {
    let sdk = Sdk::new();
    let histogram = sdk.meter().u64_histogram("h").with_boundaries(vec![0.0]).build();
    histogram.record(1 << 63, &[]);
    histogram.record(1 << 63, &[]);
    let buckets = vec![(0.0, 0), (f64::INFINITY, 1)];
    assert_eq!(sdk.value("h"), Value::Histogram { sum: (1u64 << 63) as f64, count: 1, buckets });

    let up_down = sdk.meter().i64_up_down_counter("ud").build();
    up_down.add(1 << 62, &[]);
    up_down.add(1 << 62, &[]);
    up_down.bind(&[]).add(i64::MAX);
    up_down.add(i64::MIN, &[]);
    up_down.add(i64::MIN, &[]);
    up_down.add(-3, &[]);
    assert_eq!(sdk.value("ud"), Value::I64(-(1 << 62) - 3), "2^62 and once i64::MIN");
    assert_eq!(sdk.counted(), [("counter_overflow", 4)]);
}

#[test]
fn sixteen_threads_of_good_and_bad_values_leave_the_exact_good_ones() {
    const ROUNDS: u64 = 2_000;
    let sdk = Sdk::new();
    let meter = sdk.meter();
    let histogram = meter.f64_histogram("h").with_unit("s").with_boundaries(vec![0.5]).build();
    let counter = meter.u64_counter("c").build();
    let huge = meter.u64_counter("huge").build();
    thread::scope(|scope| {
        for thread in 0..16_u64 {
            let (histogram, counter, huge) = (&histogram, &counter, &huge);
            scope.spawn(move || {
                let attributes = [KeyValue::new("half", if thread < 8 { "a" } else { "b" })];
                let bound = histogram.bind(&attributes);
                for _ in 0..ROUNDS {
                    histogram.record(0.25, &attributes);
                    bound.record(f64::NAN);
                    bound.record(1.0);
                    histogram.record(-1.0, &attributes);
                    histogram.record(f64::NEG_INFINITY, &attributes);
                    counter.add(5_000, &attributes);
                    huge.add(u64::MAX / 1_000, &[]);
                }
            });
        }
    });
    let n = 8 * ROUNDS;
    let expected = Value::Histogram { sum: 1.25 * n as f64, count: 2 * n, buckets: vec![(0.5, n), (f64::INFINITY, n)] };
    let halves = |value: Value| vec![(vec!["half=a".to_owned()], value.clone()), (vec!["half=b".to_owned()], value)];
    assert_eq!(sdk.series("h"), halves(expected));
    assert_eq!(sdk.series("c"), halves(Value::U64(5_000 * n)));
    assert_eq!(sdk.value("huge"), Value::U64(U64_LIMIT));
    let fitting = U64_LIMIT / (u64::MAX / 1_000);
    let overflows = 16 * ROUNDS - fitting;
    assert_eq!(
        sdk.counted(),
        [("nan", 2 * n), ("infinite", 2 * n), ("negative", 2 * n), ("counter_overflow", overflows)]
    );
}
