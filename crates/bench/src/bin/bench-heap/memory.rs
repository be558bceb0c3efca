//! What is allocated: by a span, by a scrape, for a series.
//!
//! Where this is linked in, a counting allocator is in the place of the system's, and every allocation takes longer. So it is in
//! a program of its own, not in the library. It counts what the calling thread allocates and frees.

use allocation_counter::measure;
use bench::{
    meters::provider_of,
    scrapes,
    series::{BOUNDS, DESCRIPTION, HISTOGRAM, of_scrape},
    spans::{self, Runner},
    subscriber,
};
use lapwing_exposition::{Format, Gather as _, PrometheusReader};
use opentelemetry::{
    KeyValue,
    metrics::{Histogram, MeterProvider as _},
};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use serde_json::{Value, json};

/// Rounds after which buffers and tables have the size they keep.
const WARM_UP: usize = 5;

/// Allocations of one operation that is like many before it, and bytes allocated by it, by the thread that runs it.
pub(crate) fn per_operation(variant: spans::Variant, iterations: usize) -> Value {
    let mut runner = Runner::new(variant, 1, bench::series::SPAN_SERIES);
    runner.round_here(iterations);
    let info = measure(|| {
        runner.round_here(iterations);
    });
    let per = |total: u64| total as f64 / iterations as f64;
    json!({"allocations": per(info.count_total), "bytes": per(info.bytes_total)})
}

/// The most that one scrape holds above what was held before it, all series touched before.
pub(crate) fn scrape_peak(variant: scrapes::Variant, series: usize) -> Value {
    let mut subject = variant.prepare(series);
    let mut scrape = || {
        subject.touch(100);
        measure(|| {
            subject.timed_scrape();
        })
    };
    for _ in 0..WARM_UP {
        scrape();
    }
    let info = scrape();
    json!({"peak_bytes": info.bytes_max, "kept_bytes": info.bytes_current, "allocations": info.count_total})
}

/// Bytes that are held for a series, by who holds them.
pub(crate) fn per_series(series: usize) -> Value {
    let sdk = held(|| unbound(series), series);
    let bound = held(|| bound(series), series);
    let layered = held(|| layered(series), series);
    let mut text = 0;
    let scraped = held(|| scraped(series, &mut text), series);
    json!({
        "sdk": sdk,
        "handle": bound - sdk,
        "layer": layered - bound,
        "exposition": scraped - bound,
        "text": text as f64 / series as f64,
    })
}

/// What is still held of what `make` made, for each series.
fn held<T>(make: impl FnOnce() -> T, series: usize) -> f64 {
    let mut made = None;
    let info = measure(|| made = Some(make()));
    std::hint::black_box(&made);
    info.bytes_current as f64 / series as f64
}

/// With as much room as there are series: the SDK makes its room beforehand.
fn reader_and_provider(series: usize) -> (PrometheusReader, SdkMeterProvider) {
    let reader = PrometheusReader::builder().build();
    let provider = provider_of(reader.clone(), series + 8);
    (reader, provider)
}

fn histogram(provider: &SdkMeterProvider) -> Histogram<f64> {
    let meter = provider.meter("shop");
    let histogram = meter.f64_histogram(HISTOGRAM).with_unit("s").with_description(DESCRIPTION);
    histogram.with_boundaries(BOUNDS.to_vec()).build()
}

fn labels(at: usize) -> [KeyValue; 3] {
    let (route, method) = of_scrape(at);
    [KeyValue::new("method", method), KeyValue::new("outcome", "ok"), KeyValue::new("route", route)]
}

fn unbound(series: usize) -> impl Sized {
    let (reader, provider) = reader_and_provider(series);
    let histogram = histogram(&provider);
    (0..series).for_each(|at| histogram.record(0.01, &labels(at)));
    (reader, provider, histogram)
}

fn bound(series: usize) -> impl Sized {
    let (reader, provider) = reader_and_provider(series);
    let histogram = histogram(&provider);
    let bind = |at| {
        let bound = histogram.bind(&labels(at));
        bound.record(0.01);
        bound
    };
    let mut bounds = Vec::with_capacity(series);
    bounds.extend((0..series).map(bind));
    (reader, provider, histogram, bounds)
}

/// The same measured by the layer, which binds for itself.
fn layered(series: usize) -> impl Sized {
    let (reader, provider) = reader_and_provider(series);
    let layer = subscriber::layer(&provider, series);
    let guard = tracing::subscriber::set_default(subscriber::over(layer));
    for at in 0..series {
        let (route, method) = of_scrape(at);
        drop(tracing::info_span!("request", route, method).entered());
    }
    (reader, provider, guard)
}

/// What has been bound and is scraped now and then.
fn scraped(series: usize, text: &mut usize) -> impl Sized {
    let (reader, provider) = reader_and_provider(series);
    let histogram = histogram(&provider);
    let bounds: Vec<_> = (0..series).map(|at| histogram.bind(&labels(at))).collect();
    for round in 0..WARM_UP {
        bounds.iter().enumerate().for_each(|(at, bound)| bound.record(bench::series::value(at + round)));
        *text = reader.gather().expect("the provider lives").body(Format::Text0).len();
    }
    (reader, provider, histogram, bounds)
}
