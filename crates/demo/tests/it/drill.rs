use std::fs;

use rustix::process::Signal;
use serde_json::Value;
use stack::{Part, need};

use crate::program::{Demo, processes_of};

fn drilled(stack: &str, parts: [Part; 2]) {
    if parts.into_iter().any(|part| need(part).is_none()) {
        return;
    }
    let (ended, folder) = Demo::start(&[
        "drill",
        "SigilLoadTestFailed",
        "SigilNoMetrics",
        "SigilTargetDown",
        "--stack",
        stack,
        "--report",
        "r.json",
    ])
    .end();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(processes_of(folder.path()).is_empty());
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    let drills = report["drills"].as_array().unwrap();
    assert!(report["alerts_defined"].as_u64().unwrap() > drills.len() as u64);
    let alerts: Vec<_> = drills.iter().map(|drill| drill["alert"].as_str().unwrap()).collect();
    assert_eq!(alerts, ["SigilLoadTestFailed", "SigilNoMetrics", "SigilTargetDown"]);
    for drill in drills {
        assert_eq!((&drill["ok"], &drill["why_not"]), (&Value::from(true), &Value::Null), "{drill}");
        let seconds = |name: &str| drill["seconds"][name].as_f64().unwrap();
        assert!(seconds("pending") <= seconds("firing") && seconds("resolved") > 0.0, "{drill}");
        assert!(ended.said.contains(&format!("{}: firing after", drill["alert"].as_str().unwrap())), "{}", ended.said);
    }
    let told = |drill: &Value| {
        let mut told: Vec<_> =
            drill["channels"].as_array().unwrap().iter().map(|told| told.as_str().unwrap().to_owned()).collect();
        told.sort();
        told
    };
    assert_eq!(told(&drills[0]), ["slack"]);
    assert_eq!(told(&drills[1]), ["pagerduty", "slack"]);
    assert_eq!(told(&drills[2]), ["pagerduty", "slack"]);
}

fn crashed(stack: &str, parts: [Part; 2]) {
    if parts.into_iter().any(|part| need(part).is_none()) {
        return;
    }
    let (ended, folder) = Demo::start(&["drill", "--chaos", "--stack", stack, "--report", "r.json"]).end();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(processes_of(folder.path()).is_empty());
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    let crashes = report["crashes"].as_array().unwrap();
    let facts: Vec<_> = crashes
        .iter()
        .map(|crash| (crash["name"].as_str().unwrap(), crash["facts"].as_array().unwrap().len()))
        .collect();
    assert_eq!(facts, [("kill-alertmanager", 6), ("kill-prometheus", 5), ("kill-service", 4)]);
    let all = crashes.iter().flat_map(|crash| crash["facts"].as_array().unwrap());
    all.for_each(|fact| assert_eq!(fact["ok"], true, "{fact}"));
}

#[test]
fn crashes_lose_what_is_said_on_the_old_stack() {
    crashed("old", [Part::Prometheus2, Part::Alertmanager25]);
}

#[test]
fn crashes_lose_what_is_said_on_the_new_stack() {
    crashed("new", [Part::Prometheus3, Part::Alertmanager33]);
}

#[test]
fn drills_succeed_on_the_old_stack() {
    drilled("old", [Part::Prometheus2, Part::Alertmanager25]);
}

#[test]
fn drills_succeed_on_the_new_stack() {
    drilled("new", [Part::Prometheus3, Part::Alertmanager33]);
}

#[test]
fn misspelt_drill_gets_the_nearest() {
    let (ended, _) = Demo::start(&["drill", "SigilDiskLo"]).end();
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    assert!(ended.said.contains("there is no drill SigilDiskLo; did you mean SigilDiskLow"), "{}", ended.said);
}

#[test]
fn interrupted_drill_leaves_nothing_behind() {
    if need(Part::Prometheus2).is_none() || need(Part::Alertmanager25).is_none() {
        return;
    }
    let mut demo = Demo::start(&["drill", "SigilDiskLow"]);
    demo.await_line("1 drills with");
    demo.signal(Signal::INT);
    let (ended, folder) = demo.end();
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert!(processes_of(folder.path()).is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
