//! The row of an operation.

use lapwing_config::monitoring::{Condition, PanelKind, Query};

use super::{
    draft::{Ask, Draft},
    language::{Language, legend},
    layout::Section,
    operation::{Operation, ending},
    unit,
    watch::Watch,
};
use crate::{
    Metric,
    expression::{labels, quoted},
    signals::SCRAPE_LABELS,
    words,
};

const READ_QUANTILES: &str = "Of P95 19 of 20 stay below. Quantiles are estimated between two bounds of the histogram and are never above its \
                              last bound. A point is a traced event: open it to see where its time went.";

/// Rates, errors, durations of an operation, and what its fields tell; `shown` are metrics that a declared panel shows.
pub(super) fn section(
    language: &Language<'_>,
    watch: &Watch<'_>,
    operation: &Operation<'_>,
    shown: &[String],
) -> Section {
    let service = &language.service.monitoring.service.value;
    let title = &operation.title;
    let mut panels = Vec::new();
    let errors = errors(language, watch, operation);
    panels.extend(rate(language, operation, if errors.is_some() { 6 } else { 12 }));
    panels.extend(errors);
    for &duration in &operation.durations {
        panels.extend(durations(language, watch, &operation.title_of(service, duration), duration));
    }
    for &field in &operation.fields {
        panels.extend(distribution(language, watch, field));
    }
    let others = operation.counters.iter().filter(|counter| !shown.contains(&counter.name));
    panels.extend(others.map(|&metric| counter(language, watch, metric)));
    Section::new(title, panels)
}

fn rate(language: &Language<'_>, operation: &Operation<'_>, width: u32) -> Option<Draft> {
    let title = &operation.title;
    let (metric, name) = operation.events()?;
    let (by, reading) = match ending(metric) {
        Some(label) => (vec![label], format!("how many ended with which {label}, a second")),
        None => (vec![], "how many ended, a second".to_owned()),
    };
    let description = format!(
        "{title}: {reading}. A line that falls to zero means that nobody calls, or that calls no longer end: see the durations and what is in flight."
    );
    let mut draft = Draft::new(PanelKind::TimeSeries, format!("{title} rate"), description)
        .unit("ops")
        .size(width, 8)
        .ask(Ask::new(language.events(&name, &by, &[]), legend(&by, title)));
    // Its histogram may tell ends apart that the counter doesn't.
    let duration = operation.durations.first().filter(|duration| duration.name != metric.name);
    if let (Some(duration), true) = (duration, by.is_empty())
        && let (Some(label), Some(count)) = (ending(duration), duration.events())
    {
        draft = draft.ask(Ask::new(language.events(&count, &[label], &[]), legend(&[label], title)));
    }
    Some(draft)
}

/// Which share of its calls failed.
fn errors(language: &Language<'_>, watch: &Watch<'_>, operation: &Operation<'_>) -> Option<Draft> {
    let title = &operation.title;
    let (calls, name) = operation.events()?;
    let failed = match operation.errors {
        Some((metric, measured)) => {
            let constants = measured.constants.iter().map(|(label, value)| format!("{label}={}", quoted(value)));
            language.events(&metric.name, &[], &constants.collect::<Vec<_>>())
        }
        None if ending(calls) == Some("outcome") => language.events(&name, &[], &[r#"outcome="error""#.to_owned()]),
        None => return None,
    };
    let all = language.events(&name, &[], &[]);
    let lines = watch.share_lines(calls);
    let mut description = format!("{title}: which share of calls failed for a fault of the service.");
    if !lines.is_empty() {
        description += " Above the dashed line the error budget of an objective is used up before its window ends.";
    }
    let draft = Draft::new(PanelKind::TimeSeries, format!("{title} errors"), description)
        .unit("percentunit")
        .size(6, 8)
        .no_value("no calls")
        .ask(Ask::new(format!("{failed} / ({all} > 0)"), "failed"));
    Some(Draft { thresholds: lines, ..draft })
}

fn durations(language: &Language<'_>, watch: &Watch<'_>, title: &str, metric: &Metric) -> [Draft; 2] {
    let lines = watch.quantile_lines(metric);
    let mut description = format!("{} {READ_QUANTILES}", metric.description);
    if !lines.is_empty() {
        description += " Dashed lines are what objectives promise and alerts wait for.";
    }
    let by = apart(language, metric);
    let quantiles = Draft::new(PanelKind::TimeSeries, format!("{title} latency"), description.trim())
        .unit(unit::of_value(metric))
        .size(12, 8)
        .no_value("no calls")
        .asks(quantiles(language, metric, &[0.5, 0.95, 0.99], &by));
    let heatmap = heatmap(language, metric, &format!("{title} latency distribution"), 24);
    [Draft { thresholds: lines, ..quantiles }, heatmap]
}

/// Distribution and quantiles of a field.
pub(super) fn distribution(language: &Language<'_>, watch: &Watch<'_>, metric: &Metric) -> Vec<Draft> {
    let name = metric.instrument.as_deref().unwrap_or(&metric.name);
    let title = words::title(&language.service.monitoring.service, name);
    let lines = watch.quantile_lines(metric);
    let description = format!("{} {READ_QUANTILES}", metric.description);
    let quantiles = Draft::new(PanelKind::TimeSeries, format!("{title} quantiles"), description.trim())
        .unit(unit::of_value(metric))
        .size(12, 8)
        .no_value("no events")
        .asks(quantiles(language, metric, &[0.05, 0.5, 0.95], &apart(language, metric)));
    vec![heatmap(language, metric, &format!("{title} distribution"), 12), Draft { thresholds: lines, ..quantiles }]
}

fn heatmap(language: &Language<'_>, metric: &Metric, title: &str, width: u32) -> Draft {
    let description = format!(
        "{} Each cell is a bucket of the histogram: the darker, the more events a second fell into it. A second band is a second kind of event; \
         a point is a traced one.",
        metric.description
    );
    Draft::new(PanelKind::Heatmap, title, description.trim())
        .unit(unit::of_value(metric))
        .size(width, 8)
        .no_value("no events")
        .ask(Ask::new(language.buckets(metric, &[]), "{{le}}").with_exemplars())
}

fn quantiles(language: &Language<'_>, metric: &Metric, all: &[f64], by: &[&str]) -> Vec<Ask> {
    let ask = |&q: &f64| {
        let name = format!("P{}", words::percent(q));
        let legend = if by.is_empty() { name } else { format!("{name} {}", legend(by, "")) };
        Ask::new(language.quantile(metric, q, by), legend).with_exemplars()
    };
    all.iter().map(ask).collect()
}

/// The labels that alerts on its quantiles keep apart: what they fire by is what is to be seen.
fn apart<'a>(language: &Language<'_>, metric: &'a Metric) -> Vec<&'a str> {
    let alerts = language.service.monitoring.alerts.iter();
    let queries = alerts.filter_map(|alert| match &alert.condition {
        Condition::Threshold { query: Query::Quantile { of, .. }, .. } => Some(of),
        _ => None,
    });
    let on = queries.filter(|of| metric.instrument.as_deref() == Some(of.instrument.value.as_str()));
    let wanted: Vec<String> = on.flat_map(|of| labels(metric, &of.by)).collect();
    let own = metric.labels.iter().map(|label| label.name.as_str());
    let of_scrape = SCRAPE_LABELS.into_iter().filter(|name| metric.label(name).is_none());
    own.chain(of_scrape).filter(|name| wanted.iter().any(|wanted| wanted == name)).collect()
}

/// How fast a counter rises.
pub(super) fn counter(language: &Language<'_>, watch: &Watch<'_>, metric: &Metric) -> Draft {
    let name = metric.instrument.as_deref().unwrap_or(&metric.name);
    let title = words::title(&language.service.monitoring.service, name);
    let by = super::language::labels(metric);
    let description = format!("{} How fast it rises, a second.", metric.description);
    let draft = Draft::new(PanelKind::TimeSeries, title.clone(), description.trim())
        .unit(unit::of_rate(metric))
        .ask(Ask::new(language.events(&metric.name, &by, &[]), legend(&by, &title)));
    Draft { thresholds: watch.rate_lines(metric), ..draft }
}
