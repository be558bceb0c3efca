use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use lapwing_config::monitoring::{Channel, Receiver};
use lapwing_monitor::{Options, Service, alert_rules, generate};
use stack::{Alertmanager, Amtool, EventAction, PagerDutyStandIn, Part, SlackStandIn, WebhookStandIn, need};

use crate::declarations::{at, called, sigil};

const LIMIT: Duration = Duration::from_secs(20);

type Labels = BTreeMap<String, String>;

fn configuration(services: &[Service], compress: u32) -> String {
    let files = generate(services, &Options { compress, ..Options::default() }).unwrap();
    let file = files.into_iter().find(|file| file.path == Path::new("alertmanager/alertmanager.yml"));
    file.unwrap().text
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn both(test: impl Fn(&stack::Located)) {
    for part in [Part::Alertmanager25, Part::Alertmanager33] {
        if let Some(located) = need(part) {
            test(&located);
        }
    }
}

/// Another service with the receivers of sigil.
fn other() -> Service {
    let mut service = called("file-transfer");
    service.monitoring.routes.truncate(1);
    service.monitoring.receivers.retain(|receiver| *receiver.name != "dead-mans-switch");
    service
}

#[test]
fn alerts_go_where_their_service_says() {
    let config = configuration(&[sigil(), other()], 1);
    both(|located| {
        let amtool = Amtool::new(located);
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &config).unwrap();
        amtool.check_config(file.path()).unwrap_or_else(|error| panic!("{error}\n{config}"));
        let route = |pairs: &[(&str, &str)]| amtool.route(file.path(), &labels(pairs)).unwrap();
        // One receiver each, so that nobody is told twice.
        assert_eq!(route(&[("service", "sigil"), ("severity", "critical")]), ["pagerduty+slack"]);
        assert_eq!(route(&[("service", "sigil"), ("severity", "warning")]), ["slack"]);
        assert_eq!(route(&[("service", "sigil"), ("severity", "info")]), ["slack"]);
        assert_eq!(route(&[("service", "file-transfer"), ("severity", "critical")]), ["pagerduty+slack"]);
        assert_eq!(route(&[("alertname", "Watchdog"), ("severity", "none")]), ["dead-mans-switch"]);
        // What nobody thought of is told nevertheless.
        assert_eq!(route(&[("service", "file-transfer"), ("severity", "warning")]), ["unrouted"]);
        assert_eq!(route(&[("alertname", "Foreign")]), ["unrouted"]);
    });
    assert!(config.contains("- name: unrouted\n    slack_configs:\n"), "{config}");
}

#[test]
fn receivers_that_contradict_or_lack_are_pointed_at() {
    let mut contrary = other();
    contrary.monitoring.receivers[0] = Receiver {
        name: at(70, "slack".to_owned()),
        channel: Channel::Slack { api_url_file: "/secrets/slack".to_owned(), channel: "#other".to_owned() },
    };
    let error = generate(&[contrary, sigil()], &Options::default()).unwrap_err();
    // Services are taken in the order of their names, whatever the order given.
    assert_eq!(error.message, "two services say different things of the receiver `slack`");
    assert!(error.help.unwrap().starts_with("the other is at file-transfer/monitoring.yaml:70:7; "));
    let mut lacking = sigil();
    lacking.monitoring.routes[1].receivers = vec![at(80, "slak".to_owned())];
    let error = generate(&[lacking], &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "sigil/monitoring.yaml:80:7: there is no receiver `slak`; did you mean `slack`?");
}

#[test]
fn somebody_is_told_of_what_is_critical() {
    let refused = |service: Service| generate(&[service, sigil()], &Options::default()).unwrap_err().to_string();
    let mut silent = other();
    silent.monitoring.routes.clear();
    let said = refused(silent.clone());
    assert!(said.contains("nobody is told of the alerts of `file-transfer`: it has no `routes`; name its"), "{said}");
    // Where nobody at all is told, there is no Alertmanager of ours.
    generate(&[silent], &Options::default()).unwrap();

    let mut quiet = called("file-transfer");
    quiet.monitoring.routes.remove(0);
    let said = refused(quiet.clone());
    assert!(said.contains("which is critical: no route takes it; add a route for severity `critical`"), "{said}");
    // A label that the rules don't have comes from nowhere else than their series, if at all.
    let mut narrow = sigil().monitoring.routes.remove(0);
    narrow.matches = vec![("service".to_owned(), "sigil".to_owned())];
    quiet.monitoring.routes.push(narrow);
    assert!(refused(quiet.clone()).contains("which is critical: no route takes it"));
    quiet.monitoring.routes[2].matches = vec![("instance".to_owned(), "a".to_owned())];
    generate(&[quiet, sigil()], &Options::default()).unwrap();
}

#[test]
fn nobody_is_told_every_four_hours_that_all_is_well() {
    let mut service = sigil();
    service.monitoring.routes.pop();
    service.monitoring.receivers.pop();
    let config = configuration(&[service], 1);
    assert!(config.contains("# Nobody waits for the Watchdog, so "), "{config}");
    both(|located| {
        let amtool = Amtool::new(located);
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &config).unwrap();
        amtool.check_config(file.path()).unwrap_or_else(|error| panic!("{error}\n{config}"));
        let route = |pairs: &[(&str, &str)]| amtool.route(file.path(), &labels(pairs)).unwrap();
        assert_eq!(route(&[("alertname", "Watchdog"), ("severity", "none")]), ["blackhole"]);
        assert_eq!(route(&[("alertname", "Foreign")]), ["unrouted"]);
    });
    assert!(config.contains("  - name: blackhole\n"), "{config}");
    assert!(!configuration(&[sigil()], 1).contains("blackhole"));
}

#[test]
fn receivers_that_are_made_keep_their_names() {
    for name in ["unrouted", "blackhole"] {
        let mut service = sigil();
        service.monitoring.receivers[0].name = at(70, name.to_owned());
        let error = generate(&[service], &Options::default()).unwrap_err();
        assert_eq!(error.message, format!("a receiver can't be called `{name}`"));
        assert_eq!(error.position.line, 70);
    }
}

/// An Alertmanager with the configuration of sigil, whose receivers are stand-ins.
struct Scene {
    slack: SlackStandIn,
    pagerduty: PagerDutyStandIn,
    webhook: WebhookStandIn,
    alertmanager: Alertmanager,
    _folder: tempfile::TempDir,
}

fn scene(located: &stack::Located) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let slack = SlackStandIn::builder().channels(["#sigil-alerts"]).start().unwrap();
    let pagerduty = PagerDutyStandIn::builder().start().unwrap();
    let webhook = WebhookStandIn::builder().start().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("slack"), slack.url()).unwrap();
    fs::write(path("pagerduty"), pagerduty.routing_key()).unwrap();
    let mut service = sigil();
    for receiver in &mut service.monitoring.receivers {
        match &mut receiver.channel {
            Channel::Slack { api_url_file, .. } => *api_url_file = path("slack"),
            Channel::PagerDuty { routing_key_file, url } => {
                (*routing_key_file, *url) = (path("pagerduty"), Some(pagerduty.url()));
            }
            Channel::Webhook { url } => *url = webhook.url(),
        }
    }
    let config = configuration(&[service], 300);
    let alertmanager =
        Alertmanager::builder(located).config(config).external_url("http://alertmanager.test").start().unwrap();
    Scene { slack, pagerduty, webhook, alertmanager, _folder: folder }
}

#[test]
fn slack_and_pagerduty_take_what_they_are_told() {
    both(|located| {
        let scene = scene(located);
        let client = scene.alertmanager.client();
        let rule = alert_rules(&sigil()).unwrap().remove(0);
        let own: Labels = rule.labels.iter().cloned().chain([("alertname".to_owned(), rule.name.clone())]).collect();
        let annotations: Labels = rule.annotations.iter().cloned().collect();
        client.post_alert(&own, &annotations, None).unwrap();
        let message = scene.slack.await_message(|_| true, LIMIT).unwrap();
        let attachment = &message.attachments[0];
        assert_eq!(message.channel, "#sigil-alerts");
        assert_eq!(attachment.title, "[FIRING:1] SigilEncodeSuccessBurnsFast of sigil (critical)");
        assert_eq!(
            (attachment.title_link.as_str(), attachment.color.as_str()),
            ("http://127.0.0.1:3000/d/sigil-v2", "danger")
        );
        assert_eq!(
            attachment.text.trim(),
            "*sigil: the error budget of encode-success burns 14.4 times too fast*\n\
             Contents are sealed. 99.9% of events are to be good over 30d, and {{ $value | humanizePercentage }} were bad in the last 1h.\n\
             Runbook: docs/runbooks/sigil/SigilEncodeSuccessBurnsFast.md · <http://127.0.0.1:3000/d/sigil-v2|Dashboard>"
        );
        let event = scene.pagerduty.await_message(|event| event.action == EventAction::Trigger, LIMIT).unwrap();
        assert_eq!(
            event.payload.summary,
            "SigilEncodeSuccessBurnsFast of sigil: sigil: the error budget of encode-success burns 14.4 times too fast"
        );
        assert_eq!((event.payload.severity.as_str(), event.payload.source.as_str()), ("critical", "sigil"));
        assert_eq!((event.payload.class.as_str(), event.payload.component.as_str()), (rule.name.as_str(), "sigil"));
        assert_eq!(event.payload.group, "encode-success");
        let details = &event.payload.custom_details;
        let firing = details["firing"].as_str().unwrap_or_else(|| panic!("{details}"));
        assert!(
            firing.starts_with("`SigilEncodeSuccessBurnsFast` sigil: the error budget")
                && firing.contains("  long_window = 1h\n"),
            "{details}"
        );
        assert!(
            details["description"].as_str().is_some_and(|text| text.starts_with("`description` Contents are")),
            "{details}"
        );
        assert_eq!(details["num_firing"].to_string().trim_matches('"'), "1");
        assert!(event.links.iter().all(|link| !link.href.is_empty() && !link.text.is_empty()), "{:?}", event.links);

        client.post_alert(&own, &annotations, Some("2020-01-01T00:00:00Z")).unwrap();
        let resolved = scene.pagerduty.await_message(|event| event.action == EventAction::Resolve, LIMIT).unwrap();
        assert_eq!(resolved.dedup_key, event.dedup_key);
        let resolved = |message: &stack::SlackMessage| message.attachments[0].title.starts_with("[RESOLVED]");
        assert_eq!(scene.slack.await_message(resolved, LIMIT).unwrap().attachments[0].color, "good");
        assert!(scene.webhook.messages().is_empty());
    });
}

#[test]
fn the_longest_alerts_are_cut_to_what_is_taken() {
    both(|located| {
        let scene = scene(located);
        let client = scene.alertmanager.client();
        let long = "<!channel> & ä\u{1f525} ".repeat(2000);
        for index in 0..40 {
            let index = index.to_string();
            let mut own =
                labels(&[("alertname", "A"), ("service", "sigil"), ("severity", "critical"), ("index", &index)]);
            own.insert("long".to_owned(), long.clone());
            let url = format!("https://{}", "x".repeat(3000));
            let annotations = labels(&[
                ("summary", &long),
                ("description", &long),
                ("runbook_url", &url),
                ("dashboard_url", "http://d/"),
            ]);
            client.post_alert(&own, &annotations, None).unwrap();
        }
        let all = |message: &stack::SlackMessage| message.attachments[0].title.starts_with("[FIRING:40]");
        let message = scene.slack.await_message(all, LIMIT).unwrap();
        let text = &message.attachments[0].text;
        assert!(text.chars().count() < 8000, "{} characters", text.chars().count());
        assert!(text.contains("… and more: 40 in all") && !text.contains("<!channel>"), "{text}");
        let forty = |event: &stack::PagerDutyEvent| event.payload.summary.ends_with("(and 39 more)");
        scene.pagerduty.await_message(forty, LIMIT).unwrap();
        assert!(scene.slack.requests().iter().all(|request| request.status == Some(200)));
        assert!(scene.pagerduty.requests().iter().all(|request| request.status == Some(202)));
    });
}

#[test]
fn what_says_nothing_new_is_muted() {
    both(|located| {
        let scene = scene(located);
        let client = scene.alertmanager.client();
        let post = |pairs: &[(&str, &str)]| client.post_alert(&labels(pairs), &Labels::new(), None).unwrap();
        let objective = [("service", "sigil"), ("objective", "encode-success")];
        post(&[&[("alertname", "Ticket"), ("severity", "warning")], &objective[..]].concat());
        post(&[&[("alertname", "Page"), ("severity", "critical")], &objective[..]].concat());
        post(&[("alertname", "Plain"), ("severity", "warning"), ("service", "sigil")]);
        post(&[("alertname", "Other"), ("severity", "warning"), ("service", "sigil"), ("objective", "encode-latency")]);
        post(&[("alertname", "SigilTargetDown"), ("severity", "critical"), ("service", "sigil"), ("instance", "a")]);
        for instance in ["a", "b"] {
            post(&[
                ("alertname", "SigilScrapeSlow"),
                ("severity", "warning"),
                ("service", "sigil"),
                ("instance", instance),
            ]);
        }
        post(&[("alertname", "Watchdog"), ("severity", "none")]);
        let begin = std::time::Instant::now();
        loop {
            let alerts = client.alerts().unwrap();
            let of = |state: &str| {
                let muted = alerts.iter().filter(|alert| alert.status.state == state);
                let mut names: Vec<String> = muted
                    .map(|alert| {
                        format!(
                            "{} {}",
                            alert.labels["alertname"],
                            alert.labels.get("instance").map_or("", String::as_str)
                        )
                    })
                    .collect();
                names.sort();
                names
            };
            if of("suppressed") == ["SigilScrapeSlow a", "Ticket "] && of("active").len() == 6 {
                break;
            }
            assert!(begin.elapsed() < LIMIT, "{alerts:#?}");
        }
    });
}

#[test]
fn without_the_standard_alerts_nothing_is_muted_by_them() {
    let mut service = sigil();
    service.monitoring.standard_alerts.absent = None;
    let config = configuration(&[service], 1);
    assert!(config.contains("SigilTargetDown") && !config.contains("SigilAbsent"), "{config}");
}

#[test]
fn a_receiver_that_no_route_leads_to_is_refused() {
    let mut service = sigil();
    service.monitoring.routes[0].receivers.retain(|name| **name == "slack");
    service.monitoring.receivers[1].name = at(70, "pagerduty".to_owned());
    let error = generate(&[service], &Options::default()).unwrap_err();
    assert_eq!(error.message, "no route leads to the receiver `pagerduty`, so it is never told of anything");
    assert!(error.help.unwrap().contains("`{severity: [critical], receivers: [pagerduty]}`, or remove it"));
    assert_eq!(error.position.line, 70);
}
