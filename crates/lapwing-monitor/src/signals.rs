//! What a service emits, in Prometheus' terms.

mod declared;
mod metric;
mod own;

use lapwing_config::Configuration;

pub use metric::{Kind, Label, Measured, Metric, Origin, Role, Values};

/// Labels that Prometheus gives to every series that it scrapes.
pub(crate) const SCRAPE_LABELS: [&str; 2] = ["instance", "job"];

/// Labels that any series can have: Prometheus or its discovery gives them to all of a target, or OpenTelemetry to all of a
/// scope or to those that were folded together.
pub const TARGET_LABELS: [&str; 25] = [
    "__name__",
    "cluster",
    "container",
    "datacenter",
    "endpoint",
    "env",
    "environment",
    "host",
    "instance",
    "job",
    "monitor",
    "namespace",
    "node",
    "otel_metric_overflow",
    "otel_scope_name",
    "otel_scope_version",
    "pod",
    "prometheus",
    "prometheus_replica",
    "region",
    "replica",
    "service",
    "stage",
    "team",
    "zone",
];

/// Every metric that Prometheus sees of a service: declared ones, those that Lapwing adds, and those that Prometheus
/// makes of each scrape.
///
/// ```
/// use lapwing_monitor::{Kind, Signals};
///
/// let text = r#"
/// file_format: "1.1"
/// meter_provider:
///   readers: [{pull: {exporter: {prometheus/development: {scope_info_enabled: false}}}}]
///   views:
///     - selector: {instrument_name: sign.duration}
///       stream: {aggregation: {explicit_bucket_histogram: {boundaries: [0.01, 0.1, 1]}}}
/// instrumentation/development:
///   rust: {lapwing: {rules: [{span: sign, duration: {instrument: sign.duration, labels: [outcome]}}]}}
/// "#;
/// let signals = Signals::new(&lapwing_config::parse(text, "telemetry.yaml", &|_| None)?);
/// let duration = signals.instrument("sign.duration").unwrap();
/// assert_eq!((duration.name.as_str(), duration.kind), ("sign_duration_seconds", Kind::Histogram));
/// assert_eq!(duration.bounds.as_deref(), Some(&[0.01, 0.1, 1.0][..]));
/// assert_eq!(signals.sample("sign_duration_seconds_bucket").unwrap().name, duration.name);
/// assert!(signals.metric("lapwing_gathers_total").is_some());
/// # Ok::<(), lapwing_config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signals {
    metrics: Vec<Metric>,
}

impl Signals {
    /// The signals of a service with this configuration, sorted by name.
    pub fn new(configuration: &Configuration) -> Signals {
        let mut metrics = declared::metrics(configuration);
        metrics.extend(own::metrics(configuration));
        metrics.sort_by(|a, b| a.name.cmp(&b.name));
        Signals { metrics }
    }

    /// All, sorted by name.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The metric of this Prometheus name (without `_bucket`, `_sum`, `_count` for a histogram).
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// The metric of an instrument, by its OpenTelemetry name; of a metric that isn't declared, by its Prometheus name.
    pub fn instrument(&self, name: &str) -> Option<&Metric> {
        let declared = self.metrics.iter().find(|metric| metric.instrument.as_deref() == Some(name));
        declared.or_else(|| self.metric(name).filter(|metric| metric.instrument.is_none()))
    }

    /// The metric that a sample's name in PromQL belongs to: `x` itself, or the histogram `x` for `x_bucket`, `x_sum`, `x_count`.
    pub fn sample(&self, name: &str) -> Option<&Metric> {
        self.metric(name).filter(|metric| metric.kind != Kind::Histogram).or_else(|| {
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix))?;
            self.metric(family).filter(|metric| metric.kind == Kind::Histogram)
        })
    }

    /// Every name that a sample can have.
    pub fn sample_names(&self) -> impl Iterator<Item = String> + '_ {
        self.metrics.iter().flat_map(Metric::sample_names)
    }
}
