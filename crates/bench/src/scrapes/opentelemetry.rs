//! Histograms of the OpenTelemetry SDK.

use std::hint::black_box;

use lapwing_exposition::{Format, Gather as _, PrometheusReader};
use opentelemetry::{
    KeyValue,
    metrics::{BoundHistogram, MeterProvider as _},
};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Encoder as _, TextEncoder};

use super::Target;
use crate::{
    meters::provider_of,
    series::{BOUNDS, DESCRIPTION, HISTOGRAM, of_scrape},
};

/// The series of one provider. They are bound so that touching them is quick, which is not what is measured.
struct Bound {
    histograms: Vec<BoundHistogram<f64>>,
    _provider: SdkMeterProvider,
}

impl Bound {
    fn new(provider: SdkMeterProvider, series: usize) -> Bound {
        let meter = provider.meter("shop");
        let histogram = meter.f64_histogram(HISTOGRAM).with_unit("s").with_description(DESCRIPTION);
        let histogram = histogram.with_boundaries(BOUNDS.to_vec()).build();
        let bind = |at| {
            let (route, method) = of_scrape(at);
            histogram.bind(&[KeyValue::new("method", method), KeyValue::new("route", route)])
        };
        Bound { histograms: (0..series).map(bind).collect(), _provider: provider }
    }
}

/// Room for the series and what the SDK keeps for overflow.
fn limit(series: usize) -> usize {
    series + 8
}

/// What `lapwing-actix` does for a scraper.
pub(super) struct Lapwing {
    bound: Bound,
    reader: PrometheusReader,
    format: Format,
}

impl Lapwing {
    pub(super) fn new(series: usize, format: Format) -> Lapwing {
        let reader = PrometheusReader::builder().build();
        Lapwing { bound: Bound::new(provider_of(reader.clone(), limit(series)), series), reader, format }
    }
}

impl Target for Lapwing {
    fn record(&mut self, at: usize, value: f64) {
        self.bound.histograms[at].record(value);
    }

    fn scrape(&mut self) -> usize {
        let snapshot = self.reader.gather().expect("the provider lives as long as this");
        black_box(snapshot.body(self.format)).len()
    }

    fn text(&mut self) -> String {
        let snapshot = self.reader.gather().expect("the provider lives as long as this");
        String::from_utf8_lossy(&snapshot.encode(self.format)).into_owned()
    }
}

/// opentelemetry-prometheus as its documentation shows it.
pub(super) struct Stock {
    bound: Bound,
    registry: prometheus::Registry,
    text: Vec<u8>,
}

impl Stock {
    pub(super) fn new(series: usize) -> Stock {
        let registry = prometheus::Registry::new();
        let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build();
        let exporter = exporter.expect("the registry is empty");
        Stock { bound: Bound::new(provider_of(exporter, limit(series)), series), registry, text: Vec::new() }
    }
}

impl Target for Stock {
    fn record(&mut self, at: usize, value: f64) {
        self.bound.histograms[at].record(value);
    }

    fn scrape(&mut self) -> usize {
        self.text.clear();
        let families = self.registry.gather();
        TextEncoder::new().encode(&families, &mut self.text).expect("a growing buffer takes everything");
        black_box(&self.text).len()
    }

    fn text(&mut self) -> String {
        self.scrape();
        String::from_utf8_lossy(&self.text).into_owned()
    }
}
