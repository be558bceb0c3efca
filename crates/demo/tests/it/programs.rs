//! The demo's pieces as containers run them.

use rustix::process::Signal;

use crate::program::Demo;

#[test]
fn receivers_say_what_arrives_and_are_healthy_until_they_are_told_to_stop() {
    let mut receivers = Demo::start(&["receivers", "--listen", "127.0.0.1:0"]);
    let url = receivers.await_line("receivers listening on ");
    let (ended, _folder) = Demo::start(&["healthy", &format!("{url}/-/ready")]).end();
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), ""));

    let webhook = format!("{url}/services/T0STANDIN/B0STANDIN/standinstandinstandinabc");
    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    for text in ["disk full", "disk empty"] {
        let answer = http.post(&webhook).json(&serde_json::json!({"text": text})).send().unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(receivers.await_line("slack 200 "), text);
    }
    receivers.signal(Signal::TERM);
    let (ended, _folder) = receivers.end();
    assert_eq!(ended.code, Some(0), "{}", ended.said);

    let (ended, _folder) = Demo::start(&["healthy", &url]).end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.said.contains("doesn't answer; check the address"), "{}", ended.said);
}

#[test]
fn wrong_command_lines_end_with_2_and_say_what_is_right() {
    for arguments in [&["healthy"][..], &["load", "--rate", "none"], &["receivers", "--port"], &["fault"]] {
        let (ended, _folder) = Demo::start(arguments).end();
        assert_eq!(ended.code, Some(2), "{arguments:?}");
        assert!(ended.said.contains(&format!("Usage: demo {}", arguments[0])), "{}", ended.said);
    }
}

/// The secrets of the stand-ins that docker-compose.yml gives Alertmanager are those the stand-ins take.
#[test]
fn secrets_of_the_stand_ins_are_what_they_take() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../otel-config/alertmanager/stand-ins");
    let secret = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap().trim().to_owned();
    let slack = stack::SlackStandIn::builder().start().unwrap();
    assert_eq!(secret("slack_webhook_url"), format!("http://receivers:9095{}", slack.path()));
    assert_eq!(secret("pagerduty_routing_key"), stack::PagerDutyStandIn::builder().start().unwrap().routing_key());
}
