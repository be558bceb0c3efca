use std::time::Duration;

use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use stack::SlackStandIn;

const LIMIT: Duration = Duration::from_secs(10);

fn post(slack: &SlackStandIn, message: &Value) -> Response {
    Client::new().post(slack.url()).json(message).send().unwrap()
}

fn said(response: Response) -> (u16, String) {
    (response.status().as_u16(), response.text().unwrap())
}

fn refusal(words: &str) -> (u16, String) {
    (400, words.to_owned())
}

#[test]
fn form_and_size_are_judged_as_slack_does() {
    let slack = SlackStandIn::builder().start().unwrap();
    let judged = |message: Value| said(post(&slack, &message));
    assert_eq!(judged(json!({"text": "a"})), (200, "ok".to_owned()));
    assert_eq!(judged(json!({"blocks": [{"type": "divider"}]})), (200, "ok".to_owned()));
    assert_eq!(judged(json!({"attachments": [{"fallback": "a"}]})), (200, "ok".to_owned()));
    for (message, words) in [
        (json!([]), "invalid_payload"),
        (json!({"text": 1}), "invalid_payload"),
        (json!({"attachments": {"text": "a"}}), "invalid_payload"),
        (json!({"attachments": ["a"]}), "invalid_payload"),
        (json!({}), "no_text"),
        (json!({"channel": "#a", "text": "", "attachments": []}), "no_text"),
        (json!({"attachments": [{"color": "good"}]}), "missing_text_or_fallback_or_attachments"),
        (json!({"attachments": vec![json!({"text": "a"}); 101]}), "too_many_attachments"),
        (json!({"attachments": [{"text": "a", "actions": vec![json!({"text": "b"}); 6]}]}), "invalid_attachments"),
        (json!({"blocks": vec![json!({"type": "divider"}); 51]}), "invalid_blocks"),
        (json!({"text": "é".repeat(40_001)}), "msg_too_long"),
        (json!({"attachments": [{"text": "a".repeat(30_000)}, {"pretext": "a".repeat(10_001)}]}), "msg_too_long"),
    ] {
        assert_eq!(judged(message), refusal(words), "{words}");
    }
    assert_eq!(judged(json!({"text": "é".repeat(40_000)})).0, 200);
    assert_eq!(judged(json!({"attachments": vec![json!({"text": "a"}); 100]})).0, 200);
    assert_eq!(judged(json!({"text": "a", "extra": "b".repeat(1 << 20)})), (413, "payload_too_large".to_owned()));
    assert_eq!(slack.messages().len(), 5);
    assert_eq!(slack.requests().len(), 18);
}

#[test]
fn method_path_and_content_type_are_judged_as_slack_does() {
    let slack = SlackStandIn::builder().token("s3cret").start().unwrap();
    let (http, url) = (Client::new(), slack.url());
    let body = r#"{"text": "a"}"#;
    let json = |url: &str| said(http.post(url).header("Content-Type", "application/json").body(body).send().unwrap());
    assert_eq!(json(&url).0, 200);
    assert_eq!(json(&url.replace("s3cret", "s3creT")), (403, "invalid_token".to_owned()));
    assert_eq!(json(url.trim_end_matches("/s3cret")), (403, "invalid_token".to_owned()));
    assert_eq!(json(&url.replace("/B0STANDIN", "/B1")), (404, "no_service".to_owned()));
    assert_eq!(json(&format!("http://{}/", slack.address())), (404, "no_team".to_owned()));
    assert_eq!(said(http.get(&url).send().unwrap()), (405, "method_not_allowed".to_owned()));
    assert_eq!(said(http.post(&url).body(body).send().unwrap()), refusal("invalid_payload"));
    let typed = |kind: &str| said(http.post(&url).header("Content-Type", kind).body(body).send().unwrap()).0;
    assert_eq!((typed("Application/JSON; charset=utf-8"), typed("text/plain")), (200, 400));
    let broken = http.post(&url).header("Content-Type", "application/json").body("{").send().unwrap();
    assert_eq!(said(broken), refusal("invalid_payload"));
    assert!(!format!("{slack:?} {:?}", slack.requests()).contains("s3cret"));
}

#[test]
fn only_channels_that_are_there_are_posted_to() {
    let slack = SlackStandIn::builder().channels(["#alerts"]).start().unwrap();
    let posted = |channel: &str| said(post(&slack, &json!({"channel": channel, "text": "a"})));
    assert_eq!(posted("#alerts").0, 200);
    assert_eq!(posted("#alert"), (404, "channel_not_found".to_owned()));
    assert_eq!(said(post(&slack, &json!({"text": "a"}))).0, 200, "the webhook's own channel");
}

#[test]
fn sustained_rate_is_one_a_second() {
    let slack = SlackStandIn::builder().rate_limit(2).start().unwrap();
    let posted = || post(&slack, &json!({"text": "a"}));
    assert_eq!((posted().status().as_u16(), posted().status().as_u16()), (200, 200));
    let third = posted();
    assert_eq!((third.status().as_u16(), third.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    assert_eq!(third.text().unwrap(), "rate_limited");
}

#[test]
fn message_is_read_with_all_that_alertmanager_sends() {
    let slack = SlackStandIn::builder().start().unwrap();
    let attachment = json!({
        "title": "[FIRING:1] A", "title_link": "http://l", "text": "t", "fallback": "f", "callback_id": "", "footer": "",
        "color": "danger", "mrkdwn_in": ["fallback"], "fields": [{"title": "a", "value": "b", "short": true}],
        "actions": [{"type": "button", "text": "Runbook", "url": "http://r"}],
    });
    post(&slack, &json!({"channel": "#c", "username": "u", "attachments": [attachment]}));
    let arrived = slack.await_message(|message| message.username == "u", LIMIT).unwrap();
    let first = &arrived.attachments[0];
    assert_eq!((first.title.as_str(), first.color.as_str(), first.fields[0].short), ("[FIRING:1] A", "danger", true));
    assert_eq!((first.actions[0].kind.as_str(), first.actions[0].url.as_str()), ("button", "http://r"));
}
