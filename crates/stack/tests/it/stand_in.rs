use std::{
    thread,
    time::{Duration, Instant},
};

use reqwest::blocking::Client;
use serde_json::{Value, json};
use stack::{Fault, PagerDutyStandIn, Receivers, SlackStandIn, StandInError, WebhookStandIn};

const LIMIT: Duration = Duration::from_secs(10);

fn webhook_message() -> Value {
    json!({
        "version": "4", "groupKey": "{}:{}", "status": "firing", "receiver": "watch", "groupLabels": {},
        "commonLabels": {"alertname": "Watchdog"}, "commonAnnotations": {}, "externalURL": "http://am", "alerts": [{
            "status": "firing", "labels": {"alertname": "Watchdog"}, "annotations": {}, "fingerprint": "f",
            "startsAt": "2026-11-21T06:12:42Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://p",
        }],
    })
}

#[test]
fn message_that_comes_later_is_awaited_and_an_absent_one_is_reported() {
    let slack = SlackStandIn::builder().start().unwrap();
    let url = slack.url();
    let waiting = slack.clone();
    let waiter = thread::spawn(move || waiting.await_message(|message| message.text == "second", LIMIT));
    let http = Client::new();
    for text in ["first", "second"] {
        http.post(&url).json(&json!({"text": text})).send().unwrap();
    }
    assert_eq!(waiter.join().unwrap().unwrap().text, "second");
    let before = Instant::now();
    assert_eq!(slack.await_message(|message| message.text == "first", LIMIT).unwrap().text, "first");
    assert!(before.elapsed() < LIMIT);
    let absent = Duration::from_millis(50);
    let error = slack.await_message(|message| message.text == "third", absent).unwrap_err();
    assert!(matches!(&error, StandInError::Deadline { received: 2, .. }), "{error}");
    assert!(error.to_string().ends_with(r#"the last of them answered with 200 ok: {"text":"second"}"#), "{error}");
}

#[test]
fn faults_last_as_long_as_they_are_told_to() {
    let slack = SlackStandIn::builder().start().unwrap();
    let http = Client::new();
    let post = || http.post(slack.url()).json(&json!({"text": "a"})).send();
    let status = || post().unwrap().status().as_u16();
    slack.fail_times(Fault::Answer(403, "action_prohibited".to_owned()), 2);
    assert_eq!([(); 3].map(|()| status()), [403, 403, 200]);
    slack.fail(Fault::Throttle(7));
    let throttled = post().unwrap();
    assert_eq!((throttled.status().as_u16(), throttled.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    slack.fail(Fault::Close);
    assert!(post().is_err() && post().is_err());
    slack.heal();
    assert_eq!(status(), 200);
    let answered: Vec<_> = slack.requests().into_iter().map(|request| request.status).collect();
    assert!(answered.starts_with(&[Some(403), Some(403), Some(200), Some(429), None]), "{answered:?}");
    assert_eq!((answered.last(), slack.messages().len()), (Some(&Some(200)), 2));
}

#[test]
fn hanging_request_is_answered_by_nobody_and_closed_when_healed() {
    let slack = SlackStandIn::builder().start().unwrap();
    slack.fail(Fault::Hang);
    let impatient = Client::builder().timeout(Duration::from_millis(100)).build().unwrap();
    assert!(impatient.post(slack.url()).json(&json!({"text": "a"})).send().unwrap_err().is_timeout());
    let url = slack.url();
    let patient = thread::spawn(move || Client::new().post(url).json(&json!({"text": "b"})).send());
    slack.await_request(|request| request.body["text"] == "b", LIMIT).unwrap();
    slack.heal();
    assert!(!patient.join().unwrap().unwrap_err().is_timeout());
    assert!(slack.messages().is_empty());
}

#[test]
fn dropped_stand_in_frees_its_port_even_while_a_request_hangs() {
    let slack = SlackStandIn::builder().start().unwrap();
    slack.fail(Fault::Hang);
    let (address, url) = (slack.address().to_string(), slack.url());
    let hanging = thread::spawn(move || Client::new().post(url).json(&json!({"text": "a"})).send());
    slack.await_request(|_| true, LIMIT).unwrap();
    let error = SlackStandIn::builder().listen(&address).start().unwrap_err();
    assert!(error.to_string().contains("choose another address"), "{error}");
    drop(slack);
    assert!(hanging.join().unwrap().is_err());
    assert_eq!(SlackStandIn::builder().listen(&address).start().unwrap().address().to_string(), address);
}

#[test]
fn body_beyond_all_limits_is_cut_off() {
    let slack = SlackStandIn::builder().start().unwrap();
    let huge = vec![b'a'; 17 << 20];
    let sent = Client::new().post(slack.url()).header("Content-Type", "application/json").body(huge).send();
    assert!(sent.is_err());
    assert!(slack.requests().is_empty());
}

#[test]
fn webhook_takes_version_4_and_nothing_else() {
    let webhook = WebhookStandIn::builder().start().unwrap();
    let http = Client::new();
    let post = |message: &Value| http.post(webhook.url()).json(message).send().unwrap().status().as_u16();
    assert_eq!(post(&webhook_message()), 200);
    for (name, value) in
        [("version", json!("3")), ("status", json!("pending")), ("alerts", json!([])), ("alerts", json!(1))]
    {
        let mut message = webhook_message();
        message[name] = value;
        assert_eq!(post(&message), 400, "{name}");
    }
    assert_eq!(http.post(webhook.url()).body("a=b").send().unwrap().status().as_u16(), 400);
    assert_eq!(http.get(webhook.url()).send().unwrap().status().as_u16(), 405);
    let elsewhere = format!("http://{}/watchdog", webhook.address());
    assert_eq!(http.post(elsewhere).json(&webhook_message()).send().unwrap().status().as_u16(), 200);
    assert_eq!(webhook.messages()[0].alerts[0].labels["alertname"], "Watchdog");
}

#[test]
fn receivers_share_an_address_and_show_what_they_were_sent_without_secrets() {
    let slack = SlackStandIn::builder().token("s3cret");
    let key = "k3yk3yk3yk3yk3yk3yk3yk3yk3yk3yk3";
    let receivers = Receivers::serve("127.0.0.1:0", slack, PagerDutyStandIn::builder().routing_key(key)).unwrap();
    let http = Client::new();
    let status = |url: String, body: &Value| http.post(url).json(body).send().unwrap().status().as_u16();
    assert_eq!(http.get(receivers.url("/-/ready")).send().unwrap().status().as_u16(), 200);
    assert_eq!(status(receivers.slack().url(), &json!({"text": "a"})), 200);
    assert_eq!(
        status(receivers.pagerduty().url(), &json!({"routing_key": key, "event_action": "resolve", "dedup_key": "d"})),
        202
    );
    assert_eq!(status(receivers.webhook().url(), &webhook_message()), 200);
    assert_eq!(status(receivers.url("/services/T1/B1/x"), &json!({})), 404);
    let text = http.get(receivers.url("/received")).send().unwrap().text().unwrap();
    assert!(!text.contains("s3cret") && !text.contains(key), "{text}");
    let received: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(received["webhook"][0]["body"]["receiver"], "watch");
    assert_eq!(received["pagerduty"][0]["status"], 202);
    assert_eq!((&received["slack"][0]["accepted"], &received["slack"][1]["answer"]), (&json!(true), &json!("no_team")));
    assert!(received["slack"][0]["time"].as_f64().unwrap() > 1.7e9);
    assert!(!format!("{receivers:?}").contains("s3cret"));
}
