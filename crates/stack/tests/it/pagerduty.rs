use std::time::Duration;

use reqwest::blocking::Client;
use serde_json::{Value, json};
use stack::{EventAction, PagerDutyStandIn};

const LIMIT: Duration = Duration::from_secs(10);
const KEY: &str = "k3yk3yk3yk3yk3yk3yk3yk3yk3yk3yk3";

fn stand_in() -> PagerDutyStandIn {
    PagerDutyStandIn::builder().routing_key(KEY).start().unwrap()
}

fn trigger() -> Value {
    json!({
        "routing_key": KEY, "event_action": "trigger", "dedup_key": "disk",
        "payload": {"summary": "disk full", "source": "host-1", "severity": "critical"},
    })
}

fn sent(pagerduty: &PagerDutyStandIn, event: &Value) -> (u16, Value) {
    let response = Client::new().post(pagerduty.url()).json(event).send().unwrap();
    (response.status().as_u16(), response.json().unwrap_or_default())
}

/// The trigger with one thing set.
fn with(pointer: &str, value: Value) -> Value {
    let mut event = trigger();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

fn without(pointer: &str) -> Value {
    let mut event = trigger();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
    event
}

#[test]
fn events_are_judged_as_pagerduty_does() {
    let pagerduty = stand_in();
    let success = json!({"status": "success", "message": "Event processed", "dedup_key": "disk"});
    assert_eq!(sent(&pagerduty, &trigger()), (202, success));
    for (event, error) in [
        (without("/routing_key"), "'routing_key' is missing or blank"),
        (with("/routing_key", json!("short")), "Length of 'routing_key' is incorrect (should be 32 characters)"),
        (with("/routing_key", json!("x".repeat(32))), "Invalid routing key"),
        (with("/routing_key", json!(7)), "'routing_key' is invalid (must be a string)"),
        (without("/event_action"), "'event_action' is missing or blank"),
        (
            with("/event_action", json!("firing")),
            "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')",
        ),
        (with("/dedup_key", json!("d".repeat(256))), "'dedup_key' is too long (maximum is 255 characters)"),
        (without("/payload"), "'payload' is missing or blank"),
        (without("/payload/summary"), "'payload.summary' is missing or blank"),
        (with("/payload/summary", json!(" ")), "'payload.summary' is missing or blank"),
        (
            with("/payload/summary", json!("é".repeat(1025))),
            "'payload.summary' is too long (maximum is 1024 characters)",
        ),
        (without("/payload/source"), "'payload.source' is missing or blank"),
        (without("/payload/severity"), "'payload.severity' is missing or blank"),
        (
            with("/payload/severity", json!("page")),
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
        ),
        (with("/payload/timestamp", json!("yesterday")), "'payload.timestamp' is invalid (must be ISO 8601)"),
        (with("/payload/custom_details", json!("text")), "'payload.custom_details' is invalid (must be an object)"),
        (with("/payload/group", json!(1)), "'payload.group' is invalid (must be a string)"),
        (with("/client_url", json!(["a"])), "'client_url' is invalid (must be a string)"),
        (with("/links", json!({"href": "a"})), "'links' is invalid (must be an array)"),
        (with("/links", json!([{"href": "a"}, {"text": "b"}])), "'links[1].href' is missing or blank"),
        (with("/images", json!([{"href": "a"}])), "'images[0].src' is missing or blank"),
    ] {
        let refusal = json!({"status": "invalid event", "message": "Event object is invalid", "errors": [error]});
        assert_eq!(sent(&pagerduty, &event), (400, refusal), "{error}");
    }
    let (status, refusal) = sent(&pagerduty, &json!({"event_action": "trigger"}));
    assert_eq!((status, refusal["errors"].as_array().unwrap().len()), (400, 2), "all errors at once: {refusal}");
    let (status, refusal) = sent(&pagerduty, &json!(["trigger"]));
    assert_eq!((status, refusal["errors"][0].as_str().unwrap()), (400, "JSON parse error"));
    // A type that no rule names is refused all the same.
    assert_eq!(sent(&pagerduty, &with("/links", json!([{"href": "a", "text": 1}]))).0, 400);
    assert_eq!(sent(&pagerduty, &with("/payload/summary", json!("é".repeat(1024)))).0, 202);
    assert_eq!(sent(&pagerduty, &with("/payload/custom_details", json!({"a": {"b": [1]}}))).0, 202);
    assert_eq!(sent(&pagerduty, &with("/payload/custom_details", json!({"a": "b".repeat(512_000)}))).0, 413);
    assert_eq!(pagerduty.messages().len(), 3);
}

#[test]
fn other_paths_and_methods_are_refused() {
    let pagerduty = stand_in();
    let http = Client::new();
    let status = |request: reqwest::blocking::RequestBuilder| request.send().unwrap().status().as_u16();
    assert_eq!(status(http.get(pagerduty.url())), 405);
    assert_eq!(status(http.post(pagerduty.url().replace("enqueue", "change/enqueue")).json(&trigger())), 404);
}

#[test]
fn incidents_open_and_close_by_their_keys() {
    let pagerduty = stand_in();
    let act = |action: &str, key: &str| {
        let mut event = with("/event_action", json!(action));
        event["dedup_key"] = json!(key);
        assert_eq!(sent(&pagerduty, &event).0, 202);
    };
    act("trigger", "disk");
    act("trigger", "disk");
    act("trigger", "cpu");
    act("acknowledge", "cpu");
    act("acknowledge", "gone");
    let open: Vec<_> =
        pagerduty.open_incidents().into_iter().map(|i| (i.dedup_key, i.triggers, i.acknowledged, i.severity)).collect();
    let critical = "critical".to_owned();
    assert_eq!(open, [("cpu".to_owned(), 1, true, critical.clone()), ("disk".to_owned(), 2, false, critical)]);
    // A resolve needs no payload.
    assert_eq!(sent(&pagerduty, &json!({"routing_key": KEY, "event_action": "resolve", "dedup_key": "disk"})).0, 202);
    act("resolve", "cpu");
    assert!(pagerduty.open_incidents().is_empty());
    let (status, refusal) = sent(&pagerduty, &json!({"routing_key": KEY, "event_action": "resolve"}));
    assert_eq!((status, refusal["errors"][0].as_str()), (400, Some("'dedup_key' is missing or blank")));

    let (_, first) = sent(&pagerduty, &without("/dedup_key"));
    let (_, second) = sent(&pagerduty, &without("/dedup_key"));
    assert_ne!(first["dedup_key"], second["dedup_key"]);
    assert_eq!(pagerduty.open_incidents().len(), 2);
    let resolved = pagerduty.await_message(|event| event.action == EventAction::Resolve, LIMIT).unwrap();
    assert_eq!((resolved.dedup_key.as_str(), resolved.payload.summary.as_str()), ("disk", ""));
}

#[test]
fn too_many_events_are_told_to_wait() {
    let pagerduty = PagerDutyStandIn::builder().routing_key(KEY).rate_limit(2).start().unwrap();
    assert_eq!((sent(&pagerduty, &trigger()).0, sent(&pagerduty, &trigger()).0), (202, 202));
    let response = Client::new().post(pagerduty.url()).json(&trigger()).send().unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "30"));
    assert_eq!(response.json::<Value>().unwrap()["status"], "throttle exceeded");
}

#[test]
fn routing_key_is_shown_nowhere() {
    let pagerduty = stand_in();
    sent(&pagerduty, &with("/payload/custom_details", json!({"a": [format!("<{KEY}>")]})));
    sent(&pagerduty, &with("/routing_key", json!("an0ther")));
    let all = format!("{pagerduty:?} {:?}", pagerduty.requests());
    assert!(!all.contains(KEY) && !all.contains("an0ther"), "{all}");
    assert_eq!(pagerduty.requests()[0].body["payload"]["custom_details"]["a"][0], "<(hidden)>");
}
