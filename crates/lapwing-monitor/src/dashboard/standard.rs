//! What every dashboard begins with: the stats at the top, objectives, alerts.

use lapwing_config::monitoring::{Objective, PanelKind};
use serde_json::json;

use super::{
    draft::{Ask, Draft},
    language::Language,
    layout::Section,
    operation::{Operation, ending},
    watch::{Watch, budget},
};
use crate::{
    AlertOrigin, AlertRule, Metric,
    expression::{duration, quoted},
    words,
};

/// How many durations the stat of P95 shows.
const MAIN: usize = 4;

/// The stats at the top.
pub(super) fn top(language: &Language<'_>, watch: &Watch<'_>, operations: &[Operation<'_>]) -> Section {
    let mut panels = vec![targets(language).size(3, 4)];
    panels.extend(rate(language, operations).map(|draft| draft.size(4, 4)));
    panels.extend(error_share(language, operations).map(|draft| draft.size(4, 4)));
    panels.extend(main_durations(language, watch, operations).map(|draft| draft.size(5, 4)));
    panels.extend(budgets(language).map(|draft| draft.size(5, 4)));
    panels.push(firing(language).size(3, 4));
    // What is not there leaves no gap.
    let used: u32 = panels.iter().map(|draft| draft.width).sum();
    if let Some(last) = panels.last_mut() {
        last.width += super::layout::COLUMNS.saturating_sub(used);
    }
    Section { title: None, collapsed: false, panels }
}

pub(super) fn targets(language: &Language<'_>) -> Draft {
    let (up, all) = (language.value("sum", "up", &[]), language.value("count", "up", &[]));
    Draft::new(
        PanelKind::Stat,
        "Targets up",
        "Which share of the service's targets Prometheus could scrape last. Below 100 % a process is down or can't be reached; without a \
         target Prometheus looks for none.",
    )
    .unit("percentunit")
    .no_value("no target")
    .thresholds("red", &[(0.5, "orange"), (1.0, "green")])
    .ask(Ask::new(format!("{up} / {all}"), "up"))
}

/// The operations that are counted: those whose calls or errors are, as durations are also taken of parts of calls; all if there are no
/// such, or if errors are counted of operations that can't be told.
fn counted<'o, 'a>(operations: &'o [Operation<'a>]) -> Vec<&'o Operation<'a>> {
    let all = || operations.iter().filter(|operation| sample(operation).is_some());
    let counted: Vec<_> = all().filter(|operation| operation.calls.is_some() || operation.errors.is_some()).collect();
    if counted.is_empty() || has_errors_of_others(operations) { all().collect() } else { counted }
}

/// Whether errors are counted of spans of which nothing else is: they are those of other operations.
fn has_errors_of_others(operations: &[Operation<'_>]) -> bool {
    operations.iter().any(|operation| operation.errors.is_some() && sample(operation).is_none())
}

/// The name of the sample that counts an operation.
fn sample(operation: &Operation<'_>) -> Option<String> {
    let own = operation.calls.and_then(Metric::events);
    own.or_else(|| Some(operation.events()?.1))
}

/// The sum of several sums, each once; what has no series yet counts as none.
fn total(mut parts: Vec<String>) -> Option<String> {
    parts.sort();
    parts.dedup();
    match &parts[..] {
        [] => None,
        [one] => Some(one.clone()),
        parts => Some(parts.iter().map(|part| format!("({part} or vector(0))")).collect::<Vec<_>>().join(" + ")),
    }
}

fn all_calls(language: &Language<'_>, operations: &[Operation<'_>]) -> Option<String> {
    let samples = counted(operations).into_iter().filter_map(sample);
    total(samples.map(|name| language.events(&name, &[], &[])).collect())
}

/// What failed of the operations that are counted: by their counters of errors, and by the outcome where there is none.
fn all_errors(language: &Language<'_>, operations: &[Operation<'_>]) -> Option<String> {
    let counters = operations.iter().filter_map(|operation| Some(operation.errors?.0));
    let mut errors: Vec<String> = counters.map(|errors| language.events(&errors.name, &[], &[])).collect();
    if !has_errors_of_others(operations) {
        let has_errors = |pattern: &str| {
            operations.iter().any(|operation| operation.pattern == pattern && operation.errors.is_some())
        };
        let by_outcome = counted(operations).into_iter().filter_map(|operation| {
            let (metric, name) = operation.events()?;
            let counted_already = metric.measured.iter().any(|measured| has_errors(&measured.pattern));
            (ending(metric) == Some("outcome") && !counted_already).then_some(name)
        });
        errors.extend(by_outcome.map(|name| language.events(&name, &[], &[r#"outcome="error""#.to_owned()])));
    }
    total(errors)
}

pub(super) fn rate(language: &Language<'_>, operations: &[Operation<'_>]) -> Option<Draft> {
    let draft = Draft::new(
        PanelKind::Stat,
        "Operations a second",
        "How many operations of all kinds ended, a second. The line behind is the range of time that is shown.",
    );
    Some(draft.unit("ops").ask(Ask::new(all_calls(language, operations)?, "operations")))
}

pub(super) fn error_share(language: &Language<'_>, operations: &[Operation<'_>]) -> Option<Draft> {
    let (errors, calls) = (all_errors(language, operations)?, all_calls(language, operations)?);
    let draft = Draft::new(
        PanelKind::Stat,
        "Errors",
        "Which share of all operations failed for a fault of the service. The rows below tell which.",
    );
    let draft = draft
        .unit("percentunit")
        .no_value("no calls")
        .thresholds("green", &[(0.001, "yellow"), (0.01, "orange"), (0.05, "red")])
        .ask(Ask::new(format!("({errors}) / (({calls}) > 0)"), "failed"));
    Some(draft)
}

pub(super) fn main_durations(
    language: &Language<'_>,
    watch: &Watch<'_>,
    operations: &[Operation<'_>],
) -> Option<Draft> {
    let service = &language.service.monitoring.service.value;
    let all: Vec<_> = operations
        .iter()
        .flat_map(|operation| {
            operation.durations.iter().map(move |&metric| (operation.title_of(service, metric), metric))
        })
        .collect();
    let mut main: Vec<_> = all.iter().filter(|(_, metric)| watch.has_objective(metric)).cloned().collect();
    let others = all.into_iter().filter(|(_, metric)| !watch.has_objective(metric) && watch.is_watched(metric));
    main.extend(others);
    if main.is_empty() {
        main = operations
            .iter()
            .filter_map(|operation| Some((operation.title.clone(), *operation.durations.first()?)))
            .collect();
    }
    main.truncate(MAIN);
    let (_, first) = main.first()?;
    let draft = Draft::new(
        PanelKind::Stat,
        "P95",
        "How long 19 of 20 operations take at most, of those with an objective or an alert. Their rows show since when.",
    );
    let unit = super::unit::of_value(first);
    let asks = main.iter().map(|(title, metric)| Ask::new(language.quantile(metric, 0.95, &[]), title));
    Some(draft.unit(unit).no_value("no calls").asks(asks))
}

fn recorded(language: &Language<'_>, name: &str, objective: &Objective) -> String {
    let service = quoted(&language.service.monitoring.service);
    format!("{name}{{service={service},objective={}}}", quoted(&objective.name))
}

pub(super) fn budgets(language: &Language<'_>) -> Option<Draft> {
    let objectives = &language.service.monitoring.objectives;
    objectives.first()?;
    let draft = Draft::new(
        PanelKind::Stat,
        "Error budget left",
        "How much of the bad events that each objective allows in its window is left; below zero the objective is missed. Spend it on changes, \
         stop when it is gone.",
    );
    let asks = objectives.iter().map(|objective| {
        Ask::new(recorded(language, "objective:error_budget_remaining:ratio", objective), objective.name.value.as_str())
    });
    Some(
        draft
            .unit("percentunit")
            .no_value("no events yet")
            .thresholds("red", &[(0.0, "orange"), (0.25, "yellow"), (0.5, "green")])
            .asks(asks),
    )
}

fn alerts(language: &Language<'_>, more: &str) -> String {
    format!("ALERTS{{service={},severity!=\"none\"{more}}}", quoted(&language.service.monitoring.service))
}

pub(super) fn firing(language: &Language<'_>) -> Draft {
    let firing = alerts(language, r#",alertstate="firing""#);
    Draft::new(
        PanelKind::Stat,
        "Firing alerts",
        "How many alerts of the service fire now. The row *Alerts* names them.",
    )
    .thresholds("green", &[(1.0, "red")])
    .ask(Ask::new(format!("count ({firing}) or vector(0)"), "firing"))
}

/// A panel each of budget and burn rates for every objective.
pub(super) fn objectives(language: &Language<'_>, rules: &[AlertRule]) -> Section {
    let objectives = language.service.monitoring.objectives.iter().enumerate();
    Section::new(
        "Objectives",
        objectives.flat_map(|(index, objective)| of_objective(language, rules, index, objective)).collect(),
    )
}

fn of_objective(language: &Language<'_>, rules: &[AlertRule], index: usize, objective: &Objective) -> [Draft; 2] {
    let name = &objective.name.value;
    let (target, window) = (objective.target.value, duration(objective.window));
    let promise = format!("{} {target} % of events are to be good over {window}.", objective.summary.trim());
    let left = Draft::new(
        PanelKind::TimeSeries,
        format!("{name}: error budget left"),
        format!("{promise} How much of the bad events this allows is left; at zero the objective is missed. A slope is a burn, a step an incident."),
    )
    .unit("percentunit")
    .size(12, 8)
    .no_value("no events yet")
    .thresholds("red", &[(0.0, "orange"), (0.25, "green")])
    .ask(Ask::new(recorded(language, "objective:error_budget_remaining:ratio", objective), "left"));

    let burns: Vec<_> = rules
        .iter()
        .filter_map(|rule| match rule.origin {
            AlertOrigin::Objective { index: of, burn } if of == index => Some(burn),
            _ => None,
        })
        .collect();
    let mut windows: Vec<_> = burns.iter().flat_map(|burn| [burn.short, burn.long]).collect();
    windows.sort();
    windows.dedup();
    let asks = windows.into_iter().map(|window| {
        let ratio = recorded(language, &format!("objective:bad_events:ratio_rate{}", duration(window)), objective);
        Ask::new(format!("{ratio} / {}", budget(target)), format!("over {}", duration(window)))
    });
    let mut lines: Vec<(f64, &str)> = burns.iter().map(|burn| (burn.factor, severity_color(burn.severity))).collect();
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    lines.dedup();
    let said: Vec<String> = burns
        .iter()
        .map(|burn| {
            let (long, short) = (duration(burn.long), duration(burn.short));
            format!("{} over {long} and {short} ({})", burn.factor, burn.severity.as_str())
        })
        .collect();
    let rates = Draft::new(
        PanelKind::TimeSeries,
        format!("{name}: burn rate"),
        format!(
            "{promise} How many times faster than allowed the budget is used, in several windows; at 1 it lasts exactly {window}. An alert fires when \
             both of its windows are above its line: {}.",
            words::listed(&said)
        ),
    )
    .size(12, 8)
    .no_value("no events yet")
    .thresholds("green", &lines)
    .asks(asks);
    [left, rates]
}

fn severity_color(severity: lapwing_config::monitoring::Severity) -> &'static str {
    match severity {
        lapwing_config::monitoring::Severity::Critical => "red",
        _ => "orange",
    }
}

/// Which alerts wait or fire, now and in the range that is shown.
pub(super) fn alert_row(language: &Language<'_>) -> Section {
    let all = alerts(language, "");
    let over_time = Draft::new(
        PanelKind::TimeSeries,
        "Alerts over time",
        "When which alert waited for its time to fire, and when it fired. Short ones in a row are one incident.",
    )
    .size(12, 8)
    .may_be_empty("none")
    .map(1.0, "pending", Some("yellow"))
    .map(2.0, "firing", Some("red"))
    .ask(Ask::new(
        format!(
            "max by (alertname) ({} * 2 or {})",
            alerts(language, r#",alertstate="firing""#),
            alerts(language, r#",alertstate="pending""#)
        ),
        "{{alertname}}",
    ));
    Section::new("Alerts", vec![alert_table("Alerts now", all).size(12, 8), over_time])
}

pub(super) fn alert_table(title: &str, expression: String) -> Draft {
    let mut draft = Draft::new(
        PanelKind::Table,
        title,
        "Alerts that fire or wait for their time to fire, with their labels. Each has a runbook of its name.",
    )
    .may_be_empty("none")
    .ask(Ask::new(expression, ""));
    draft.transformations = vec![json!({
        "id": "organize",
        "options": {
            "excludeByName": {"Time": true, "Value": true, "__name__": true, "job": true},
            "indexByName": {"alertstate": 0, "severity": 1, "service": 2, "alertname": 3},
            "renameByName": {"alertname": "alert", "alertstate": "state"},
        },
    })];
    draft
}
