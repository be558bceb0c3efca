use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};
use stack::{Part, need};

use crate::program::{Demo, processes_of};

#[test]
fn incident_is_told_from_fault_to_resolved_on_the_old_stack() {
    let (Some(prometheus), Some(_)) = (need(Part::Prometheus2), need(Part::Alertmanager25)) else { return };
    let program = prometheus.program("prometheus");
    let arguments = ["--incident", "--report", "report.json", "--prometheus", program.to_str().unwrap()];
    let mut demo = Demo::start(&arguments);
    demo.await_line_with("over");
    demo.signal(Signal::INT);
    let (ended, folder) = demo.end();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(processes_of(folder.path()).is_empty());

    let told: Vec<&str> = ended.said.lines().filter(|line| line.starts_with("incident [")).collect();
    let place = |words: &str| {
        let found = told.iter().position(|line| line.contains(words));
        found.unwrap_or_else(|| panic!("`{words}` is not told in {told:#?}"))
    };
    let (slack, pagerduty) = (place("received by slack after"), place("received by pagerduty after"));
    let steps = [
        place("the Watchdog has arrived"),
        place("fault: "),
        place("pending after"),
        place("firing after"),
        slack.min(pagerduty),
        slack.max(pagerduty),
        place("healed after"),
        place("resolved everywhere"),
        place("over: it went as it should"),
    ];
    assert!(steps.is_sorted(), "{told:#?}");

    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(report["problems"], json!([]));
    assert!(report["prometheus"]["version"].as_str().unwrap().starts_with("2.42"), "{}", report["prometheus"]);
    assert!(report["alerting"]["alertmanager"].as_str().unwrap().starts_with("0.25"), "{}", report["alerting"]);
    let incident = &report["incident"];
    assert_eq!((&incident["ok"], &incident["alert"]), (&json!(true), &json!("SigilDatabaseUnreachable")));
    for channel in ["slack", "pagerduty"] {
        let counts = &report["alerting"][channel];
        assert!(incident["channels"].as_array().unwrap().contains(&json!(channel)), "{incident}");
        assert!(counts["firing"].as_u64() > Some(0) && counts["resolved"].as_u64() > Some(0), "{counts}");
    }
}

#[test]
fn incident_that_is_not_over_in_time_is_a_failure() {
    if need(Part::Prometheus3).is_none() || need(Part::Alertmanager33).is_none() {
        return;
    }
    let (ended, _) = Demo::start(&["--incident", "--duration", "2s"]).end();
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert!(ended.said.contains("the demo ended before it was over; give it a --duration of 60s"), "{}", ended.said);
}

#[test]
fn incident_needs_somebody_to_tell() {
    let (ended, _) = Demo::without_prometheus(&["--incident"]).end();
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert!(ended.said.contains("--incident needs Prometheus and Alertmanager"), "{}", ended.said);
}
