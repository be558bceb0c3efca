//! Rows on what a service uses, on its gauges, and on the telemetry itself.

use lapwing_config::monitoring::{Aggregate, PanelKind};
use serde_json::json;

use super::{
    draft::{Ask, Draft},
    language::{Language, labels, legend},
    layout::Section,
    operation_row::{counter, distribution},
    unit,
    watch::Watch,
};
use crate::{Kind, Metric, Role, words};

const INSTANCE: &[&str] = &["instance"];
const PER_INSTANCE: &str = "{{instance}}";

/// A panel with a line for each instance.
fn each(language: &Language<'_>, title: &str, description: &str, name: &str) -> Option<Draft> {
    let expression = language.value("max", name, INSTANCE);
    let draft = Draft::new(PanelKind::TimeSeries, title, description).ask(Ask::new(expression, PER_INSTANCE));
    language.has(name).then_some(draft)
}

/// CPU, memory, files, threads, and what is in flight.
pub(super) fn saturation(language: &Language<'_>) -> Section {
    let mut panels = Vec::new();
    if language.has("process_cpu_seconds_total") {
        let cpu = language.events("process_cpu_seconds_total", INSTANCE, &[]);
        let description = "CPU seconds a second: 1 is one core in full use. At the number of cores that the process may use, work waits.";
        panels.push(Draft::new(PanelKind::TimeSeries, "CPU", description).ask(Ask::new(cpu, PER_INSTANCE)));
    }
    let memory = "Resident memory. What only ever rises is a leak, or a queue that nobody empties.";
    panels.extend(each(language, "Memory", memory, "process_resident_memory_bytes").map(|draft| draft.unit("bytes")));
    if language.has("process_open_fds") && language.has("process_max_fds") {
        let [open, most] = ["process_open_fds", "process_max_fds"].map(|name| language.value("max", name, INSTANCE));
        let description = "Open files and connections as a share of how many the process may have. At 100 % it can accept and open nothing more.";
        panels.push(
            Draft::new(PanelKind::TimeSeries, "Open files", description)
                .unit("percentunit")
                .thresholds("green", &[(0.8, "orange"), (0.95, "red")])
                .ask(Ask::new(format!("{open} / {most}"), PER_INSTANCE)),
        );
    }
    let threads = "Threads of the process. A service with a fixed number of workers has a flat line.";
    panels.extend(each(language, "Threads", threads, "process_threads"));
    panels.extend(in_flight(language));
    let uptime = "How long the process has been running. A line that falls to zero is a restart.";
    let started = language.value("max", "process_start_time_seconds", INSTANCE);
    if language.has("process_start_time_seconds") {
        let ask = Ask::new(format!("time() - {started}"), PER_INSTANCE);
        panels.push(Draft::new(PanelKind::TimeSeries, "Uptime", uptime).unit("s").ask(ask));
    }
    Section::new("Saturation", panels)
}

/// What was begun and hasn't ended.
fn in_flight(language: &Language<'_>) -> Option<Draft> {
    let service = &language.service.monitoring.service.value;
    let going_on = |metric: &&Metric| metric.measured.iter().any(|measured| measured.role == Role::InFlight);
    let asks: Vec<Ask> = language
        .service
        .signals
        .metrics()
        .iter()
        .filter(going_on)
        .map(|metric| {
            let name = metric.instrument.as_deref().unwrap_or(&metric.name);
            Ask::new(language.value("sum", &metric.name, &[]), words::title(service, name))
        })
        .collect();
    let description = "What was begun and has not ended yet. What rises while the rate does not is a jam.";
    (!asks.is_empty()).then(|| Draft::new(PanelKind::TimeSeries, "In flight", description).asks(asks))
}

/// A panel for every gauge that no other panel shows.
pub(super) fn gauges(language: &Language<'_>, watch: &Watch<'_>, metrics: &[&Metric]) -> Section {
    let service = &language.service.monitoring.service.value;
    let gauges = metrics.iter().filter(|metric| metric.kind == Kind::Gauge).map(|metric| {
        let by = labels(metric);
        let name = metric.instrument.as_deref().unwrap_or(&metric.name);
        let title = words::title(service, name);
        let (operator, shown) = match watch.aggregate(metric) {
            Some(Aggregate::Min) => ("min", "lowest"),
            _ => ("max", "highest"),
        };
        let description = format!("{} Of several instances the {shown} is shown.", metric.description);
        let draft = Draft::new(PanelKind::TimeSeries, title.clone(), description.trim())
            .unit(unit::of_value(metric))
            .ask(Ask::new(language.value(operator, &metric.name, &by), legend(&by, &title)));
        Draft { thresholds: watch.value_lines(metric), ..draft }
    });
    Section::new("Gauges", gauges.collect())
}

/// A panel or two for every counter and histogram that no other panel shows.
pub(super) fn others(language: &Language<'_>, watch: &Watch<'_>, metrics: &[&Metric]) -> Section {
    let panels = metrics.iter().flat_map(|metric| match metric.kind {
        Kind::Counter => vec![counter(language, watch, metric)],
        Kind::Histogram => distribution(language, watch, metric),
        Kind::Gauge => Vec::new(),
    });
    Section::new("Further signals", panels.collect())
}

/// How the telemetry itself is.
pub(super) fn telemetry(language: &Language<'_>) -> Section {
    let rate = |title: &str, description: &str, name: &str, by: &[&str], unit: &str| {
        let expression = language.events(name, by, &[]);
        let draft = Draft::new(PanelKind::TimeSeries, title, description).unit(unit);
        language.has(name).then(|| draft.ask(Ask::new(expression, legend(by, title))))
    };
    let mut panels = Vec::new();
    panels.extend(rate(
        "Problems",
        "What telemetry could not record or had to alter, a second, by reason. Nothing is the rule; the reference of metrics explains each reason.",
        "lapwing_problems_total",
        &["reason"],
        "ops",
    ));
    panels.extend(rate(
        "Scrapes",
        "Answers of the endpoint, a second, by status code. Each Prometheus asks once in its scrape interval.",
        "lapwing_endpoint_requests_total",
        &["code"],
        "reqps",
    ));
    panels.extend(rate(
        "Rejected scrapes",
        "Scrapes that got no metrics, a second, by cause. `token` and `allowlist` are somebody who may not ask, `in_flight` is too many at once.",
        "lapwing_endpoint_rejected_total",
        &["cause"],
        "reqps",
    ));
    panels.extend(language.has("lapwing_endpoint_gather_duration_seconds").then(|| {
        let metric = language.service.signals.metric("lapwing_endpoint_gather_duration_seconds");
        let asks = metric.into_iter().flat_map(|metric| {
            [0.5, 0.99].map(|q| Ask::new(language.quantile(metric, q, &[]), format!("P{}", words::percent(q))))
        });
        let description = "Time to gather all metrics once, which scrapes at the same time share. It grows with the number of series.";
        Draft::new(PanelKind::TimeSeries, "Gathering", description).unit("s").asks(asks)
    }));
    let scrape = "How long Prometheus took to scrape. Above half of the scrape timeout the next growth loses scrapes.";
    panels.extend(each(language, "Scrape duration", scrape, "scrape_duration_seconds").map(|draft| draft.unit("s")));
    panels.push(series(language));
    let token =
        "1 while the file with the endpoint's token is usable; 0: it isn't, and the token before it is still in force.";
    panels.extend(each(language, "Token file", token, "lapwing_endpoint_token_file_ok").map(|draft| {
        draft.map(0.0, "unusable", Some("red")).map(1.0, "usable", Some("green")).may_be_empty("no token file")
    }));
    panels.extend(rate(
        "Gathered",
        "How often metrics were gathered, a second. Fewer than scrapes: some shared one.",
        "lapwing_gathers_total",
        &[],
        "ops",
    ));
    panels.extend(rate(
        "Response bytes",
        "Bytes of the endpoint's answers, a second, by content coding.",
        "lapwing_endpoint_response_bytes_total",
        &["encoding"],
        "binBps",
    ));
    panels.extend(rate(
        "Spans",
        "Spans that were handed to their exporter, a second; with a cause those that were lost, `queue_full` because it is too slow.",
        "otel_sdk_processor_span_processed_total",
        &["error_type"],
        "ops",
    ));
    let busy = "Scrapes admitted and not yet answered to the last byte. Lasting ones are slow readers.";
    panels.extend(each(language, "Scrapes in flight", busy, "lapwing_endpoint_in_flight"));
    panels.extend(rate(
        "Cut responses",
        "Answers whose reader did not take them within the deadline, a second.",
        "lapwing_endpoint_cut_total",
        &[],
        "reqps",
    ));
    let mapped = "Virtual memory: what is mapped, used or not. It matters against a limit of address space only.";
    panels.extend(
        each(language, "Virtual memory", mapped, "process_virtual_memory_bytes").map(|draft| draft.unit("bytes")),
    );
    panels.extend(table(language, "Build", "Which build runs where.", "build_info"));
    panels.extend(table(language, "Resource", "What each target says of itself.", "target_info"));
    Section { title: Some("Telemetry".to_owned()), collapsed: true, panels }
}

fn series(language: &Language<'_>) -> Draft {
    let names = [
        ("scrape_samples_scraped", "scraped"),
        ("scrape_samples_post_metric_relabeling", "kept"),
        ("scrape_series_added", "new"),
    ];
    let asks =
        names.map(|(name, said)| Ask::new(language.value("max", name, INSTANCE), format!("{{{{instance}}}} {said}")));
    let description = "Series of a target: exposed, kept after relabelling, and new in the last scrape. Steady growth means a label with values without end.";
    Draft::new(PanelKind::TimeSeries, "Series", description).asks(asks)
}

fn table(language: &Language<'_>, title: &str, description: &str, name: &str) -> Option<Draft> {
    let mut draft =
        Draft::new(PanelKind::Table, title, description).size(12, 6).ask(Ask::new(language.selector(name, &[]), ""));
    draft.transformations = vec![json!({
        "id": "organize",
        "options": {"excludeByName": {"Time": true, "Value": true, "__name__": true}, "indexByName": {}, "renameByName": {}},
    })];
    language.has(name).then_some(draft)
}
