//! What a scrape needs of memory, and what it leaves behind.

use allocation_counter::measure;
use lapwing_exposition::{Format, PrometheusReader};
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::{Instrument, Stream};

use crate::sdk::Sdk;

const SERIES: usize = 2000;

#[test]
fn scrapes_leave_nothing_behind_and_need_little_more_than_is_kept() {
    let sdk = Sdk::with(PrometheusReader::builder(), |provider| {
        provider.with_view(|_: &Instrument| Stream::builder().with_cardinality_limit(SERIES + 1).build().ok())
    });
    let boundaries = vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
    let histogram = sdk.meter("m").f64_histogram("h").with_boundaries(boundaries).build();
    let series: Vec<_> = (0..SERIES).map(|n| histogram.bind(&[KeyValue::new("route", format!("/{n}"))])).collect();
    // As many digits at every scrape that is measured.
    let touch = |times: usize| series.iter().for_each(|series| (0..times).for_each(|_| series.record(1.0)));
    touch(100);
    let format = Format::OpenMetrics1 { utf8_names: false };
    let mut length = 0;
    for _ in 0..12 {
        touch(1);
        length = sdk.gather().body(format).len();
    }
    for _ in 0..10 {
        touch(1);
        let scrape = measure(|| assert_eq!(sdk.gather().body(format).len(), length, "as many digits"));
        assert!(scrape.bytes_current.abs() < 4096, "{scrape:?}");
        // The text alone is twenty times that.
        assert!(scrape.bytes_max < (length / 20) as u64, "{length} bytes of text, {scrape:?}");
    }
}
