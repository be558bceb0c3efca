//! Rows and panels of `monitoring.yaml`.

use std::time::Duration;

use lapwing_config::monitoring::{Aggregate, Panel, PanelKind, Query, Row};

use super::{
    draft::{Ask, Draft},
    grafana::Step,
    language::{Language, legend, metrics_of},
    layout::Section,
    unit,
    watch::{Watch, metric_of},
};
use crate::{ExpressionError, Kind, expression, expression::Window, words};

/// `over` of a query that says none.
const OVER: Duration = Duration::from_secs(300);

pub(super) fn section(language: &Language<'_>, watch: &Watch<'_>, row: &Row) -> Result<Section, ExpressionError> {
    let panels = row.panels.iter().map(|panel| draft(language, watch, panel)).collect::<Result<_, _>>()?;
    Ok(Section { title: Some(row.title.clone()), collapsed: row.collapsed, panels })
}

fn draft(language: &Language<'_>, watch: &Watch<'_>, panel: &Panel) -> Result<Draft, ExpressionError> {
    let mut draft = Draft::new(panel.kind, panel.title.value.clone(), description(language, panel));
    for (query, legend) in &panel.queries {
        let expression = write(language, panel.kind, query)?;
        let legend = match (panel.kind, legend) {
            // The names of a heatmap's lines are its buckets.
            (PanelKind::Heatmap, _) if !matches!(query, Query::PromQl(_)) => "{{le}}".to_owned(),
            (_, Some(legend)) => legend.clone(),
            (_, None) => standard_legend(language, panel, query),
        };
        let ask = Ask::new(expression, legend);
        draft = draft.ask(match (panel.kind, query) {
            (PanelKind::Heatmap, _) | (_, Query::Quantile { .. }) => ask.with_exemplars(),
            _ => ask,
        });
    }
    let declared = panel.unit.as_ref().map(|unit| unit.value.clone());
    let first = panel.queries.first().map(|(query, _)| query);
    draft = draft
        .unit(declared.or_else(|| Some(unit_of(language, panel.kind, first?))).unwrap_or_else(|| "short".to_owned()));
    draft.width = u32::from(panel.width.unwrap_or(8));
    if draft.unit == "percentunit" {
        draft.range = (Some(0.0), None);
    }
    draft.thresholds = match &panel.thresholds[..] {
        [] => lines(language, watch, panel),
        declared => {
            let mut steps: Vec<Step> =
                declared.iter().map(|(value, color)| Step { value: *value, color: color.clone() }).collect();
            // The base comes first and has no value, whether it was declared so or not.
            if steps.iter().all(|step| step.value.is_some()) {
                steps.insert(0, Step { value: None, color: "green".to_owned() });
            }
            steps.sort_by(|a, b| a.value.partial_cmp(&b.value).unwrap_or(std::cmp::Ordering::Equal));
            steps
        }
    };
    for (value, text, color) in &panel.mappings {
        draft = draft.map(*value, text, color.as_deref());
    }
    Ok(draft)
}

fn write(language: &Language<'_>, kind: PanelKind, query: &Query) -> Result<String, ExpressionError> {
    let shows_one = !matches!(kind, PanelKind::TimeSeries | PanelKind::StateTimeline | PanelKind::Heatmap);
    let window = match query {
        // A sum over a window is of that window: only what names none follows the range that is shown.
        Query::Increase(of) if of.over != OVER => Window::Declared { compress: 1 },
        Query::Increase(_) if shows_one => Window::Range,
        _ => Window::RateInterval,
    };
    if kind == PanelKind::Heatmap
        && let Some(of) = expression::series(query)
        && let Ok(metric) = language.expressions(window).metric(of)
        && metric.kind == Kind::Histogram
    {
        return Ok(language.buckets(metric, &expression::matchers(metric, &of.filter)));
    }
    language.expressions(window).query(query)
}

/// The thresholds of alerts on what a panel's only query shows.
fn lines(language: &Language<'_>, watch: &Watch<'_>, panel: &Panel) -> Vec<Step> {
    let [(query, _)] = &panel.queries[..] else { return Vec::new() };
    let Some(metric) = metric_of(language.service, query) else { return Vec::new() };
    match query {
        Query::Quantile { .. } => watch.quantile_lines(metric),
        Query::Value { .. } if panel.mappings.is_empty() => watch.value_lines(metric),
        Query::Rate { per, .. } if *per == Duration::from_secs(1) => watch.rate_lines(metric),
        _ => Vec::new(),
    }
}

fn unit_of(language: &Language<'_>, kind: PanelKind, query: &Query) -> String {
    let metric = metric_of(language.service, query);
    let of = |unit: fn(&crate::Metric) -> &'static str| metric.map_or("short", unit);
    let unit = match query {
        _ if kind == PanelKind::Heatmap => of(unit::of_value),
        Query::Quantile { .. } | Query::Value { .. } => of(unit::of_value),
        Query::Rate { per, .. } => match (of(unit::of_rate), per.as_secs()) {
            (unit, 1) => unit,
            ("ops", 60) => "opm",
            _ => "short",
        },
        Query::Increase(_) => match metric {
            Some(metric) if metric.kind == Kind::Counter => unit::of_value(metric),
            _ => "short",
        },
        Query::Share { .. } => "percentunit",
        Query::PromQl(_) => "short",
    };
    unit.to_owned()
}

/// What the metrics in any PromQL are, as far as they are known.
fn of_metrics(language: &Language<'_>, query: &Query) -> String {
    let Query::PromQl(text) = query else { return String::new() };
    let signals = &language.service.signals;
    let names = metrics_of(signals, text);
    let descriptions: Vec<&str> =
        names.iter().filter_map(|name| Some(signals.metric(name)?.description.as_str())).collect();
    match descriptions[..] {
        [] => "What the query yields.".to_owned(),
        _ => descriptions.join(" "),
    }
}

fn standard_legend(language: &Language<'_>, panel: &Panel, query: &Query) -> String {
    if matches!(query, Query::PromQl(_)) {
        // Grafana's own choice: the labels that differ.
        return "__auto".to_owned();
    }
    let by = match (metric_of(language.service, query), expression::series(query)) {
        (Some(metric), Some(of)) => expression::labels(metric, &of.by),
        _ => Vec::new(),
    };
    legend(&by.iter().map(String::as_str).collect::<Vec<_>>(), &panel.title.value)
}

/// As declared, else what the metric's description says; then how it is to be read.
fn description(language: &Language<'_>, panel: &Panel) -> String {
    let Some((query, _)) = panel.queries.first() else { return panel.description.clone() };
    let declared = panel.description.trim();
    let about = match metric_of(language.service, query) {
        Some(metric) if declared.is_empty() => metric.description.clone(),
        None if declared.is_empty() => of_metrics(language, query),
        _ => declared.to_owned(),
    };
    let reading = match query {
        Query::Quantile { q, .. } => {
            format!("{} % of events stay below the line. A point is a traced event.", words::percent(q.value))
        }
        Query::Rate { per, .. } => format!("How many in {}.", expression::duration(*per)),
        Query::Increase(of) if of.over != OVER => format!("How many in {}.", expression::duration(of.over)),
        Query::Increase(_) => "How many.".to_owned(),
        Query::Share { .. } => "Which part of all events it is.".to_owned(),
        Query::Value { of, aggregate } => {
            let apart = of.by.iter().map(|label| label.value.clone()).collect::<Vec<_>>();
            let joined = match aggregate {
                Aggregate::Sum => "the sum",
                Aggregate::Max => "the highest",
                Aggregate::Min => "the lowest",
                Aggregate::Avg => "the mean",
                Aggregate::Count => "the number",
            };
            match &apart[..] {
                [] => format!("Of several series {joined} is shown."),
                apart => format!("One line for each {}; of several instances {joined} is shown.", apart.join(" and ")),
            }
        }
        Query::PromQl(_) => String::new(),
    };
    format!("{about} {reading}").trim().to_owned()
}
