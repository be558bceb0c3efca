use std::fs;

use serde_json::{Value, json};
use stack::{Part, need};

use crate::program::{Demo, processes_of};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn report_has_every_declared_metric_with_a_real_value() {
    if need(Part::Prometheus3).is_none() {
        return;
    }
    let demo = Demo::start(&["--duration", "8s", "--report", "report.json"]);
    let (ended, folder) = demo.end();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(processes_of(folder.path()).is_empty());
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();

    assert_eq!((&report["problems"], &report["window"]), (&json!([]), &json!("30s")));
    assert_eq!((&report["prometheus"]["targets"], &report["prometheus"]["targets_up"]), (&json!(1), &json!(1)));
    assert!(report["prometheus"]["version"].as_str().unwrap().starts_with(['2', '3']));
    assert_eq!(report["services"][0]["name"], "sigil");
    assert_eq!(report["services"][0]["up"], true);
    assert!(report["services"][0]["address"].as_str().unwrap().starts_with("127.0.0.1:"));

    let metrics = &report["metrics"];
    for name in
        ["sigil_encode_total", "sigil_verify_total", "sigil_revoke_total", "sigil_gc_total", "sigil_gc_removed_total"]
    {
        assert!(number(&metrics[name]["count"]) > 0.0, "{name}: {}", metrics[name]);
    }
    for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "build_info"] {
        assert!(number(&metrics[name]["count"]) > 0.0, "{name}: {}", metrics[name]);
    }
    // Both outcomes are there from the start, and each span that is counted is timed.
    for operation in ["encode", "verify"] {
        let (calls, durations) =
            (&metrics[format!("sigil_{operation}_total")], &metrics[format!("sigil_{operation}_duration_seconds")]);
        assert_eq!(calls["series"], 2);
        assert_eq!(calls, durations);
    }
    let stores = if need(Part::Postgres15).is_some() { 2 } else { 1 };
    assert_eq!(metrics["dnastore_circuit_state"], json!({"series": stores, "count": 0}));
    assert_eq!(metrics["sigil_database_up"], json!({"series": stores, "count": stores}));
    assert_eq!(metrics["sigil_outbox_pending"]["series"], stores - 1);
    assert!(number(&metrics["sigil_load_test_throughput"]["count"]) > 1.0);

    let quantiles = report["quantiles"].as_object().unwrap();
    assert_eq!(quantiles.len(), 5);
    for name in ["sigil_encode_duration_seconds", "sigil_verify_duration_seconds", "sigil_storage_write_seconds"] {
        let [p50, p95, p99] = ["p50", "p95", "p99"].map(|quantile| number(&quantiles[name][quantile]));
        assert!(0.0 < p50 && p50 <= p95 && p95 <= p99 && p99 <= 5.0, "{name}: {p50} {p95} {p99}");
    }
    // Verified contents are the same, near copies or something else: the strengths spread.
    assert!(number(&quantiles["sigil_resonance_strength"]["p95"]) > 0.8);

    // Every query of every dashboard gives something, or says why not.
    let panels = &report["panels"];
    let empty = panels["empty"].as_array().unwrap();
    assert!(number(&panels["asked"]) > 100.0, "{panels}");
    assert_eq!(number(&panels["asked"]), number(&panels["with_data"]) + empty.len() as f64);
    for empty in empty {
        let excuse = empty["excuse"].as_str().unwrap_or_else(|| panic!("empty without excuse: {empty}"));
        assert!(excuse == "nothing to show is good" || stores == 1 && empty["panel"] == "Outbox", "{empty}");
    }
    let alerting = &report["alerting"];
    match need(Part::Alertmanager33).or_else(|| need(Part::Alertmanager25)) {
        Some(alertmanager) => {
            assert_eq!(alerting["alertmanager"], alertmanager.version);
            assert!(number(&alerting["watchdog"]) > 0.0, "{alerting}");
            assert!(ended.said.contains("divided by 60") && ended.said.contains("/received"), "{}", ended.said);
        }
        None => assert_eq!(alerting["alertmanager"], Value::Null),
    }
}

#[test]
fn spans_that_nobody_takes_are_a_problem_of_the_report() {
    if need(Part::Prometheus3).is_none() {
        return;
    }
    // Nothing listens on the discard port.
    let demo = Demo::start_with(&["--duration", "9s", "--report", "report.json"], |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    });
    let (ended, folder) = demo.end();
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert!(ended.said.contains("problem: lapwing_problems_total{reason=\"export_failed\"} is "), "{}", ended.said);
    assert!(ended.said.contains("export of spans to http://127.0.0.1:9 fails"), "{}", ended.said);
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    assert!(report["problems"][0].as_str().unwrap().contains("export_failed"), "{}", report["problems"]);
}

#[test]
fn without_prometheus_the_demo_says_so_and_goes_on() {
    let demo = Demo::without_prometheus(&["--duration", "2s", "--report", "report.json"]);
    let (ended, folder) = demo.end();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(ended.said.contains("going on without Prometheus: Prometheus 3 isn't there"), "{}", ended.said);
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    for without in ["prometheus", "panels", "alerting", "incident"] {
        assert_eq!(report[without], Value::Null, "{without}");
    }
    assert_eq!(report["services"][0]["up"], true);
    assert_eq!((&report["metrics"], &report["quantiles"]), (&json!({}), &json!({})));
}
