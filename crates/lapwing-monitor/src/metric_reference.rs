//! The reference of a service's metrics, in Markdown.

use std::path::PathBuf;

use crate::{
    GenerateError, GeneratedFile, Label, Metric, Options, Origin, Root, Service, Values, alert_rules,
    dashboard::{Dashboard, Watch},
    generated_file::provenance,
    runbook::Panels,
    words,
};

/// A heading, and which metrics are under it.
type Group = (&'static str, fn(&Origin) -> bool);

/// A page for each service.
pub(crate) fn files(services: &[&Service]) -> Result<Vec<GeneratedFile>, GenerateError> {
    services.iter().map(|service| file(service)).collect()
}

fn file(service: &Service) -> Result<GeneratedFile, GenerateError> {
    let rules = alert_rules(service)?;
    let watch = Watch::new(service, &rules);
    let dashboard = Dashboard::of_service(service)?;
    let panels = Panels::new(service, &dashboard);
    let name = &service.monitoring.service.value;
    let mut text = format!("<!-- {} -->\n\n# Metrics of {name}\n\n", provenance(&[service], Options::default()));
    text += "Every metric as Prometheus sees it. All have the labels `job` and `instance` besides. A histogram `x` is scraped as \
             `x_bucket`, `x_sum` and `x_count`; its bounds are in its unit, and `+Inf` is always there.\n";
    let groups: [Group; 4] = [
        ("From spans and events", |origin| matches!(origin, Origin::Spans(_))),
        ("Observed", |origin| matches!(origin, Origin::Observed(_))),
        ("Of every service", |origin| matches!(origin, Origin::Lapwing)),
        ("Of Prometheus", |origin| matches!(origin, Origin::Prometheus)),
    ];
    for (title, belongs) in groups {
        let metrics: Vec<&Metric> = service.signals.metrics().iter().filter(|metric| belongs(&metric.origin)).collect();
        if metrics.is_empty() {
            continue;
        }
        text += &format!("\n## {title}\n");
        for metric in metrics {
            text += &entry(metric, name, &watch, &panels);
        }
    }
    Ok(GeneratedFile { root: Root::Docs, path: PathBuf::from(format!("metrics/{name}.md")), text })
}

fn entry(metric: &Metric, service: &str, watch: &Watch<'_>, panels: &Panels<'_>) -> String {
    let mut text = format!("\n### `{}`\n\n", metric.name);
    if !metric.description.is_empty() {
        let end = if metric.description.ends_with('.') { "" } else { "." };
        text += &format!("{}{end}\n\n", metric.description);
    }
    let mut line = |name: &str, said: String| text += &format!("- {name}: {said}\n");
    line("type", metric.kind.as_str().to_owned());
    if !metric.unit.is_empty() {
        line("unit", format!("`{}`", metric.unit));
    }
    if let Some(instrument) = &metric.instrument {
        line("instrument", format!("`{instrument}`"));
    }
    match &metric.origin {
        Origin::Spans(patterns) => {
            let patterns: Vec<String> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
            line("from", format!("spans {}", words::listed(&patterns)).replace("spans `event ", "events `"));
        }
        Origin::Observed(source) => line("from", format!("the source `{source}`, asked at each scrape")),
        Origin::Lapwing | Origin::Prometheus => {}
    }
    for label in &metric.labels {
        line(&format!("label `{}`", label.name), values(label));
    }
    if let Some(bounds) = &metric.bounds {
        let bounds: Vec<String> = bounds.iter().map(|&bound| words::with_unit(bound, &metric.unit)).collect();
        line("bounds", bounds.join(", "));
    }
    if !metric.labels.is_empty() {
        line("series", series(metric));
    }
    let shown = panels.showing(&metric.name);
    if !shown.is_empty() {
        line("panels", shown.join(", "));
    }
    let alerts: Vec<String> = watch
        .alerts_on(&metric.name)
        .map(|(name, severity)| format!("[{name}](../runbooks/{service}/{name}.md) ({})", severity.as_str()))
        .collect();
    if !alerts.is_empty() {
        line("alerts", alerts.join(", "));
    }
    text
}

fn values(label: &Label) -> String {
    let mut said = match &label.values {
        Values::Open => "any value".to_owned(),
        Values::Closed(values) => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
    };
    if label.optional {
        said += if said.is_empty() { "never there" } else { "; not on every series" };
    }
    said
}

/// How many label sets an instance can have.
fn series(metric: &Metric) -> String {
    let buckets = match &metric.bounds {
        Some(bounds) => format!(", each with {} samples", bounds.len() + 3),
        None => String::new(),
    };
    match (metric.most_series(), metric.series_limit) {
        (Some(most), Some(limit)) if most > limit => {
            format!("up to {most}, of which the limit lets {limit} through; others fold into overflow series{buckets}")
        }
        (Some(most), _) => format!("up to {most} of an instance{buckets}"),
        (None, Some(limit)) => format!("up to {limit} of an instance, then they fold into overflow series{buckets}"),
        (None, None) => format!("as many as there are values{buckets}"),
    }
}
