//! Alerts.

use std::time::Duration;

use super::{each, objective::runbook, query::query, value};
use crate::{
    cursor::{Context, Field, Mapping},
    keys::{ALERT, ALERT_TEST, CONDITION, STANDARD_ALERTS},
    monitoring::{Alert, AlertTest, Comparison, Condition, Located, Query, Severity, StandardAlerts},
};

/// Words of `severity`.
pub(super) const SEVERITIES: [(&str, Severity); 4] = [
    ("none", Severity::None),
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("critical", Severity::Critical),
];

pub(super) fn alert(cx: &Context, field: Field<'_>) -> Option<Alert> {
    let mapping = Mapping::open(cx, field, &ALERT)?;
    let name = mapping.required("name").and_then(|field| value::camel(cx, field));
    let severity = mapping.required("severity");
    let severity = severity.and_then(|field| Some(Located::at(field.word(cx, &SEVERITIES)?, field.place())));
    let summary = mapping.required("summary").and_then(|field| value::text(cx, field));
    let description = mapping.field("description").and_then(|field| value::text(cx, field));
    let condition = mapping.required("condition").and_then(|field| condition(cx, field));
    let for_ = value::time_or(&mapping, "for", Duration::ZERO);
    let keep_firing_for = value::time_or(&mapping, "keep_firing_for", Duration::ZERO);
    let taken = ["alertname", "service", "severity"];
    let labels = mapping.field("labels").map(|field| value::labels(cx, field, &taken)).unwrap_or_default();
    let runbook = runbook(&mapping);
    let tests = each(&mapping, "tests", "test", test);
    Some(Alert {
        name: name?,
        severity: severity?,
        summary: summary?,
        description,
        condition: condition?,
        for_,
        keep_firing_for,
        labels,
        runbook,
        tests,
    })
}

fn test(cx: &Context, field: Field<'_>) -> Option<AlertTest> {
    let mapping = Mapping::open(cx, field, &ALERT_TEST)?;
    let interval = value::positive(&mapping, "interval", Duration::from_secs(60));
    let series = mapping.field("series").map(|field| value::texts(cx, field)).unwrap_or_default();
    let (fires_at, quiet_at) = (value::times(&mapping, "fires_at"), value::times(&mapping, "quiet_at"));
    if mapping.field("fires_at").is_none() && mapping.field("quiet_at").is_none() {
        let help = "add `fires_at` or `quiet_at`, such as [10m]".to_owned();
        cx.error(mapping.place, "this test does not say when the alert fires, nor when it does not", Some(help));
    }
    Some(AlertTest { interval, series, fires_at, quiet_at })
}

fn condition(cx: &Context, field: Field<'_>) -> Option<Condition> {
    let mapping = Mapping::open(cx, field, &CONDITION)?;
    let [queries, comparisons] = CONDITION.groups else { return None };
    let asked = mapping.one_of(queries);
    let compared = mapping.one_of(comparisons);
    let query = asked.and_then(|(key, field)| query(cx, key, field));
    let comparison = |key| match key {
        "above" => Some(Comparison::Above),
        "below" => Some(Comparison::Below),
        "equals" => Some(Comparison::Equals),
        _ => None,
    };
    let threshold = compared.and_then(|(key, field)| Some((comparison(key)?, value::number(cx, field)?)));
    let min_events = value::events(&mapping, "min_events", 0);
    match query? {
        Query::PromQl(expression) => {
            if let Some(field) = mapping.field("min_events") {
                let help = "say it in the expression".to_owned();
                cx.error(field.key_place, "`min_events` has no effect beside `promql`", Some(help));
            }
            compared.map(|_| Condition::PromQl(expression))
        }
        query => {
            let (comparison, threshold) = threshold?;
            Some(Condition::Threshold { query, comparison, threshold, min_events })
        }
    }
}

pub(super) fn standard_alerts(cx: &Context, field: Field<'_>) -> StandardAlerts {
    let mut alerts = StandardAlerts::default();
    let Some(mapping) = Mapping::open(cx, field, &STANDARD_ALERTS) else { return alerts };
    for (key, alert) in [
        ("target_down", &mut alerts.target_down),
        ("absent", &mut alerts.absent),
        ("no_metrics", &mut alerts.no_metrics),
        ("overflow", &mut alerts.overflow),
        ("problems", &mut alerts.problems),
        ("slow_scrape", &mut alerts.slow_scrape),
    ] {
        match mapping.field(key) {
            Some(field) if field.node.as_str() == Some("off") => *alert = None,
            Some(field) => *alert = value::time(cx, field).or(*alert),
            None => {}
        }
    }
    alerts
}
