//! Declarations of services, as the tests need them.

use std::{path::PathBuf, time::Duration};

use lapwing_config::monitoring::{
    Aggregate, Alert, Channel, Comparison, Condition, Dashboard, Good, Links, Located, Monitoring, Objective, Query,
    Receiver, Route, Runbook, Scrape, Series, Severity, StandardAlerts,
};
use lapwing_document::Place;
use lapwing_monitor::{Service, Signals};

/// A value written at the given place.
pub(crate) fn at<T>(line: usize, value: T) -> Located<T> {
    Located::at(value, Place { line, column: 7, width: 5 })
}

pub(crate) fn text(value: &str) -> Located<String> {
    at(1, value.to_owned())
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn series(instrument: &str, by: &[&str]) -> Series {
    let by = by.iter().map(|label| text(label)).collect();
    Series { instrument: text(instrument), over: seconds(300), by, filter: Vec::new() }
}

pub(crate) fn quantile(instrument: &str, q: f64) -> Query {
    Query::Quantile { of: series(instrument, &[]), q: at(1, q) }
}

pub(crate) fn value(instrument: &str, aggregate: Aggregate) -> Query {
    Query::Value { of: series(instrument, &["backend"]), aggregate }
}

pub(crate) fn threshold(query: Query, comparison: Comparison, threshold: f64) -> Condition {
    Condition::Threshold { query, comparison, threshold: at(1, threshold), min_events: 0 }
}

pub(crate) fn alert(name: &str, severity: Severity, condition: Condition) -> Alert {
    Alert {
        name: text(name),
        severity: at(1, severity),
        summary: text("something is \"wrong\": {{ $labels.backend }}"),
        description: None,
        condition,
        for_: seconds(300),
        keep_firing_for: seconds(60),
        labels: Vec::new(),
        runbook: Runbook::default(),
        tests: Vec::new(),
    }
}

pub(crate) fn objective(name: &str, target: f64, good: Good) -> Objective {
    Objective {
        name: text(name),
        summary: "Contents are sealed.".to_owned(),
        target: at(1, target),
        window: seconds(30 * 86_400),
        good,
        min_events: 20,
        runbook: Runbook::default(),
    }
}

pub(crate) fn outcome_ok(instrument: &str) -> Good {
    let ok = vec![(text("outcome"), vec!["ok".to_owned()])];
    Good::Events { instrument: text(instrument), good: ok, of: Vec::new() }
}

pub(crate) fn within(instrument: &str, within: f64) -> Good {
    Good::Within { instrument: text(instrument), within: at(14, within), good: Vec::new(), of: Vec::new() }
}

/// The signals of `otel-config/sigil/telemetry.yaml`.
pub(crate) fn signals() -> Signals {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../otel-config/sigil/telemetry.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    Signals::new(&lapwing_config::parse(&text, file, &|_| None).unwrap())
}

/// A service with an alert of each kind.
pub(crate) fn sigil() -> Service {
    let rate = Query::Rate { of: series("sigil.error", &["operation"]), per: seconds(60) };
    let filling = "predict_linear(sigil_disk_free_bytes[6h], 86400) < 0";
    let of = |severity: &[Severity], receivers: &[&str]| Route {
        severity: severity.to_vec(),
        matches: Vec::new(),
        receivers: receivers.iter().map(|name| text(name)).collect(),
        group_wait: seconds(30),
        group_interval: seconds(300),
        repeat_interval: seconds(4 * 3600),
    };
    let receiver = |name: &str, channel| Receiver { name: text(name), channel };
    let monitoring = Monitoring {
        file: "sigil/monitoring.yaml".to_owned(),
        service: text("sigil"),
        telemetry: PathBuf::from("telemetry.yaml"),
        scrape: Scrape { job: text("sigil"), interval: seconds(15), evaluation_interval: seconds(30) },
        links: Links { runbook: None, dashboard: Some("http://127.0.0.1:3000/d/{uid}".to_owned()) },
        objectives: vec![
            objective("encode-success", 99.9, outcome_ok("sigil.encode")),
            objective("encode-latency", 99.0, within("sigil.encode.duration", 0.5)),
        ],
        alerts: vec![
            alert(
                "SigilEncodeSlow",
                Severity::Warning,
                threshold(quantile("sigil.encode.duration", 0.95), Comparison::Above, 1.0),
            ),
            alert("SigilErrors", Severity::Warning, threshold(rate, Comparison::Above, 1.0)),
            alert(
                "SigilCircuitOpen",
                Severity::Critical,
                threshold(value("dnastore.circuit.state", Aggregate::Max), Comparison::Equals, 2.0),
            ),
            alert(
                "SigilDiskLow",
                Severity::Critical,
                threshold(value("sigil.disk.free", Aggregate::Min), Comparison::Below, 1_073_741_824.0),
            ),
            alert("SigilDiskFilling", Severity::Warning, Condition::PromQl(text(filling))),
        ],
        standard_alerts: StandardAlerts::default(),
        dashboard: Dashboard { uid: Some(text("sigil-v2")), ..Dashboard::default() },
        receivers: vec![
            receiver(
                "slack",
                Channel::Slack { api_url_file: "/secrets/slack".to_owned(), channel: "#sigil-alerts".to_owned() },
            ),
            receiver("pagerduty", Channel::PagerDuty { routing_key_file: "/secrets/pagerduty".to_owned(), url: None }),
            receiver("dead-mans-switch", Channel::Webhook { url: "http://127.0.0.1:9095/watchdog".to_owned() }),
        ],
        routes: vec![
            of(&[Severity::Critical], &["pagerduty", "slack"]),
            of(&[Severity::Warning, Severity::Info], &["slack"]),
            of(&[Severity::None], &["dead-mans-switch"]),
        ],
    };
    Service { monitoring, signals: signals() }
}

/// The same by another name.
pub(crate) fn called(name: &str) -> Service {
    let mut service = sigil();
    let monitoring = &mut service.monitoring;
    (monitoring.service, monitoring.scrape.job) = (at(2, name.to_owned()), at(3, name.to_owned()));
    monitoring.file = format!("{name}/monitoring.yaml");
    monitoring.dashboard.uid = None;
    service
}

/// The service as `otel-config/sigil` declares it.
pub(crate) fn declared_sigil() -> Service {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../otel-config/sigil/monitoring.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let monitoring = lapwing_config::monitoring::parse(&text, "otel-config/sigil/monitoring.yaml").unwrap();
    Service { monitoring, signals: signals() }
}
