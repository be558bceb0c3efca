//! `monitoring.yaml`: what a file gives.

mod errors;
mod fuzz;

use std::time::Duration;

use lapwing_config::{
    ConfigError, Finding,
    monitoring::{
        Aggregate, Channel, Comparison, Condition, Good, Monitoring, PanelKind, Query, Severity, load, parse,
    },
};

use crate::support::brief;

/// Every key once.
const FULL: &str = include_str!("monitoring/full.yaml");
const SIGIL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../otel-config/sigil/monitoring.yaml");

/// Reads `body` after `file_format` and `service`, so that its first line is line 3.
fn read(body: &str) -> Result<Monitoring, ConfigError> {
    parse(&format!("file_format: \"1.0\"\nservice: sigil\n{body}"), "m.yaml")
}

fn good(body: &str) -> Monitoring {
    read(body).unwrap_or_else(|error| panic!("{error}"))
}

fn bad(body: &str) -> Vec<Finding> {
    match read(body) {
        Err(ConfigError::Invalid(findings)) => findings,
        Err(error) => panic!("{error}"),
        Ok(monitoring) => panic!("no error: {monitoring:#?}"),
    }
}

/// `line:column message (help)` of each error.
fn errors(body: &str) -> Vec<String> {
    bad(body).iter().map(brief).collect()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn what_is_not_said_has_its_default() {
    let monitoring = good("");
    assert_eq!((monitoring.service.as_str(), monitoring.scrape.job.as_str()), ("sigil", "sigil"));
    assert_eq!((monitoring.scrape.interval, monitoring.scrape.evaluation_interval), (seconds(15), seconds(30)));
    assert_eq!(monitoring.telemetry.to_str(), Some("telemetry.yaml"));
    assert_eq!(monitoring.standard_alerts.target_down, Some(seconds(120)));
    assert_eq!(monitoring.standard_alerts.overflow, Some(seconds(0)));
    assert!(monitoring.alerts.is_empty() && monitoring.objectives.is_empty() && monitoring.routes.is_empty());
}

#[test]
fn the_services_own_file_is_read() {
    let monitoring = load(SIGIL).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(monitoring.objectives.len(), 3);
    let Good::Within { within, .. } = &monitoring.objectives[1].good else { panic!() };
    assert_eq!((within.value, monitoring.objectives[1].target.value), (0.5, 99.0));
    let open = monitoring.alerts.iter().find(|alert| alert.name.as_str() == "SigilCircuitOpen").expect("the alert");
    let Condition::Threshold { query: Query::Value { of, aggregate }, comparison, threshold, .. } = &open.condition
    else {
        panic!("{open:?}")
    };
    assert_eq!((*aggregate, *comparison, threshold.value), (Aggregate::Max, Comparison::Above, 0.0));
    assert_eq!((of.instrument.as_str(), of.by[0].as_str()), ("dnastore.circuit.state", "backend"));
    assert_eq!((open.for_, open.keep_firing_for, open.severity.value), (seconds(60), seconds(60), Severity::Critical));
    let Channel::Slack { channel, .. } = &monitoring.receivers[0].channel else { panic!() };
    assert_eq!(channel, "#sigil-alerts");
    assert_eq!(monitoring.routes[2].group_wait, seconds(0));
}

#[test]
fn every_key_has_its_place_in_the_model() {
    let monitoring = parse(FULL, "full.yaml").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((monitoring.file.as_str(), monitoring.scrape.job.as_str()), ("full.yaml", "sigil-blue"));
    assert_eq!(monitoring.links.runbook.as_deref(), Some("https://wiki.example.org/{service}/{alert}"));
    let objective = &monitoring.objectives[0];
    let Good::Events { instrument, good, of } = &objective.good else { panic!("{objective:?}") };
    assert_eq!(
        (instrument.as_str(), good[0].0.as_str(), good[0].1.as_slice()),
        ("sigil.encode", "outcome", &["ok".to_owned()][..])
    );
    assert_eq!(of[0].1, ["eu", "us"]);
    assert_eq!((objective.window, objective.min_events), (seconds(28 * 86_400), 50));
    assert_eq!((objective.runbook.meaning.as_str(), objective.runbook.steps.len()), ("Callers wait.", 2));
    let kinds: Vec<&str> = monitoring
        .alerts
        .iter()
        .map(|alert| match &alert.condition {
            Condition::Threshold { query: Query::Quantile { q, .. }, threshold, min_events, .. } => {
                assert_eq!((q.value, threshold.value, *min_events), (0.95, 0.5, 20));
                "quantile"
            }
            Condition::Threshold { query: Query::Rate { per, .. }, .. } => {
                assert_eq!(*per, seconds(60));
                "rate"
            }
            Condition::Threshold { query: Query::Increase(of), .. } => {
                assert_eq!(of.over, seconds(3600));
                "increase"
            }
            Condition::Threshold { query: Query::Share { part, .. }, comparison: Comparison::Above, .. } => {
                assert_eq!(part[0].0.as_str(), "outcome");
                "share"
            }
            Condition::Threshold { query: Query::Value { aggregate: Aggregate::Min, .. }, .. } => "value",
            Condition::PromQl(_) => "promql",
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["quantile", "rate", "increase", "share", "value", "promql"]);
    assert_eq!(monitoring.alerts[0].labels, [("team".to_owned(), "seal".to_owned())]);
    assert_eq!(monitoring.alerts[0].description.as_ref().map(|text| text.as_str()), Some("It is {{ $value }} s."));
    let test = &monitoring.alerts[5].tests[0];
    let (series, values) = &test.series[0];
    assert_eq!((series.as_str(), values.as_str()), ("sigil_disk_free_bytes{job=\"sigil\"}", "1000-10x20 1000x60"));
    assert_eq!(
        (test.interval, &test.fires_at[..], &test.quiet_at[..]),
        (seconds(30), &[seconds(600), seconds(720)][..], &[seconds(0), seconds(2400)][..])
    );
    assert_eq!((monitoring.standard_alerts.overflow, monitoring.standard_alerts.absent), (None, Some(seconds(600))));
    let panel = &monitoring.dashboard.rows[0].panels[0];
    assert_eq!((panel.kind, panel.width), (PanelKind::StateTimeline, Some(12)));
    assert_eq!(panel.thresholds, [(None, "green".to_owned()), (Some(0.5), "red".to_owned())]);
    assert_eq!(panel.mappings, [(0.0, "closed".to_owned(), Some("green".to_owned())), (2.0, "open".to_owned(), None)]);
    assert_eq!(panel.queries[0].1.as_deref(), Some("{{backend}}"));
    assert!(monitoring.dashboard.rows[0].collapsed);
    assert_eq!(monitoring.dashboard.variables[0].label.as_str(), "backend");
    let Channel::PagerDuty { url, .. } = &monitoring.receivers[1].channel else { panic!() };
    assert_eq!(url.as_deref(), Some("http://127.0.0.1:9096"));
    let route = &monitoring.routes[0];
    assert_eq!(route.severity, [Severity::Critical, Severity::Warning]);
    assert_eq!(route.matches, [("objective".to_owned(), "encode-success".to_owned())]);
    assert_eq!((route.group_interval, route.repeat_interval), (seconds(60), seconds(3600)));
}

#[test]
fn what_stands_in_an_expression_can_be_pointed_at() {
    let monitoring = parse(FULL, "full.yaml").unwrap_or_else(|error| panic!("{error}"));
    let Condition::PromQl(expression) = &monitoring.alerts[5].condition else { panic!() };
    let at = expression.find("86400").expect("the number");
    let place = expression.place_of(at..at + 5);
    let line = FULL.lines().nth(place.line - 1).expect("the line");
    assert_eq!(line.chars().skip(place.column - 1).take(place.width).collect::<String>(), "86400");
    assert_ne!(place.line, expression.place().line);
    let summary = &monitoring.alerts[0].summary;
    let at = summary.find("$value").expect("the variable");
    let place = summary.place_of(at..at + 6);
    let line = FULL.lines().nth(place.line - 1).expect("the line");
    assert_eq!(line.chars().skip(place.column - 1).take(place.width).collect::<String>(), "$value");
}

#[test]
fn nothing_is_substituted() {
    let body =
        "alerts: [{name: A, severity: info, summary: \"${HOME} $$\", condition: {promql: \"x{a=\\\"${b}\\\"} > 1\"}}]";
    assert_eq!(good(body).alerts[0].summary.as_str(), "${HOME} $$");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = load("/nowhere/monitoring.yaml").unwrap_err().to_string();
    assert!(error.starts_with("cannot read configuration `/nowhere/monitoring.yaml`: "), "{error}");
}
