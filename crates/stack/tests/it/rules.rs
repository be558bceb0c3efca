use std::{fs, time::Duration};

use stack::{ApiError, Part, Prometheus, need};

const LIMIT: Duration = Duration::from_secs(20);
const FAST: Duration = Duration::from_millis(100);

const RULES: &str = r#"
groups:
  - name: work
    rules:
      - {record: work:answer, expr: vector(42)}
      - alert: Answered
        expr: work:answer > 40
        labels: {severity: page}
        annotations: {summary: "is {{ $value }}"}
"#;

fn rules_are_evaluated_and_reread(part: Part) {
    let Some(located) = need(part) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.yml");
    fs::write(&file, RULES).unwrap();
    let mut prometheus = Prometheus::builder(&located)
        .interval(FAST)
        .evaluation_interval(FAST / 2)
        .rule_file(folder.path().join("*.yml"))
        .external_label("region", "here")
        .external_url("http://prometheus.test/")
        .storage(folder.path().join("data"))
        .start()
        .unwrap();
    let firing = |alerts: &[stack::ActiveAlert]| alerts.iter().any(|alert| alert.state == "firing");
    let alerts = prometheus.client().wait_for_alerts(LIMIT, firing).unwrap();
    assert_eq!(
        (alerts[0].label("alertname"), alerts[0].label("severity"), alerts[0].value),
        ("Answered", "page", 42.0)
    );
    assert_eq!(alerts[0].annotations["summary"], "is 42");
    assert!(alerts[0].active_at.is_some());
    let rules = prometheus.rules().unwrap();
    let seen: Vec<_> =
        rules.iter().map(|r| (r.group.as_str(), r.name.as_str(), r.kind.as_str(), r.state.as_str())).collect();
    assert_eq!(seen, [("work", "work:answer", "recording", ""), ("work", "Answered", "alerting", "firing")]);
    assert!(rules.iter().all(stack::RuleStatus::healthy), "{rules:?}");

    // What was recorded is there after a crash, on the same port.
    let address = prometheus.address().to_owned();
    prometheus.kill().unwrap();
    assert!(matches!(prometheus.rules(), Err(ApiError::Http { .. })));
    // Nothing is recorded any more; what is there comes from before.
    fs::write(&file, "groups: []\n").unwrap();
    prometheus.restart().unwrap();
    assert_eq!(prometheus.address(), address);
    assert_eq!(prometheus.value("max_over_time(work:answer[5m])").unwrap(), Some(42.0));
    assert!(prometheus.rules().unwrap().is_empty());

    fs::write(&file, "groups: [{name: bad, rules: [{record: twice, expr: vector(1) + on() up}]}]").unwrap();
    prometheus.reload().unwrap();
    assert_eq!(prometheus.rules().unwrap()[0].name, "twice");
    fs::write(&file, "groups: [{name: bad, rules: [{record: twice, expr: 'sum('}]}]").unwrap();
    let error = prometheus.reload().unwrap_err();
    assert!(matches!(&error, ApiError::Refused { .. }), "{error}");
    assert_eq!(prometheus.rules().unwrap()[0].name, "twice");
}

#[test]
fn old_prometheus_evaluates_and_rereads_rules() {
    rules_are_evaluated_and_reread(Part::Prometheus2);
}

#[test]
fn new_prometheus_evaluates_and_rereads_rules() {
    rules_are_evaluated_and_reread(Part::Prometheus3);
}

#[test]
fn failing_rule_says_why() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.yml");
    let twice = "label_replace(vector(1), 'a', '1', '', '') or label_replace(vector(1), 'a', '2', '', '')";
    fs::write(
        &file,
        format!("groups: [{{name: bad, rules: [{{record: one, expr: \"label_replace({twice}, 'a', '', '', '')\"}}]}}]"),
    )
    .unwrap();
    let prometheus = Prometheus::builder(&located).interval(FAST).rule_file(&file).start().unwrap();
    let begin = std::time::Instant::now();
    let rule = loop {
        let rule = prometheus.rules().unwrap().remove(0);
        if rule.health != "unknown" {
            break rule;
        }
        assert!(begin.elapsed() < LIMIT, "{rule:?}");
    };
    assert_eq!((rule.health.as_str(), rule.healthy()), ("err", false));
    assert!(rule.last_error.contains("same labelset"), "{rule:?}");
}
