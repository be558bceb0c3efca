//! A plain receiver of Alertmanager's webhook messages, such as a dead man's switch.

use std::{collections::BTreeMap, time::Instant};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    StandIn, StandInError,
    http_server::{Answer, Request},
    stand_in::Desk,
};

const PATH: &str = "/webhook";

/// What Alertmanager posts to a webhook, version 4.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookMessage {
    /// `4`.
    pub version: String,
    /// Which group.
    pub group_key: String,
    /// Alerts that were left out.
    #[serde(default)]
    pub truncated_alerts: u64,
    /// `firing` where any alert is, else `resolved`.
    pub status: String,
    /// Name of the receiver.
    pub receiver: String,
    /// What the alerts were grouped by.
    pub group_labels: BTreeMap<String, String>,
    /// What all alerts have.
    pub common_labels: BTreeMap<String, String>,
    /// What all alerts have.
    pub common_annotations: BTreeMap<String, String>,
    /// Where Alertmanager is.
    #[serde(rename = "externalURL")]
    pub external_url: String,
    /// The alerts.
    pub alerts: Vec<WebhookAlert>,
}

/// One alert of a message.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookAlert {
    /// `firing` or `resolved`.
    pub status: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// RFC 3339.
    pub starts_at: String,
    /// RFC 3339; the year 1 where it fires still.
    pub ends_at: String,
    /// Where it was made.
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
    /// Alertmanager's name for this set of labels.
    pub fingerprint: String,
}

/// A receiver of Alertmanager's webhook messages: `POST` of JSON in the form of version 4, to any path, is answered with 200;
/// anything else is refused with 405 or 400 and what is wrong.
pub type WebhookStandIn = StandIn<Webhook>;

/// How a [`WebhookStandIn`] is set up.
#[derive(Debug)]
pub struct WebhookBuilder {
    listen: String,
}

impl WebhookBuilder {
    /// `host:port`; default `127.0.0.1:0`, a free port.
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// Listens from now on.
    pub fn start(self) -> Result<WebhookStandIn, StandInError> {
        StandIn::listening(Webhook, &self.listen)
    }
}

impl StandIn<Webhook> {
    /// Sets one up.
    pub fn builder() -> WebhookBuilder {
        WebhookBuilder { listen: "127.0.0.1:0".to_owned() }
    }

    /// For `webhook_configs.url`; any other path does as well.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address())
    }
}

/// What the receiver does with a message.
#[derive(Debug)]
pub struct Webhook;

impl Desk for Webhook {
    type Message = WebhookMessage;
    const NAME: &'static str = "the webhook";

    fn judge(&self, request: &Request, body: Value, _now: Instant) -> Result<(Answer, WebhookMessage), Answer> {
        let refused = |status, problem: &str| Err(Answer::text(status, problem));
        if request.method != "POST" {
            return refused(405, "only POST");
        }
        if request.content_type != "application/json" {
            return refused(400, "not application/json");
        }
        let message: WebhookMessage = match serde_json::from_value(body) {
            Ok(message) => message,
            Err(error) => return refused(400, &error.to_string()),
        };
        if message.version != "4" {
            return refused(400, "not of version 4");
        }
        let states = message.alerts.iter().map(|alert| &alert.status).chain([&message.status]);
        if message.alerts.is_empty() || states.into_iter().any(|state| state != "firing" && state != "resolved") {
            return refused(400, "no alert, or one that neither fires nor is resolved");
        }
        Ok((Answer::text(200, ""), message))
    }
}
