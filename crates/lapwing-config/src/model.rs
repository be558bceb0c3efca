//! The configuration as plain data: what the SDK and Lapwing can serve of the standard.

use std::{path::PathBuf, time::Duration};

use ipnet::IpNet;
use lapwing_exposition::Translation;
use lapwing_spans::{ExemplarFilter, Instrument, Rule};

use crate::{Finding, glob_matches};

/// What a timeout of 0, "no limit" in the standard, is read as: a year. Longer times are cut to it, so that adding one to
/// an instant never overflows.
pub const NO_LIMIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The largest cardinality limit that is accepted: the SDK sets aside memory for that many series of each instrument.
pub const MAX_CARDINALITY: usize = Instrument::MAX_SERIES_LIMIT;

/// Name of the meter (instrumentation scope) that the rules' instruments are taken to belong to, for views with a
/// `meter_name`.
pub const METER_NAME: &str = "lapwing";

/// A whole configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    /// `disabled: true`: no SDK, spans are only logged.
    pub disabled: bool,
    /// Attributes of the resource, in order, `attributes` before `attributes_list`.
    pub resource: Vec<(String, AttributeValue)>,
    /// Resource `schema_url`.
    pub resource_schema_url: Option<String>,
    /// Propagators in order, each once.
    pub propagators: Vec<Propagator>,
    /// `tracer_provider`; absent: no traces are made.
    pub tracer: Option<Tracer>,
    /// `meter_provider`; absent: no metrics are made.
    pub meter: Option<Meter>,
    /// `log_level` of the standard, for the log on standard error, as one of `trace`, `debug`, `info`, `warn`, `error`
    /// (also for `fatal`).
    pub log_level: Option<String>,
    /// `instrumentation/development.rust.lapwing`.
    pub lapwing: Lapwing,
    /// Standard keys that the Rust SDK can't serve, one each.
    pub warnings: Vec<Finding>,
}

/// Value of a resource attribute.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the types of the standard")]
pub enum AttributeValue {
    String(String),
    Bool(bool),
    Int(i64),
    Double(f64),
    StringArray(Vec<String>),
    BoolArray(Vec<bool>),
    IntArray(Vec<i64>),
    DoubleArray(Vec<f64>),
}

/// A propagator the Rust SDK has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagator {
    /// W3C Trace Context.
    TraceContext,
    /// W3C Baggage.
    Baggage,
}

/// `tracer_provider`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tracer {
    /// `processors`, in order.
    pub processors: Vec<SpanProcessor>,
    /// `sampler`; default `parent_based` with root `always_on`.
    pub sampler: Sampler,
    /// `limits`.
    pub limits: SpanLimits,
}

/// `tracer_provider.limits`; `None` keeps the SDK's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanLimits {
    /// `attribute_count_limit`.
    pub attribute_count: Option<u32>,
    /// `event_count_limit`.
    pub event_count: Option<u32>,
    /// `link_count_limit`.
    pub link_count: Option<u32>,
    /// `event_attribute_count_limit`.
    pub event_attribute_count: Option<u32>,
    /// `link_attribute_count_limit`.
    pub link_attribute_count: Option<u32>,
}

/// A span processor.
#[derive(Clone, Debug, PartialEq)]
pub enum SpanProcessor {
    /// `batch`.
    Batch {
        /// `exporter`.
        exporter: Exporter,
        /// `schedule_delay`, default 5 s.
        schedule_delay: Duration,
        /// `export_timeout`, default 30 s.
        export_timeout: Duration,
        /// `max_queue_size`, default 2048.
        max_queue_size: usize,
        /// `max_export_batch_size`, default 512.
        max_export_batch_size: usize,
    },
    /// `simple`.
    Simple {
        /// `exporter`.
        exporter: Exporter,
    },
}

/// Where spans or metrics are pushed to.
#[derive(Clone, Debug, PartialEq)]
pub enum Exporter {
    /// `otlp_http`.
    OtlpHttp(Otlp),
    /// `otlp_grpc`.
    OtlpGrpc(Otlp),
    /// `console`.
    Console {
        /// Temporality of metrics.
        temporality: Temporality,
    },
}

/// Settings of an OTLP exporter.
#[derive(Clone, PartialEq)]
pub struct Otlp {
    /// Full URL; for HTTP the signal's path included. Default per the standard.
    pub endpoint: Option<String>,
    /// `headers` and `headers_list` merged; values are secrets and never printed.
    pub headers: Vec<(String, String)>,
    /// `compression`.
    pub gzip: bool,
    /// `timeout`, default 10 s.
    pub timeout: Duration,
    /// HTTP only: `encoding: json`.
    pub json: bool,
    /// Metrics only: `temporality_preference`.
    pub temporality: Temporality,
    /// `tls.ca_file`.
    pub ca_file: Option<PathBuf>,
    /// `tls.cert_file`.
    pub cert_file: Option<PathBuf>,
    /// `tls.key_file`.
    pub key_file: Option<PathBuf>,
    /// gRPC: `tls.insecure`.
    pub insecure: bool,
}

/// `temporality_preference`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the standard's")]
pub enum Temporality {
    #[default]
    Cumulative,
    Delta,
    LowMemory,
}

/// A sampler the SDK has.
#[derive(Clone, Debug, PartialEq)]
pub enum Sampler {
    /// `always_on`.
    AlwaysOn,
    /// `always_off`.
    AlwaysOff,
    /// `trace_id_ratio_based`.
    TraceIdRatio(f64),
    /// `parent_based`. The SDK's always-on/off delegates of remote and local parents are the standard's defaults; others are warned about.
    ParentBased(Box<Sampler>),
}

impl Default for Sampler {
    fn default() -> Self {
        Sampler::ParentBased(Box::new(Sampler::AlwaysOn))
    }
}

/// `meter_provider`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meter {
    /// `exemplar_filter`.
    pub exemplar_filter: ExemplarFilter,
    /// The pull reader; the standard allows several, Lapwing serves one.
    pub prometheus: Option<Prometheus>,
    /// Periodic readers.
    pub periodic: Vec<Periodic>,
    /// Cardinality limits; the SDK holds them per stream for all readers, so the smallest of the readers' counts.
    pub cardinality: CardinalityLimits,
    /// `views`, in order.
    pub views: Vec<View>,
}

/// `pull.exporter.prometheus/development`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prometheus {
    /// `host`, default `localhost`.
    pub host: String,
    /// `port`, default 9464.
    pub port: u16,
    /// `scope_info_enabled` (1.1), or not `without_scope_info` (1.0); default true.
    pub scope_info: bool,
    /// `target_info_enabled/development` (1.1), or not `without_target_info/development` (1.0); default true.
    pub target_info: bool,
    /// `resource_constant_labels.included`.
    pub resource_labels_included: Vec<String>,
    /// `resource_constant_labels.excluded`.
    pub resource_labels_excluded: Vec<String>,
    /// `translation_strategy`.
    pub translation: Translation,
}

/// `periodic`.
#[derive(Clone, Debug, PartialEq)]
pub struct Periodic {
    /// `exporter`.
    pub exporter: Exporter,
    /// `interval`, default 60 s.
    pub interval: Duration,
    /// `timeout`, default 30 s.
    pub timeout: Duration,
}

/// `cardinality_limits`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the standard's")]
pub struct CardinalityLimits {
    pub default: Option<usize>,
    pub counter: Option<usize>,
    pub gauge: Option<usize>,
    pub histogram: Option<usize>,
    pub observable_counter: Option<usize>,
    pub observable_gauge: Option<usize>,
    pub observable_up_down_counter: Option<usize>,
    pub up_down_counter: Option<usize>,
}

/// Kind of instrument in a view selector, `instrument_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the standard's")]
pub enum InstrumentType {
    Counter,
    Gauge,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
}

/// One view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// `selector.instrument_name`, a glob.
    pub instrument_name: Option<String>,
    /// `selector.instrument_type`.
    pub instrument_type: Option<InstrumentType>,
    /// `selector.unit`.
    pub unit: Option<String>,
    /// `selector.meter_name`.
    pub meter_name: Option<String>,
    /// `selector.meter_version`.
    pub meter_version: Option<String>,
    /// `selector.meter_schema_url`.
    pub meter_schema_url: Option<String>,
    /// `stream.name`.
    pub name: Option<String>,
    /// `stream.description`.
    pub description: Option<String>,
    /// `stream.aggregation`.
    pub aggregation: Option<Aggregation>,
    /// `stream.aggregation_cardinality_limit`.
    pub cardinality_limit: Option<usize>,
    /// `stream.attribute_keys.included`, globs; `None`: all.
    pub attributes_included: Option<Vec<String>>,
    /// `stream.attribute_keys.excluded`, globs; excluded wins.
    pub attributes_excluded: Vec<String>,
}

impl View {
    /// Whether the selector's `instrument_name` (a glob), `instrument_type` and `unit` all hold; absent ones do.
    pub fn selects(&self, name: &str, kind: InstrumentType, unit: &str) -> bool {
        self.instrument_name.as_ref().is_none_or(|pattern| glob_matches(pattern, name))
            && self.instrument_type.is_none_or(|wanted| wanted == kind)
            && self.unit.as_ref().is_none_or(|wanted| wanted == unit)
    }

    /// Whether the selector's `meter_name`, `meter_version` and `meter_schema_url` all hold; absent ones do.
    pub fn selects_meter(&self, name: &str, version: Option<&str>, schema_url: Option<&str>) -> bool {
        self.meter_name.as_ref().is_none_or(|wanted| wanted == name)
            && self.meter_version.as_deref().is_none_or(|wanted| version == Some(wanted))
            && self.meter_schema_url.as_deref().is_none_or(|wanted| schema_url == Some(wanted))
    }

    /// Whether an attribute stays in the stream: some `included` glob matches, or there is none, and no `excluded`.
    pub fn keeps_attribute(&self, key: &str) -> bool {
        let matches = |globs: &[String]| globs.iter().any(|glob| glob_matches(glob, key));
        self.attributes_included.as_deref().is_none_or(matches) && !matches(&self.attributes_excluded)
    }
}

/// `stream.aggregation`.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the standard's")]
pub enum Aggregation {
    Default,
    Drop,
    Sum,
    LastValue,
    ExplicitBucketHistogram { boundaries: Vec<f64>, record_min_max: bool },
    Base2ExponentialBucketHistogram { max_size: u32, max_scale: i8, record_min_max: bool },
}

/// `instrumentation/development.rust.lapwing`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lapwing {
    /// `rules`, their instruments' boundaries filled from the views that select them.
    pub rules: Vec<Rule>,
    /// `default_rule`: measures spans no rule matches.
    pub default_rule: Option<Rule>,
    /// `gauges`: observed values, by the name of the source that code registers.
    pub gauges: Vec<GaugeRule>,
    /// `endpoint`.
    pub endpoint: Endpoint,
    /// `log`.
    pub log: Log,
    /// `created_samples`: `_created` in OpenMetrics.
    pub created_samples: bool,
    /// `process_metrics`, default true.
    pub process_metrics: Option<bool>,
}

/// One entry of `gauges`: which source feeds which instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GaugeRule {
    /// What the code observes, such as `store.size`.
    pub source: String,
    /// OpenTelemetry name.
    pub instrument: String,
    /// Unit.
    pub unit: String,
    /// Description.
    pub description: String,
    /// Labels the source may set; others are left out.
    pub labels: Vec<String>,
}

/// `endpoint`: how `/metrics` is served and guarded.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// `serve: listener` (own port, the default) or `mounted` (the service mounts it).
    pub mounted: bool,
    /// `path`, default `/metrics`.
    pub path: String,
    /// `token_file`: bearer token, re-read on change. `METRICS_TOKEN` in the environment does without a file.
    pub token_file: Option<PathBuf>,
    /// `allow`: networks that may scrape; empty: all. An address is the network of its own.
    pub allow: Vec<IpNet>,
    /// `trusted_proxies`: networks of peers whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
    /// `max_in_flight`, default 8.
    pub max_in_flight: usize,
    /// `timeout` in milliseconds, default 10 000.
    pub timeout: Duration,
    /// `rate_limit`: requests a second per client; none by default.
    pub rate_limit: Option<f64>,
}

impl Default for Endpoint {
    fn default() -> Self {
        Endpoint {
            mounted: false,
            path: "/metrics".to_owned(),
            token_file: None,
            allow: Vec::new(),
            trusted_proxies: Vec::new(),
            max_in_flight: 8,
            timeout: Duration::from_secs(10),
            rate_limit: None,
        }
    }
}

/// `log`: what the fmt layer writes to standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// `filter`, as in `RUST_LOG` (which wins over it); default `info`.
    pub filter: Option<String>,
    /// `format`: `text` (default), `json`, `off`.
    pub format: LogFormat,
}

/// Format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants say it")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
    Off,
}

impl std::fmt::Debug for Otlp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Otlp")
            .field("endpoint", &self.endpoint.as_deref().map(without_user))
            .field("headers", &headers)
            .field("gzip", &self.gzip)
            .field("timeout", &self.timeout)
            .field("json", &self.json)
            .field("temporality", &self.temporality)
            .field("ca_file", &self.ca_file)
            .field("cert_file", &self.cert_file)
            .field("key_file", &self.key_file)
            .field("insecure", &self.insecure)
            .finish()
    }
}

/// A URL without user, password and query, which may be secret.
fn without_user(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or("");
    let Some((scheme, rest)) = url.split_once("://") else { return "…".to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}
