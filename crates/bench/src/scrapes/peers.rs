//! Histograms of others.

use std::hint::black_box;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use prometheus::{Encoder as _, HistogramOpts, HistogramVec, TextEncoder};
use prometheus_client::{
    encoding::text,
    metrics::{family::Family, histogram::Histogram},
};

use super::{Target, opentelemetry::Lapwing};
use crate::series::{BOUNDS, DESCRIPTION, PROMETHEUS_HISTOGRAM, of_scrape};

const SCOPE: &str = "otel_scope_name";

/// The crate prometheus. As OpenTelemetry's exporters add the scope to each series, so do the others here.
pub(super) struct Prometheus {
    registry: prometheus::Registry,
    histograms: Vec<prometheus::Histogram>,
    text: Vec<u8>,
}

impl Prometheus {
    pub(super) fn new(series: usize) -> Prometheus {
        let options = HistogramOpts::new(PROMETHEUS_HISTOGRAM, DESCRIPTION).buckets(BOUNDS.to_vec());
        let family = HistogramVec::new(options, &["method", SCOPE, "route"]).expect("names are good");
        let registry = prometheus::Registry::new();
        registry.register(Box::new(family.clone())).expect("the registry is empty");
        let of = |at| {
            let (route, method) = of_scrape(at);
            family.with_label_values(&[method, "shop", &route])
        };
        Prometheus { registry, histograms: (0..series).map(of).collect(), text: Vec::new() }
    }
}

impl Target for Prometheus {
    fn record(&mut self, at: usize, value: f64) {
        self.histograms[at].observe(value);
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

type Labels = [(&'static str, String); 3];

/// The crate prometheus-client.
pub(super) struct PrometheusClient {
    registry: prometheus_client::registry::Registry,
    histograms: Vec<Histogram>,
    text: String,
}

impl PrometheusClient {
    pub(super) fn new(series: usize) -> PrometheusClient {
        let family = Family::<Labels, Histogram, fn() -> Histogram>::new_with_constructor(|| Histogram::new(BOUNDS));
        let mut registry = prometheus_client::registry::Registry::default();
        registry.register(PROMETHEUS_HISTOGRAM, DESCRIPTION, family.clone());
        let of = |at| {
            let (route, method) = of_scrape(at);
            family.get_or_create_owned(&[("method", method.to_owned()), (SCOPE, "shop".to_owned()), ("route", route)])
        };
        PrometheusClient { registry, histograms: (0..series).map(of).collect(), text: String::new() }
    }
}

impl Target for PrometheusClient {
    fn record(&mut self, at: usize, value: f64) {
        self.histograms[at].observe(value);
    }

    fn scrape(&mut self) -> usize {
        self.text.clear();
        text::encode(&mut self.text, &self.registry).expect("a string takes everything");
        black_box(&self.text).len()
    }

    fn text(&mut self) -> String {
        self.scrape();
        self.text.clone()
    }
}

/// The crates metrics and metrics-exporter-prometheus.
pub(super) struct Metrics {
    handle: PrometheusHandle,
    histograms: Vec<metrics::Histogram>,
}

impl Metrics {
    pub(super) fn new(series: usize) -> Metrics {
        let builder = PrometheusBuilder::new().set_buckets(&BOUNDS).expect("there are bounds");
        let recorder = builder.build_recorder();
        let of = |at| {
            let (route, method) = of_scrape(at);
            metrics::with_local_recorder(
                &recorder,
                || metrics::histogram!(PROMETHEUS_HISTOGRAM, "method" => method, SCOPE => "shop", "route" => route),
            )
        };
        let histograms = (0..series).map(of).collect();
        metrics::with_local_recorder(&recorder, || metrics::describe_histogram!(PROMETHEUS_HISTOGRAM, DESCRIPTION));
        Metrics { handle: recorder.handle(), histograms }
    }
}

impl Target for Metrics {
    fn record(&mut self, at: usize, value: f64) {
        self.histograms[at].record(value);
    }

    fn scrape(&mut self) -> usize {
        black_box(self.handle.render()).len()
    }

    fn text(&mut self) -> String {
        self.handle.render()
    }
}

/// A finished text, copied.
pub(super) struct Copy {
    text: Vec<u8>,
    copy: Vec<u8>,
}

impl Copy {
    pub(super) fn new(series: usize) -> Copy {
        let mut source = Lapwing::new(series, lapwing_exposition::Format::Text0);
        (0..series).for_each(|at| source.record(at, crate::series::value(at)));
        Copy { text: source.text().into_bytes(), copy: Vec::new() }
    }
}

impl Target for Copy {
    fn record(&mut self, _: usize, _: f64) {}

    fn scrape(&mut self) -> usize {
        self.copy.clear();
        self.copy.extend_from_slice(&self.text);
        black_box(&self.copy).len()
    }

    fn text(&mut self) -> String {
        self.scrape();
        String::from_utf8_lossy(&self.copy).into_owned()
    }
}
