//! What Lapwing adds to every service, and Prometheus to every target.

use lapwing_config::{Configuration, SpanProcessor, Translation};
use lapwing_exposition::{InstrumentKind, prometheus_label, prometheus_name};

use super::{Kind, Label, Metric, Origin, Values, declared};

use Kind::{Counter, Gauge, Histogram};

/// Name, type, unit, description, label with its values (none: open).
type Row = (&'static str, Kind, &'static str, &'static str, &'static [(&'static str, &'static [&'static str])]);

const CAUSES: &[&str] = &[
    "allowlist",
    "failed_tokens",
    "forwarded",
    "gather",
    "in_flight",
    "method",
    "query",
    "rate_limit",
    "timeout",
    "token",
];

const REASONS: &[&str] = &[
    "bounds_differ",
    "callback_panic",
    "collect_failed",
    "counter_overflow",
    "description_conflict",
    "exemplar_dropped",
    "export_failed",
    "field_missing",
    "infinite",
    "invalid_instrument",
    "label_cut",
    "label_merged",
    "label_renamed",
    "name_conflict",
    "nan",
    "negative",
    "overflow",
    "refused_value",
    "series_merged",
    "source_missing",
    "type_conflict",
    "undeclared_label",
];

const LAPWING: &[Row] = &[
    (
        "build_info",
        Gauge,
        "",
        "Which build is running; always 1.",
        &[("profile", &[]), ("service", &[]), ("version", &[])],
    ),
    ("lapwing_endpoint_cut_total", Counter, "", "Responses that their reader did not take within the deadline.", &[]),
    (
        "lapwing_endpoint_gather_duration_seconds",
        Histogram,
        "s",
        "Time to gather all metrics once, for all scrapes that share the result.",
        &[],
    ),
    ("lapwing_endpoint_in_flight", Gauge, "", "Scrapes admitted and not yet answered to the last byte.", &[]),
    ("lapwing_endpoint_rejected_total", Counter, "", "Scrapes that got no metrics, by cause.", &[("cause", CAUSES)]),
    (
        "lapwing_endpoint_requests_total",
        Counter,
        "",
        "Scrapes answered, by status code.",
        &[("code", &["200", "400", "401", "403", "405", "429", "500", "503"])],
    ),
    (
        "lapwing_endpoint_response_bytes_total",
        Counter,
        "By",
        "Bytes of response bodies sent, by content coding.",
        &[("encoding", &["gzip", "identity", "zstd"])],
    ),
    (
        "lapwing_endpoint_token_file_ok",
        Gauge,
        "",
        "1 if the token file was usable when last looked at, 0 if the token before it is still in force.",
        &[],
    ),
    ("lapwing_gathers_total", Counter, "", "How often metrics were gathered", &[]),
    ("lapwing_problems_total", Counter, "", "What telemetry could not record, or had to alter", &[("reason", REASONS)]),
];

/// Bounds of `lapwing_endpoint_gather_duration_seconds`.
const GATHER_BOUNDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

const PROCESS: &[Row] = &[
    ("process_cpu_seconds_total", Counter, "s", "User and system CPU time spent.", &[]),
    ("process_max_fds", Gauge, "", "Limit of open file descriptors.", &[]),
    ("process_open_fds", Gauge, "", "Open file descriptors.", &[]),
    ("process_resident_memory_bytes", Gauge, "By", "Resident memory.", &[]),
    ("process_start_time_seconds", Gauge, "s", "When the process started, in seconds since 1970.", &[]),
    ("process_threads", Gauge, "", "Threads.", &[]),
    ("process_virtual_memory_bytes", Gauge, "By", "Virtual memory.", &[]),
];

/// Made by Prometheus itself for each target.
const SCRAPE: &[Row] = &[
    ("scrape_duration_seconds", Gauge, "s", "How long the last scrape took.", &[]),
    ("scrape_samples_post_metric_relabeling", Gauge, "", "Samples left after relabelling.", &[]),
    ("scrape_samples_scraped", Gauge, "", "Samples that the target exposed.", &[]),
    ("scrape_series_added", Gauge, "", "New series in the last scrape, about.", &[]),
    ("up", Gauge, "", "1 if the last scrape succeeded.", &[]),
];

pub(super) fn metrics(configuration: &Configuration) -> Vec<Metric> {
    let mut metrics: Vec<Metric> = LAPWING.iter().map(|row| metric(row, Origin::Lapwing)).collect();
    if configuration.lapwing.process_metrics != Some(false) {
        metrics.extend(PROCESS.iter().map(|row| metric(row, Origin::Lapwing)));
    }
    // Those that a meter makes, and what the exposition says of itself; the endpoint's have no resource.
    let resource = declared::resource_labels(configuration, translation(configuration));
    for metric in metrics.iter_mut().filter(|metric| !metric.name.starts_with("lapwing_endpoint_")) {
        metric.labels.extend(resource.iter().cloned());
        metric.labels.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let target_info = configuration.meter.as_ref().and_then(|meter| meter.prometheus.as_ref());
    if target_info.is_none_or(|prometheus| prometheus.target_info) {
        metrics.push(target_info_of(configuration));
    }
    metrics.extend(processed_spans(configuration));
    metrics.extend(SCRAPE.iter().map(|row| metric(row, Origin::Prometheus)));
    metrics
}

fn metric(&(name, kind, unit, description, labels): &Row, origin: Origin) -> Metric {
    let values = |values: &[&str]| match values {
        [] => Values::Open,
        values => Values::Closed(values.iter().map(|&value| value.to_owned()).collect()),
    };
    let label =
        |&(name, allowed): &(&str, &[&str])| Label { name: name.to_owned(), values: values(allowed), optional: false };
    Metric {
        name: name.to_owned(),
        instrument: None,
        kind,
        unit: unit.to_owned(),
        description: description.to_owned(),
        labels: labels.iter().map(label).collect(),
        bounds: (kind == Histogram).then(|| GATHER_BOUNDS.to_vec()),
        series_limit: None,
        origin,
        measured: Vec::new(),
    }
}

/// What the SDK's span processors count of themselves, in the global meter provider.
fn processed_spans(configuration: &Configuration) -> Option<Metric> {
    let processors = &configuration.tracer.as_ref()?.processors;
    let types = processors.iter().map(|processor| match processor {
        SpanProcessor::Batch { .. } => "batching_span_processor",
        SpanProcessor::Simple { .. } => "simple_span_processor",
    });
    let mut types: Vec<String> = types.map(str::to_owned).collect();
    types.sort();
    types.dedup();
    if types.is_empty() {
        return None;
    }
    let translation = translation(configuration);
    let name = prometheus_name("otel.sdk.processor.span.processed", "{span}", InstrumentKind::Counter, translation);
    let errors = ["already_shutdown", "queue_full"].map(str::to_owned).into();
    let labels = [
        ("error.type", Values::Closed(errors), true),
        ("otel.component.name", Values::Open, false),
        ("otel.component.type", Values::Closed(types), false),
    ];
    let label = |(name, values, optional)| Label { name: prometheus_label(name, translation), values, optional };
    let description = "The number of spans for which the processing has finished, either successful or failed.";
    Some(Metric {
        name,
        labels: labels.map(label).into(),
        ..metric(&("", Counter, "{span}", description, &[]), Origin::Lapwing)
    })
}

fn translation(configuration: &Configuration) -> Translation {
    let prometheus = configuration.meter.as_ref().and_then(|meter| meter.prometheus.as_ref());
    prometheus.map(|prometheus| prometheus.translation).unwrap_or_default()
}

/// The resource as a metric: its labels are the resource's attributes, of which the environment can add more.
fn target_info_of(configuration: &Configuration) -> Metric {
    let translation = translation(configuration);
    let declared = configuration.resource.iter().map(|(key, _)| key.as_str());
    let sdk = ["service.name", "telemetry.sdk.language", "telemetry.sdk.name", "telemetry.sdk.version"];
    let mut names: Vec<String> = declared.chain(sdk).map(|key| prometheus_label(key, translation)).collect();
    names.sort();
    names.dedup();
    let label = |name| Label { name, values: Values::Open, optional: false };
    Metric {
        labels: names.into_iter().map(label).collect(),
        ..metric(&("target_info", Gauge, "", "Target metadata", &[]), Origin::Lapwing)
    }
}
