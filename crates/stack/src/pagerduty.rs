//! PagerDuty's Events API, version 2.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    StandIn, StandInError,
    http_server::{Answer, Request},
    pagerduty_event::problems,
    rate::Rate,
    secret::Secret,
    stand_in::Desk,
};

/// 512 KB.
const BYTES: usize = 512_000;
const PATH: &str = "/v2/enqueue";
const KEY_LENGTH: usize = 32;
const HIDDEN: &str = "(hidden)";

/// What is to happen to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventAction {
    /// It is there.
    Trigger,
    /// Somebody works on it.
    Acknowledge,
    /// It is over.
    Resolve,
}

/// What PagerDuty was sent, without the routing key.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PagerDutyEvent {
    /// What is to happen.
    #[serde(rename = "event_action")]
    pub action: EventAction,
    /// Which alert; given by PagerDuty where a trigger has none.
    #[serde(default)]
    pub dedup_key: String,
    /// What is wrong; empty where an event that isn't a trigger leaves it out.
    #[serde(default)]
    pub payload: PagerDutyPayload,
    /// Name of the sender.
    #[serde(default)]
    pub client: String,
    /// Where the sender is.
    #[serde(default)]
    pub client_url: String,
    /// Links.
    #[serde(default)]
    pub links: Vec<PagerDutyLink>,
    /// Pictures.
    #[serde(default)]
    pub images: Vec<PagerDutyImage>,
}

/// What is wrong.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PagerDutyPayload {
    /// Headline of the incident.
    pub summary: String,
    /// Which machine or service.
    pub source: String,
    /// `critical`, `error`, `warning`, `info`.
    pub severity: String,
    /// When, ISO 8601.
    pub timestamp: String,
    /// Kind of event.
    pub class: String,
    /// Part of the source.
    pub component: String,
    /// Group of sources.
    pub group: String,
    /// Anything else.
    pub custom_details: Value,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PagerDutyLink {
    /// Where it leads.
    pub href: String,
    /// What it says.
    #[serde(default)]
    pub text: String,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PagerDutyImage {
    /// Where it is.
    pub src: String,
    /// Where it leads.
    #[serde(default)]
    pub href: String,
    /// What it shows.
    #[serde(default)]
    pub alt: String,
}

/// An alert that was triggered and isn't resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its key.
    pub dedup_key: String,
    /// As of the last trigger.
    pub summary: String,
    /// As of the last trigger.
    pub severity: String,
    /// Time of the first trigger.
    pub since: SystemTime,
    /// How often it was triggered.
    pub triggers: u32,
    /// Whether somebody works on it.
    pub acknowledged: bool,
}

/// A stand-in for PagerDuty's Events API, version 2, with PagerDuty's words and status codes.
///
/// | request | answer |
/// | --- | --- |
/// | another path, anything but `POST` | 404, 405 |
/// | more than 512 KB | 413 |
/// | no JSON object | 400 `Unrecognized object` |
/// | `routing_key` missing, not of 32 characters, not this one | 400 `invalid event` |
/// | `event_action` not `trigger`, `acknowledge`, `resolve` | 400 `invalid event` |
/// | `dedup_key` of more than 255 characters; missing, but in a trigger | 400 `invalid event` |
/// | trigger: `summary`, `source` or `severity` missing; `summary` of more than 1024 characters | 400 `invalid event` |
/// | trigger: `severity` not `critical`, `error`, `warning`, `info`; `timestamp` not ISO 8601 | 400 `invalid event` |
/// | a link without `href`, an image without `src`, a field of another type | 400 `invalid event` |
/// | too many, where [`rate_limit`](PagerDutyBuilder::rate_limit) is set | 429 `throttle exceeded` |
/// | else | 202 `success` with the `dedup_key` |
///
/// ```
/// use stack::PagerDutyStandIn;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pagerduty = PagerDutyStandIn::builder().start()?;
/// let http = reqwest::blocking::Client::new();
/// let mut event = serde_json::json!({
///     "routing_key": pagerduty.routing_key(), "event_action": "trigger", "dedup_key": "disk",
///     "payload": {"summary": "disk full", "source": "host-1", "severity": "critical"},
/// });
/// assert_eq!(http.post(pagerduty.url()).json(&event).send()?.status().as_u16(), 202);
/// assert_eq!(pagerduty.open_incidents()[0].summary, "disk full");
/// event["event_action"] = "resolve".into();
/// http.post(pagerduty.url()).json(&event).send()?;
/// assert!(pagerduty.open_incidents().is_empty());
/// # Ok(())
/// # }
/// ```
pub type PagerDutyStandIn = StandIn<PagerDuty>;

/// How a [`PagerDutyStandIn`] is set up.
#[derive(Debug)]
pub struct PagerDutyBuilder {
    key: Secret,
    rate: Option<Rate>,
    listen: String,
}

impl PagerDutyBuilder {
    /// The one key that is accepted, of 32 characters.
    pub fn routing_key(mut self, key: impl Into<String>) -> Self {
        self.key = Secret::new(key);
        self
    }

    /// As many events a minute, all at once if need be; default no limit.
    pub fn rate_limit(mut self, per_minute: u32) -> Self {
        let per_minute = per_minute.max(1);
        self.rate = Some(Rate::new(Duration::from_secs(60) / per_minute, per_minute));
        self
    }

    /// `host:port`; default `127.0.0.1:0`, a free port.
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// Listens from now on.
    pub fn start(self) -> Result<PagerDutyStandIn, StandInError> {
        let listen = self.listen.clone();
        StandIn::listening(self.desk(), &listen)
    }

    pub(crate) fn desk(self) -> PagerDuty {
        PagerDuty { key: self.key, rate: self.rate, open: Mutex::new(Open::default()) }
    }
}

impl StandIn<PagerDuty> {
    /// Sets one up.
    pub fn builder() -> PagerDutyBuilder {
        PagerDutyBuilder {
            key: Secret::new("0123456789abcdef0123456789abcdef"),
            rate: None,
            listen: "127.0.0.1:0".to_owned(),
        }
    }

    /// URL events go to, for `pagerduty_configs.url`.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address())
    }

    /// The key that is accepted; a secret.
    pub fn routing_key(&self) -> String {
        self.shared.desk.key.reveal().to_owned()
    }

    /// Alerts that were triggered and aren't resolved, by their keys.
    pub fn open_incidents(&self) -> Vec<Incident> {
        let open = self.shared.desk.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.incidents.values().cloned().collect()
    }
}

/// What PagerDuty does with an event.
#[derive(Debug)]
pub struct PagerDuty {
    key: Secret,
    rate: Option<Rate>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    incidents: BTreeMap<String, Incident>,
    /// Keys given to triggers without one.
    given: u128,
}

impl Open {
    fn take(&mut self, event: &mut PagerDutyEvent) {
        if event.dedup_key.is_empty() {
            self.given += 1;
            event.dedup_key = format!("{:032x}", self.given);
        }
        let key = &event.dedup_key;
        match event.action {
            EventAction::Trigger => {
                let incident = self.incidents.entry(key.clone()).or_insert_with(|| Incident {
                    dedup_key: key.clone(),
                    summary: String::new(),
                    severity: String::new(),
                    since: SystemTime::now(),
                    triggers: 0,
                    acknowledged: false,
                });
                incident.summary.clone_from(&event.payload.summary);
                incident.severity.clone_from(&event.payload.severity);
                incident.triggers = incident.triggers.saturating_add(1);
            }
            EventAction::Acknowledge => {
                if let Some(incident) = self.incidents.get_mut(key) {
                    incident.acknowledged = true;
                }
            }
            EventAction::Resolve => drop(self.incidents.remove(key)),
        }
    }
}

impl PagerDuty {
    fn check_key(&self, event: &Value) -> Option<&'static str> {
        match event.get("routing_key").map(Value::as_str) {
            None | Some(Some("")) => Some("'routing_key' is missing or blank"),
            Some(None) => Some("'routing_key' is invalid (must be a string)"),
            Some(Some(key)) if key.chars().count() != KEY_LENGTH => {
                Some("Length of 'routing_key' is incorrect (should be 32 characters)")
            }
            Some(Some(key)) if key != self.key.reveal() => Some("Invalid routing key"),
            Some(Some(_)) => None,
        }
    }
}

impl Desk for PagerDuty {
    type Message = PagerDutyEvent;
    const NAME: &'static str = "the stand-in for PagerDuty";

    fn record(&self, mut body: Value) -> Value {
        if let Some(key) = body.get_mut("routing_key") {
            *key = json!(HIDDEN);
        }
        // A template may have put it anywhere.
        hide(self.key.reveal(), &mut body);
        body
    }

    fn judge(&self, request: &Request, body: Value, now: Instant) -> Result<(Answer, PagerDutyEvent), Answer> {
        if request.path != PATH {
            return Err(Answer::text(404, "Not Found"));
        }
        if request.method != "POST" {
            return Err(Answer::text(405, "Method Not Allowed"));
        }
        if request.body.len() > BYTES {
            return Err(Answer::text(413, "Request Entity Too Large"));
        }
        if let Some(Err(wait)) = self.rate.as_ref().map(|rate| rate.take(now)) {
            let message = "Requests for this service are arriving too quickly.  Please retry later.";
            let answer = Answer::json(429, &json!({"status": "throttle exceeded", "message": message}));
            return Err(answer.retry_after(wait.as_secs_f64().ceil() as u64));
        }
        if !body.is_object() {
            let message = "Event object format is unrecognized";
            let errors = ["JSON parse error"];
            let refusal = json!({"status": "Unrecognized object", "message": message, "errors": errors});
            return Err(Answer::json(400, &refusal));
        }
        let mut errors: Vec<String> = self.check_key(&body).into_iter().map(str::to_owned).collect();
        errors.append(&mut problems(&body));
        let mut event = match serde_json::from_value::<PagerDutyEvent>(self.record(body)) {
            Ok(event) if errors.is_empty() => event,
            Ok(_) => return Err(invalid(&errors)),
            Err(error) => {
                if errors.is_empty() {
                    errors.push(error.to_string());
                }
                return Err(invalid(&errors));
            }
        };
        self.open.lock().unwrap_or_else(PoisonError::into_inner).take(&mut event);
        let success = json!({"status": "success", "message": "Event processed", "dedup_key": event.dedup_key});
        Ok((Answer::json(202, &success), event))
    }
}

fn hide(key: &str, value: &mut Value) {
    match value {
        Value::String(text) if !key.is_empty() && text.contains(key) => *text = text.replace(key, HIDDEN),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(key, item)),
        Value::Object(fields) => fields.values_mut().for_each(|field| hide(key, field)),
        _ => {}
    }
}

fn invalid(errors: &[String]) -> Answer {
    Answer::json(400, &json!({"status": "invalid event", "message": "Event object is invalid", "errors": errors}))
}
