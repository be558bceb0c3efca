//! A `prometheus::Registry` as source.

use lapwing_exposition::{Format, Gather, GatherError, Kind, Number, Reason, RegistrySource};
use opentelemetry::{KeyValue, metrics::MeterProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{
    Gauge, Histogram, HistogramOpts, IntCounterVec, Opts, Registry,
    core::{Collector, Desc},
    proto::{Metric, MetricFamily, MetricType, Quantile, Summary},
};

use crate::sdk::{samples, text};

const OPENMETRICS: Format = Format::OpenMetrics1 { utf8_names: true };

#[test]
fn a_registry_is_written_in_every_format() {
    let registry = Registry::new();
    let counter = IntCounterVec::new(Opts::new("requests_total", "Requests"), &["code", "le"]).unwrap();
    counter.with_label_values(&["200", "x\ny"]).inc_by(3);
    let histogram = Histogram::with_opts(HistogramOpts::new("wait_seconds", "Wait").buckets(vec![1.0, 2.0])).unwrap();
    histogram.observe(1.5);
    histogram.observe(9.0);
    let gauge = Gauge::new("load", "Load").unwrap();
    gauge.set(0.5);
    registry.register(Box::new(counter)).unwrap();
    registry.register(Box::new(histogram)).unwrap();
    registry.register(Box::new(gauge)).unwrap();
    let snapshot = RegistrySource::new(registry).gather().unwrap();
    let expected = [
        "load 0.5",
        r#"requests_total{code="200",exported_le="x\ny"} 3"#,
        r#"wait_seconds_bucket{le="1.0"} 0"#,
        r#"wait_seconds_bucket{le="2.0"} 1"#,
        r#"wait_seconds_bucket{le="+Inf"} 2"#,
        "wait_seconds_sum 10.5",
        "wait_seconds_count 2",
    ];
    assert_eq!(samples(&snapshot, Format::Text0), expected);
    assert_eq!(samples(&snapshot, OPENMETRICS), expected);
    assert!(text(&snapshot, OPENMETRICS).contains("# TYPE requests counter\n"));
    assert!(snapshot.family("lapwing_gathers_total").is_some(), "the sentinel is there");
}

#[test]
fn the_stock_exporter_is_served_through_its_registry() {
    let registry = Registry::new();
    let stock = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build().unwrap();
    let provider = SdkMeterProvider::builder().with_reader(stock).build();
    provider.meter("m").u64_counter("c").build().add(2, &[KeyValue::new("job", "x")]);
    let source = RegistrySource::new(registry);
    let snapshot = source.gather().unwrap();
    let found =
        snapshot.family("c").unwrap().series(&[("exported_job", "x"), ("otel_scope_name", "m")]).unwrap().number();
    assert_eq!(found, Some(Number::Float(2.0)));
    assert_eq!(snapshot.family("target_info").unwrap().kind, Kind::Info);

    let panics = |_: &dyn opentelemetry::metrics::AsyncInstrument<u64>| panic!("on purpose");
    let _bad = provider.meter("m").u64_observable_gauge("bad").with_callback(panics).build();
    assert!(matches!(source.gather(), Err(GatherError::Panicked(_))));
    assert!(matches!(source.gather(), Err(GatherError::Empty)), "what it gives from then on is no success");
}

struct Fixed(Vec<MetricFamily>);

impl Collector for Fixed {
    fn desc(&self) -> Vec<&Desc> {
        Vec::new()
    }
    fn collect(&self) -> Vec<MetricFamily> {
        self.0.clone()
    }
}

fn family(name: &str, kind: MetricType, metric: Metric) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_field_type(kind);
    family.set_metric(vec![metric]);
    family
}

#[test]
fn summaries_are_written_and_untyped_metrics_counted() {
    let mut quantile = Quantile::default();
    quantile.set_quantile(0.5);
    quantile.set_value(1.5);
    let mut summary = Summary::default();
    summary.set_quantile(vec![quantile]);
    summary.set_sample_count(2);
    summary.set_sample_sum(3.0);
    let mut metric = Metric::default();
    metric.set_summary(summary);
    let families = vec![family("s", MetricType::SUMMARY, metric), family("u", MetricType::UNTYPED, Metric::default())];
    let registry = Registry::new();
    registry.register(Box::new(Fixed(families))).unwrap();
    let problems = lapwing_exposition::Problems::default();
    let snapshot = RegistrySource::with_problems(registry, problems.clone()).gather().unwrap();
    assert_eq!(samples(&snapshot, OPENMETRICS), [r#"s{quantile="0.5"} 1.5"#, "s_sum 3", "s_count 2"]);
    assert_eq!(problems.get(Reason::InvalidInstrument), 1);
}

#[test]
fn an_empty_registry_is_an_error() {
    assert!(matches!(RegistrySource::new(Registry::new()).gather(), Err(GatherError::Empty)));
}
