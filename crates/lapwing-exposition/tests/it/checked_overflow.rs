//! Cardinality overflow by the SDK alone.

use std::thread;

use opentelemetry::KeyValue;

use crate::checked_sdk::{Sdk, Value};

const THREADS: u64 = 16;
const SETS: u64 = 100_000;
/// The SDK's default limit of series.
const LIMIT: usize = 2_000;

fn overflow_first(series: &[(Vec<String>, Value)]) -> Option<&Value> {
    series.iter().find(|(attributes, _)| attributes == &["otel.metric.overflow=true"]).map(|(_, value)| value)
}

#[test]
fn hundred_thousand_label_sets_from_sixteen_threads_conserve_the_totals() {
    let sdk = Sdk::new();
    let meter = sdk.meter();
    let counter = meter.u64_counter("c").build();
    let histogram = meter.f64_histogram("h").with_unit("s").with_boundaries(vec![0.5]).build();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (counter, histogram) = (&counter, &histogram);
            scope.spawn(move || {
                for i in (thread..SETS).step_by(THREADS as usize) {
                    let outcome = if i % 4 == 0 { "error" } else { "ok" };
                    let attributes = [KeyValue::new("id", i as i64), KeyValue::new("outcome", outcome)];
                    counter.add(i, &attributes);
                    histogram.record(if i % 2 == 0 { 0.25 } else { 1.0 }, &attributes);
                }
            });
        }
    });

    let counters = sdk.series("c");
    assert_eq!(counters.len(), LIMIT + 1);
    let total: u64 =
        counters.iter().map(|(_, value)| if let Value::U64(v) = value { *v } else { panic!("{value:?}") }).sum();
    assert_eq!(total, SETS * (SETS - 1) / 2);
    assert!(matches!(overflow_first(&counters), Some(Value::U64(v)) if *v > total / 2));

    let histograms = sdk.series("h");
    assert_eq!(histograms.len(), LIMIT + 1);
    let (mut sums, mut counts, mut below) = (0.0, 0, 0);
    for (_, value) in &histograms {
        let Value::Histogram { sum, count, buckets } = value else { panic!("{value:?}") };
        sums += sum;
        counts += count;
        below += buckets[0].1;
        assert_eq!(buckets.iter().map(|(_, n)| n).sum::<u64>(), *count);
    }
    // Quarters are exact in binary.
    assert_eq!((sums, counts, below), (SETS as f64 * 0.625, SETS, SETS / 2));
    let Some(Value::Histogram { count, .. }) = overflow_first(&histograms) else { panic!("an overflow series") };
    assert_eq!(*count, SETS - LIMIT as u64);
    assert!(sdk.counted().is_empty());
}
