//! The page of an alert.

use std::time::Duration;

use lapwing_config::monitoring::{Condition, Objective, Query, Severity};

use super::{cell, condition, meaning, panels::Panels, told};
use crate::{
    AlertOrigin, AlertRule, Burn, Service, Standard,
    dashboard::{Watch, budget},
    expression::{self, duration},
    rules, words,
};

/// The page of an alert of a service; `rules` have its name.
pub(super) fn of_alert(
    service: &Service,
    name: &str,
    rules: &[&AlertRule],
    watch: &Watch<'_>,
    panels: &Panels<'_>,
) -> String {
    let (first, monitoring) = (rules[0], &service.monitoring);
    let told = told::of(monitoring, first);
    let objective = objective(service, first);
    let mut page = format!("# {name}\n\n{}\n\n", summary(rules));
    page += "| | |\n| --- | --- |\n";
    page += &format!("| service | {} |\n", monitoring.service.value);
    page += &format!("| severity | {}: {} |\n", first.severity.as_str(), asks(first.severity, &told));
    let sentences = told.sentences();
    let told_of = if sentences.is_empty() { "nobody: no route takes it".to_owned() } else { sentences.join(" ") };
    page += &format!("| told | {} |\n", cell(&told_of));
    page += &format!("| dashboard | {} |\n", panels.dashboard());

    section(&mut page, "What it means", &panels.linked(first.runbook.meaning.trim()));
    section(&mut page, "When it fires", &fires(service, rules, objective));
    let list = panels.list(&watch.metrics_of(name), objective.map(|objective| objective.name.value.as_str()));
    section(&mut page, "Panels to look at", &list);
    section(&mut page, "First steps", &steps(&first.runbook.steps, panels));
    section(&mut page, "Tuning", &tuning(service, first, objective, watch, panels));
    section(&mut page, "Silencing", &silencing(service, name, first));
    section(&mut page, "When it is over", &over(service, rules, &told));
    page
}

/// What a severity asks of those who are told.
fn asks(severity: Severity, told: &told::Told<'_>) -> &'static str {
    match severity {
        Severity::Critical if !told.may_page() => "somebody acts at once; nobody is paged",
        severity => meaning(severity),
    }
}

/// The page of the alert that always fires.
pub(super) fn of_watchdog(services: &[&Service], rule: &AlertRule) -> String {
    let told = told::of_watchdog(services).sentences();
    let told = if told.is_empty() {
        "nobody: no route takes severity `none`, so nobody would miss it".to_owned()
    } else {
        told.join(" ")
    };
    let mut page = format!("# Watchdog\n\n{}\n\n| | |\n| --- | --- |\n", summary(&[rule]));
    page += &format!("| severity | none: {} |\n| told | {} |\n", meaning(rule.severity), cell(&told));
    section(&mut page, "What it means", &rule.runbook.meaning);
    section(&mut page, "When it fires", &format!("Always; one for all services.\n\n```promql\n{}\n```", rule.expr));
    section(&mut page, "When it stays away", &steps_plain(&rule.runbook.steps));
    section(&mut page, "Tuning", &rule.runbook.tuning);
    section(
        &mut page,
        "Silencing",
        "Don't: a silenced Watchdog looks like broken alerting, and its receiver raises the alarm.",
    );
    section(
        &mut page,
        "When it is over",
        "It never resolves. A resolved Watchdog means that Prometheus has lost its rules.",
    );
    page
}

/// The first line of an alert, with the labels of its series as words.
pub(super) fn summary(rules: &[&AlertRule]) -> String {
    let [rule, ..] = rules else { return String::new() };
    if let (AlertOrigin::Objective { .. }, Some(objective)) = (rule.origin, rule.label("objective")) {
        let least = burns_of(rules).map(|burn| burn.factor).fold(f64::INFINITY, f64::min);
        return format!("The error budget of {objective} burns {least} times too fast, or faster");
    }
    let text = rule.annotation("summary").unwrap_or_default();
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out += before;
        let Some((inside, behind)) = after.split_once("}}") else {
            out += "{{";
            rest = after;
            continue;
        };
        let inside = inside.trim();
        let said = inside.strip_prefix("$labels.").map(|label| format!("‹{label}›"));
        // A string in braces is what the template yields.
        let literal = inside.strip_prefix('"').and_then(|inside| inside.strip_suffix('"')).map(str::to_owned);
        out += &said.or(literal).unwrap_or_else(|| "‹value›".to_owned());
        rest = behind;
    }
    out + rest
}

fn burns_of<'a>(rules: &'a [&AlertRule]) -> impl Iterator<Item = Burn> + 'a {
    rules.iter().filter_map(|rule| match rule.origin {
        AlertOrigin::Objective { burn, .. } => Some(burn),
        _ => None,
    })
}

fn section(page: &mut String, title: &str, text: &str) {
    if !text.trim().is_empty() {
        *page += &format!("\n## {title}\n\n{}\n", text.trim());
    }
}

fn steps(steps: &[String], panels: &Panels<'_>) -> String {
    let linked: Vec<String> = steps.iter().map(|step| panels.linked(step)).collect();
    steps_plain(&linked)
}

fn steps_plain(steps: &[String]) -> String {
    steps.iter().enumerate().map(|(index, step)| format!("{}. {step}\n", index + 1)).collect()
}

fn objective<'a>(service: &'a Service, rule: &AlertRule) -> Option<&'a Objective> {
    match rule.origin {
        AlertOrigin::Objective { index, .. } => service.monitoring.objectives.get(index),
        _ => None,
    }
}

fn fires(service: &Service, rules: &[&AlertRule], objective: Option<&Objective>) -> String {
    let first = rules[0];
    let mut text = match (objective, first.origin) {
        (Some(objective), _) => burns(service, rules, objective),
        (None, AlertOrigin::Declared(index)) => service
            .monitoring
            .alerts
            .get(index)
            .map(|alert| condition::said(service, &alert.condition))
            .unwrap_or_default(),
        (None, AlertOrigin::Standard(standard)) => standard_condition(standard).to_owned(),
        (None, AlertOrigin::Objective { .. }) => String::new(),
    };
    text += match first.for_.is_zero() {
        true => "\n\nIt fires at once",
        false => "\n\nIt is pending",
    };
    if !first.for_.is_zero() {
        text += &format!(" at first and fires when this has held for {}", duration(first.for_));
    }
    text += &match first.keep_firing_for.is_zero() {
        true => ", and stops at the first evaluation at which it no longer holds.".to_owned(),
        false => format!(
            ", and goes on for {} after it last held, so that one that comes and goes tells once.",
            duration(first.keep_firing_for)
        ),
    };
    for rule in rules {
        text += &format!("\n\n```promql\n{}\n```", rule.expr);
    }
    text
}

/// The burn rates of an objective: how fast, over which windows, and how long the budget then lasts.
fn burns(service: &Service, alerts: &[&AlertRule], objective: &Objective) -> String {
    let (target, window) = (objective.target.value, duration(objective.window));
    let allowed = budget(target);
    let mut text = format!(
        "{} {target} % of events are to be good over {window}, so {} % may be bad: the error budget. {} The alert fires when the budget burns too \
         fast over a long window, which says that it matters, and over a short one, which says that it still goes on. With fewer than {} events \
         in the long window it does not fire.\n\n",
        objective.summary.trim(),
        words::percent(allowed),
        condition::good(service, objective),
        objective.min_events,
    );
    text += "| burn rate | windows | bad events above | budget used by then | budget gone after |\n| --- | --- | --- | --- | --- |\n";
    text.extend(burns_of(alerts).map(|burn| row(&burn, allowed, objective.window)));
    text += &format!("\nAt a burn rate of 1 the budget lasts exactly {window}; “gone after” counts from a full one.");
    if !rules::pages(objective) {
        return text + " Nobody is paged: even if all events are bad, the budget burns too slowly for that.";
    }
    text + " While the page of an objective fires, its ticket is muted."
}

fn row(burn: &Burn, allowed: f64, window: Duration) -> String {
    let used = burn.factor * burn.long.as_secs_f64() / window.as_secs_f64();
    let lasts = Duration::from_secs((window.as_secs_f64() / burn.factor / 60.0).round() as u64 * 60);
    format!(
        "| {} | {} and {} | {} % | {} % | {} |\n",
        burn.factor,
        duration(burn.long),
        duration(burn.short),
        words::percent(burn.factor * allowed),
        words::percent((used * 1e4).round() / 1e4),
        duration(lasts)
    )
}

fn standard_condition(standard: Standard) -> &'static str {
    match standard {
        Standard::TargetDown => "The last scrape of a target failed. Each target is an alert of its own.",
        Standard::Absent => "Prometheus has no target of the job at all, neither up nor down.",
        Standard::NoMetrics => {
            "A target answers scrapes, but a metric that is always there is missing. `up` stays at 1 then, so only this alert says it."
        }
        Standard::SeriesOverflow => {
            "A metric reached the limit of its series in the time shown in the query, or has a series that holds what no longer had room."
        }
        Standard::TelemetryProblems => {
            "Telemetry refused or altered something in the time shown in the query. Each reason is an alert of its own."
        }
        Standard::ScrapeSlow => "The last scrape took more than half of the time after which Prometheus gives up.",
        Standard::Watchdog => "Always.",
    }
}

fn tuning(
    service: &Service,
    rule: &AlertRule,
    objective: Option<&Objective>,
    watch: &Watch<'_>,
    panels: &Panels<'_>,
) -> String {
    let mut text = panels.linked(rule.runbook.tuning.trim());
    if matches!(rule.origin, AlertOrigin::Standard(_)) {
        return text;
    }
    for name in watch.metrics_of(&rule.name) {
        let Some(metric) = service.signals.metric(&name) else { continue };
        let Some(bounds) = &metric.bounds else { continue };
        let bounds: Vec<String> = bounds.iter().map(|&bound| words::with_unit(bound, &metric.unit)).collect();
        text += &format!(
            "\n\nBounds of `{name}`: {}. A threshold that is none of them is a guess between two; bounds are in `{}`, under `views`.",
            bounds.join(", "),
            service.monitoring.telemetry.display()
        );
    }
    let place = match (objective, rule.origin) {
        (Some(objective), _) => format!("`objectives`, `{}`", objective.name.value),
        _ => format!("`alerts`, `{}`", rule.name),
    };
    text + &format!("\n\nIt is declared in `monitoring.yaml` under {place}; generate again after a change.")
}

fn silencing(service: &Service, name: &str, rule: &AlertRule) -> String {
    let by: Vec<String> = match rule.origin {
        AlertOrigin::Declared(index) => service
            .monitoring
            .alerts
            .get(index)
            .and_then(|alert| match &alert.condition {
                Condition::Threshold { query, .. } => expression::series(query),
                Condition::PromQl(_) => None,
            })
            .map(|of| condition::apart(service, of))
            .unwrap_or_default(),
        AlertOrigin::Standard(Standard::TelemetryProblems) => vec!["instance".to_owned(), "reason".to_owned()],
        AlertOrigin::Standard(Standard::Absent | Standard::Watchdog) => Vec::new(),
        AlertOrigin::Standard(_) => vec!["instance".to_owned()],
        AlertOrigin::Objective { .. } => Vec::new(),
    };
    let mut text = format!(
        "```sh\namtool silence add --alertmanager.url=http://127.0.0.1:9093 --author=\"$USER\" --duration=2h --comment='why' \\\n  alertname={name} service={}\n```\n",
        service.monitoring.service.value
    );
    if !by.is_empty() {
        let labels: Vec<String> = by.iter().map(|label| format!("`{label}=…`")).collect();
        text += &format!("\nAdd {} to silence one and still hear of others.\n\n", words::listed(&labels));
    }
    if !text.ends_with("\n\n") {
        text += "\n";
    }
    text + "Say why and until when: a silence that nobody remembers hides the next failure."
}

fn over(service: &Service, rules: &[&AlertRule], told: &told::Told<'_>) -> String {
    let rule = rules[0];
    let window = match rule.origin {
        AlertOrigin::Declared(index) => service.monitoring.alerts.get(index).and_then(|alert| match &alert.condition {
            Condition::Threshold { query: Query::Value { .. }, .. } | Condition::PromQl(_) => None,
            Condition::Threshold { query, .. } => Some(expression::series(query)?.over),
        }),
        AlertOrigin::Objective { .. } => burns_of(rules).map(|burn| burn.short).max(),
        AlertOrigin::Standard(_) => None,
    };
    let mut text = match window {
        Some(window) => format!(
            "The query looks back over {}: after the cause is gone it takes up to that long until the condition no longer holds. ",
            duration(window)
        ),
        None => String::new(),
    };
    if !rule.keep_firing_for.is_zero() {
        text += &format!(
            "Once the condition no longer holds, the alert fires for another {}, so that it doesn't come and go (`keep_firing_for`). ",
            duration(rule.keep_firing_for)
        );
    }
    if rule.severity == Severity::None {
        return text;
    }
    text += &told.resolved();
    text
}
