//! Exponential histograms, folded.

use std::collections::BTreeSet;

use lapwing_exposition::{Format, Number, Snapshot};
use opentelemetry::KeyValue;
use proptest::prelude::*;

use crate::sdk::{Sdk, text};

/// Every cumulative count must equal the number of `values` at or below its bound.
fn assert_exact(snapshot: &Snapshot, series: &[(&str, &str)], values: &[f64]) {
    let family = snapshot.family("h").unwrap();
    let histogram = family.series(series).unwrap().histogram().unwrap();
    for bucket in histogram.buckets() {
        let expected = values.iter().filter(|v| **v <= bucket.le).count() as u64;
        assert_eq!(bucket.count, expected, "at or below {:?} of {values:?}", bucket.le);
    }
    assert_eq!(histogram.count(), values.len() as u64);
}

fn bounds(snapshot: &Snapshot) -> Vec<f64> {
    snapshot.family("h").unwrap().series[0].histogram().unwrap().bounds().to_vec()
}

#[test]
fn folded_buckets_count_exactly_what_is_at_or_below_their_bound() {
    let sdk = Sdk::exponential(160);
    let histogram = sdk.meter("m").f64_histogram("h").build();
    let values = [0.0, 0.3, 0.5, 0.6, 1.0, 1.5, 2.0, 3.0, 1000.0, 1024.0, 1025.0, 0.0, -0.7, -1.0, -1.5, -4.0, -5.0];
    for value in values {
        histogram.record(value, &[]);
    }
    let snapshot = sdk.gather();
    assert_exact(&snapshot, &[], &values);
    let positive: Vec<_> = bounds(&snapshot).into_iter().filter(|le| *le > 0.0).collect();
    let expected: Vec<_> = (-2..=11).map(|k| 2_f64.powi(k)).chain([f64::INFINITY]).collect();
    assert_eq!(positive, expected, "powers of two from one below to one above");
    assert!(text(&snapshot, Format::Text0).contains("h_bucket{le=\"0.0\"} 7\n"));
    let sum: f64 = values.iter().sum();
    let found = snapshot.family("h").unwrap().series[0].histogram().unwrap().sum();
    assert!((found.as_f64() - sum).abs() < 1e-9);
}

#[test]
fn bounds_stay_as_data_gets_wider_and_coarser() {
    let sdk = Sdk::exponential(8);
    let histogram = sdk.meter("m").f64_histogram("h").build();
    let mut values = Vec::new();
    let mut before: Option<Vec<f64>> = None;
    for value in [1.3, 1.4, 5.0, 300.0, 0.01, 1e6, 1e12, 1e-9, 1e100, 1e-200] {
        histogram.record(value, &[]);
        values.push(value);
        let snapshot = sdk.gather();
        assert_exact(&snapshot, &[], &values);
        let now = bounds(&snapshot);
        if let Some(before) = before {
            let inside = |bounds: &[f64], of: &[f64]| -> BTreeSet<u64> {
                let (low, high) = (of[1], of[of.len() - 2]);
                bounds.iter().filter(|le| (low..=high).contains(*le)).map(|le| le.to_bits()).collect()
            };
            assert!(inside(&now, &before).is_subset(&inside(&before, &before)), "no new bound amid the old ones");
        }
        before = Some(now);
    }
}

#[test]
fn all_series_of_a_metric_have_the_same_bounds() {
    let sdk = Sdk::exponential(160);
    let histogram = sdk.meter("m").u64_histogram("h").build();
    let (small, large) = ([1, 2, 3], [1 << 20, 1 << 30]);
    for (name, values) in [("small", &small[..]), ("large", &large[..])] {
        for value in values {
            histogram.record(*value, &[KeyValue::new("size", name)]);
        }
    }
    let snapshot = sdk.gather();
    for (name, values) in [("small", &small[..]), ("large", &large[..])] {
        let values: Vec<_> = values.iter().map(|v| *v as f64).collect();
        assert_exact(&snapshot, &[("size", name)], &values);
    }
    let family = snapshot.family("h").unwrap();
    let [a, b] = [0, 1].map(|i| family.series[i].histogram().unwrap());
    assert_eq!(a.bounds(), b.bounds());
    assert_eq!(a.sum(), Number::Unsigned((1 << 20) + (1 << 30)));
}

#[test]
fn the_ends_of_the_number_line_are_held() {
    let sdk = Sdk::exponential(160);
    let histogram = sdk.meter("m").f64_histogram("h").build();
    let values = [f64::MAX, f64::MIN_POSITIVE, 5e-324, -f64::MAX, -5e-324, 1.0];
    for value in values {
        histogram.record(value, &[]);
    }
    assert_exact(&sdk.gather(), &[], &values);
}

#[test]
fn a_series_without_values_has_its_buckets_at_zero() {
    let sdk = Sdk::exponential(160);
    let _bound = sdk.meter("m").f64_histogram("h").build().bind(&[]);
    let snapshot = sdk.gather();
    if let Some(family) = snapshot.family("h") {
        let histogram = family.series[0].histogram().unwrap();
        assert_eq!((histogram.bounds(), histogram.count()), (&[0.0, f64::INFINITY][..], 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_values_are_counted_exactly(
        // Whole thousandths: the SDK itself misplaces values within a rounding error of a bound.
        values in prop::collection::vec((-1_000_000_i32..1_000_000, 0..12_i32), 1..60),
        max_size in 2..200_u32,
    ) {
        let values: Vec<f64> = values.into_iter().map(|(v, e)| f64::from(v) / 1000.0 * 10_f64.powi(e)).collect();
        let sdk = Sdk::exponential(max_size);
        let histogram = sdk.meter("m").f64_histogram("h").build();
        for value in &values {
            histogram.record(*value, &[]);
        }
        assert_exact(&sdk.gather(), &[], &values);
    }
}
