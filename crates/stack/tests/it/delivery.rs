//! From a condition to the stand-ins, by way of a real Prometheus and a real Alertmanager of either generation.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use stack::{
    Alertmanager, AlertmanagerClient, EventAction, Fault, PagerDutyStandIn, Part, Prometheus, Scrape, SlackStandIn,
    WebhookStandIn, need,
};

use crate::service::{Service, TEXT};

const LIMIT: Duration = Duration::from_secs(20);
const FAST: Duration = Duration::from_millis(100);

const QUIET: &str = "# TYPE trouble gauge\ntrouble 0\n";
const TROUBLED: &str = "# TYPE trouble gauge\ntrouble 1\n";
const ODD: &str = "# TYPE trouble gauge\ntrouble 2\n";

const RULES: &str = r#"
groups:
  - name: g
    rules:
      - {alert: Watchdog, expr: vector(1)}
      - alert: Trouble
        expr: trouble == 1
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.job }} is in trouble", runbook_url: "http://runbooks.test/trouble"}
      - {alert: Odd, expr: trouble == 2, labels: {severity: page}}
"#;

/// Secrets come from files, as they do in earnest.
fn configuration(
    folder: &Path,
    slack: &SlackStandIn,
    pagerduty: &PagerDutyStandIn,
    webhook: &WebhookStandIn,
) -> String {
    let (url_file, key_file) = (folder.join("slack"), folder.join("pagerduty"));
    fs::write(&url_file, slack.url()).unwrap();
    fs::write(&key_file, pagerduty.routing_key()).unwrap();
    format!(
        r##"
route:
  receiver: both
  group_by: [alertname]
  group_wait: 0s
  group_interval: 200ms
  repeat_interval: 1h
  routes:
    - {{matchers: ['alertname="Watchdog"'], receiver: dead-man}}
    - {{matchers: ['alertname="Odd"'], receiver: wrong}}
receivers:
  - name: dead-man
    webhook_configs: [{{url: "{webhook}"}}]
  - name: both
    slack_configs:
      - api_url_file: {url_file}
        channel: "#alerts"
        send_resolved: true
        fields: [{{title: Severity, value: "{{{{ .CommonLabels.severity }}}}", short: true}}]
        actions: [{{type: button, text: Runbook, url: "{{{{ .CommonAnnotations.runbook_url }}}}"}}]
    pagerduty_configs:
      - routing_key_file: {key_file}
        url: {pagerduty}
        severity: "{{{{ .CommonLabels.severity }}}}"
        description: "{{{{ .CommonAnnotations.summary }}}}"
        source: "{{{{ .CommonLabels.instance }}}}"
        class: "{{{{ .CommonLabels.alertname }}}}"
        links: [{{href: "{{{{ .CommonAnnotations.runbook_url }}}}", text: Runbook}}]
  - name: wrong
    slack_configs: [{{api_url_file: {url_file}, channel: "#gone"}}]
    pagerduty_configs:
      - {{routing_key_file: {key_file}, url: {pagerduty}, severity: "{{{{ .CommonLabels.severity }}}}"}}
"##,
        webhook = webhook.url(),
        url_file = url_file.display(),
        key_file = key_file.display(),
        pagerduty = pagerduty.url(),
    )
}

/// At the same time: most of it is waiting for Prometheus, which takes 5 s until it scrapes.
fn with_both_generations(scenario: fn(Part, Part)) {
    thread::scope(|scope| {
        for (prometheus, alertmanager) in
            [(Part::Prometheus2, Part::Alertmanager25), (Part::Prometheus3, Part::Alertmanager33)]
        {
            scope.spawn(move || scenario(prometheus, alertmanager));
        }
    });
}

fn failed(client: &AlertmanagerClient, integration: &str) -> f64 {
    client.metric("alertmanager_notifications_failed_total", &[("integration", integration)]).unwrap()
}

/// Alertmanager counts after it was answered.
fn await_failed(client: &AlertmanagerClient, integration: &str) {
    let begin = Instant::now();
    while failed(client, integration) == 0.0 {
        assert!(begin.elapsed() < LIMIT, "no failure of {integration} is counted");
    }
}

fn whole_life_of_an_alert(prometheus: Part, alertmanager: Part) {
    let (Some(prometheus), Some(alertmanager)) = (need(prometheus), need(alertmanager)) else { return };
    let folder = tempfile::tempdir().unwrap();
    let slack = SlackStandIn::builder().channels(["#alerts"]).start().unwrap();
    let pagerduty = PagerDutyStandIn::builder().start().unwrap();
    let webhook = WebhookStandIn::builder().start().unwrap();
    let config = configuration(folder.path(), &slack, &pagerduty, &webhook);
    let alertmanager =
        Alertmanager::builder(&alertmanager).config(config).external_url("http://alertmanager.test").start().unwrap();
    let client = alertmanager.client();
    let rules = folder.path().join("rules.yml");
    fs::write(&rules, RULES).unwrap();
    let service = Service::start(TEXT, QUIET);
    let prometheus = Prometheus::builder(&prometheus)
        .interval(FAST)
        .scrape(Scrape::new("work", &service.address))
        .rule_file(rules)
        .alertmanager(alertmanager.address())
        .resend_delay(FAST)
        .external_label("region", "here")
        .external_url("http://prometheus.test/")
        .start()
        .unwrap();

    let alive = webhook.await_message(|message| message.common_labels["alertname"] == "Watchdog", LIMIT).unwrap();
    assert_eq!((alive.receiver.as_str(), alive.status.as_str()), ("dead-man", "firing"));
    assert_eq!(
        (alive.external_url.as_str(), alive.alerts[0].labels["region"].as_str()),
        ("http://alertmanager.test", "here")
    );
    assert!(alive.alerts[0].generator_url.starts_with("http://prometheus.test/graph?"), "{alive:?}");

    let known = prometheus.client().alertmanagers().unwrap();
    assert_eq!(known, [format!("http://{}/api/v2/alerts", alertmanager.address())]);

    // Slack is away when the alert comes: it is tried again.
    slack.fail_times(Fault::Close, 1);
    service.serve(TROUBLED);
    let page = pagerduty.await_message(|event| event.action == EventAction::Trigger, LIMIT).unwrap();
    assert_eq!((page.payload.summary.as_str(), page.payload.severity.as_str()), ("work is in trouble", "critical"));
    assert_eq!((page.payload.source.as_str(), page.payload.class.as_str()), (service.address.as_str(), "Trouble"));
    assert_eq!((page.links[0].text.as_str(), page.links[0].href.as_str()), ("Runbook", "http://runbooks.test/trouble"));
    assert!(
        matches!(&page.payload.custom_details, Value::Object(details) if details.contains_key("firing")),
        "{page:?}"
    );
    assert_eq!(pagerduty.open_incidents().len(), 1);
    slack.await_request(|request| request.status.is_none(), LIMIT).unwrap();
    let posted = slack.await_message(|message| message.attachments[0].color == "danger", LIMIT).unwrap();
    let attachment = &posted.attachments[0];
    assert_eq!((posted.channel.as_str(), attachment.fields[0].value.as_str()), ("#alerts", "critical"));
    assert!(attachment.title.starts_with("[FIRING:1] Trouble"), "{attachment:?}");
    assert_eq!(attachment.actions[0].url, "http://runbooks.test/trouble");
    assert_eq!((failed(client, "slack"), failed(client, "pagerduty")), (0.0, 0.0));

    // PagerDuty is out of order when it is over.
    pagerduty.fail_times(Fault::Answer(503, "unavailable".to_owned()), 1);
    service.serve(QUIET);
    let over = slack.await_message(|message| message.attachments[0].color == "good", LIMIT).unwrap();
    assert!(over.attachments[0].title.starts_with("[RESOLVED] Trouble"), "{over:?}");
    let resolved = pagerduty.await_message(|event| event.action == EventAction::Resolve, LIMIT).unwrap();
    assert_eq!((&resolved.dedup_key, pagerduty.open_incidents().len()), (&page.dedup_key, 0));
    assert!(resolved.at > page.at);

    // What is refused for good is counted, and not tried again.
    service.serve(ODD);
    let refused = slack.await_request(|request| request.status == Some(404), LIMIT).unwrap();
    assert_eq!((refused.answer.as_str(), &refused.body["channel"]), ("channel_not_found", &Value::from("#gone")));
    let refused = pagerduty.await_request(|request| request.status == Some(400), LIMIT).unwrap();
    assert!(refused.answer.contains("'payload.severity' is invalid"), "{refused:?}");
    await_failed(client, "slack");
    await_failed(client, "pagerduty");
    let log = fs::read_to_string(alertmanager.log()).unwrap();
    assert!(log.contains("channel_not_found"), "{log}");
    assert!(!log.contains(&slack.path()) && !log.contains(&pagerduty.routing_key()), "{log}");
    prometheus.stop().unwrap();
    alertmanager.stop().unwrap();
}

/// Alertmanager keeps no alerts, but a note of what it said: written to disk in time, it knows after a crash that somebody is still to
/// be told that it is over.
fn resolution_after_a_crash(prometheus: Part, alertmanager: Part) {
    let (Some(prometheus), Some(alertmanager)) = (need(prometheus), need(alertmanager)) else { return };
    let folder = tempfile::tempdir().unwrap();
    let slack = SlackStandIn::builder().start().unwrap();
    let pagerduty = PagerDutyStandIn::builder().start().unwrap();
    let webhook = WebhookStandIn::builder().start().unwrap();
    let mut alertmanager = Alertmanager::builder(&alertmanager)
        .config(configuration(folder.path(), &slack, &pagerduty, &webhook))
        .maintenance_interval(FAST)
        .start()
        .unwrap();
    let client = alertmanager.client().clone();
    let rules = folder.path().join("rules.yml");
    fs::write(&rules, RULES).unwrap();
    let service = Service::start(TEXT, TROUBLED);
    let prometheus = Prometheus::builder(&prometheus)
        .interval(FAST)
        .scrape(Scrape::new("work", &service.address))
        .rule_file(rules)
        .alertmanager(alertmanager.address())
        .resend_delay(FAST)
        .start()
        .unwrap();
    slack.await_message(|message| message.attachments[0].color == "danger", LIMIT).unwrap();
    pagerduty.await_message(|event| event.action == EventAction::Trigger, LIMIT).unwrap();
    let noted = || client.metric("alertmanager_nflog_snapshot_duration_seconds_count", &[]).unwrap();
    let (before, begin) = (noted(), Instant::now());
    while noted() < before + 2.0 {
        assert!(begin.elapsed() < LIMIT, "no note is written");
    }
    alertmanager.kill().unwrap();
    service.serve(QUIET);
    let quiet = |alerts: &[stack::ActiveAlert]| alerts.iter().all(|alert| alert.label("alertname") == "Watchdog");
    prometheus.client().wait_for_alerts(LIMIT, quiet).unwrap();
    assert_eq!(pagerduty.open_incidents().len(), 1);
    alertmanager.restart().unwrap();
    slack.await_message(|message| message.attachments[0].color == "good", LIMIT).unwrap();
    pagerduty.await_message(|event| event.action == EventAction::Resolve, LIMIT).unwrap();
    assert!(pagerduty.open_incidents().is_empty());
}

#[test]
fn resolution_arrives_though_alertmanager_was_killed() {
    with_both_generations(resolution_after_a_crash);
}

#[test]
fn alert_fires_arrives_and_resolves() {
    with_both_generations(whole_life_of_an_alert);
}
