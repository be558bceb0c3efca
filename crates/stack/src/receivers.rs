//! All stand-ins behind one address, for a demo or a container.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use crate::{
    PagerDutyBuilder, PagerDutyStandIn, Received, SlackBuilder, SlackStandIn, StandIn, StandInError, WebhookStandIn,
    http_server::{Answer, Handler, HttpServer, Reply, Request},
    stand_in::{Desk, Shared},
    webhook::Webhook,
};

/// Slack, PagerDuty and a plain webhook behind one address.
///
/// | path | what |
/// | --- | --- |
/// | `/services/…` | [`SlackStandIn`] |
/// | `/v2/enqueue` | [`PagerDutyStandIn`] |
/// | `/received` | what each was sent and answered, as JSON, without secrets |
/// | `/-/ready` | 200 |
/// | any other | [`WebhookStandIn`] |
///
/// ```
/// use stack::{PagerDutyStandIn, Receivers, SlackStandIn};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let receivers = Receivers::serve("127.0.0.1:0", SlackStandIn::builder(), PagerDutyStandIn::builder())?;
/// let http = reqwest::blocking::Client::new();
/// http.post(receivers.slack().url()).json(&serde_json::json!({"text": "disk full"})).send()?;
/// let received: serde_json::Value = http.get(receivers.url("/received")).send()?.json()?;
/// assert_eq!(received["slack"][0]["body"]["text"], "disk full");
/// assert_eq!(received["slack"][0]["status"], 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Receivers {
    slack: SlackStandIn,
    pagerduty: PagerDutyStandIn,
    webhook: WebhookStandIn,
}

impl Receivers {
    /// Listens on `address`, `host:port`, until it is dropped; the addresses of the two builders don't count.
    pub fn serve(address: &str, slack: SlackBuilder, pagerduty: PagerDutyBuilder) -> Result<Self, StandInError> {
        let router = Arc::new(Router {
            slack: Arc::new(Shared::new(slack.desk())),
            pagerduty: Arc::new(Shared::new(pagerduty.desk())),
            webhook: Arc::new(Shared::new(Webhook)),
        });
        let server = HttpServer::start(address, router.clone()).map_err(|source| StandInError::Listen {
            name: "the server of the stand-ins",
            address: address.to_owned(),
            source,
        })?;
        let server = Arc::new(server);
        Ok(Receivers {
            slack: StandIn { shared: router.slack.clone(), server: server.clone() },
            pagerduty: StandIn { shared: router.pagerduty.clone(), server: server.clone() },
            webhook: StandIn { shared: router.webhook.clone(), server },
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.slack.address()
    }

    /// URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// Slack.
    pub fn slack(&self) -> &SlackStandIn {
        &self.slack
    }

    /// PagerDuty.
    pub fn pagerduty(&self) -> &PagerDutyStandIn {
        &self.pagerduty
    }

    /// The plain webhook.
    pub fn webhook(&self) -> &WebhookStandIn {
        &self.webhook
    }
}

struct Router {
    slack: Arc<Shared<crate::slack::Slack>>,
    pagerduty: Arc<Shared<crate::pagerduty::PagerDuty>>,
    webhook: Arc<Shared<Webhook>>,
}

impl Handler for Router {
    fn handle(&self, request: Request) -> Reply {
        match request.path.as_str() {
            "/received" => Reply::Answer(Answer::json(
                200,
                &json!({
                    "slack": shown(&self.slack),
                    "pagerduty": shown(&self.pagerduty),
                    "webhook": shown(&self.webhook),
                }),
            )),
            "/-/ready" => Reply::Answer(Answer::text(200, "ready")),
            path if path.starts_with("/v2/") => self.pagerduty.handle(request),
            path if path.starts_with("/services/") => self.slack.handle(request),
            _ => self.webhook.handle(request),
        }
    }
}

fn shown<D: Desk>(shared: &Shared<D>) -> Vec<Value> {
    shared.with_received(|received| received.map(show).collect())
}

fn show<M>(received: &Received<M>) -> Value {
    let since = received.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    json!({
        "time": since.as_secs_f64(),
        "status": received.status,
        "answer": received.answer,
        "accepted": received.message.is_some(),
        "body": received.body,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            "[0-9TZ:.+ -]{0,30}".prop_map(Value::from),
            prop::sample::select(vec!["trigger", "resolve", "critical", "4", "firing"]).prop_map(Value::from),
        ];
        let names = prop::sample::select(vec![
            "routing_key",
            "event_action",
            "dedup_key",
            "payload",
            "summary",
            "source",
            "severity",
            "timestamp",
            "custom_details",
            "links",
            "href",
            "text",
            "attachments",
            "fields",
            "blocks",
            "channel",
            "version",
            "alerts",
            "status",
            "labels",
        ]);
        leaf.prop_recursive(4, 64, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..8)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    /// Only the number matters: 2xx where it is taken, else a refusal with words.
    fn judged<D: Desk>(desk: &D, path: &str, body: &Value) -> bool {
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            content_type: "application/json".to_owned(),
            body: Bytes::from(body.to_string()),
        };
        match desk.judge(&request, body.clone(), Instant::now()) {
            Ok((answer, _)) => (200..300).contains(&answer.status),
            Err(answer) => (400..500).contains(&answer.status) && !answer.body.is_empty(),
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_taken_or_refused_in_words(mut body in anything()) {
            let key = "k".repeat(32);
            let pagerduty = PagerDutyStandIn::builder().routing_key(&key).desk();
            prop_assert!(judged(&pagerduty, "/v2/enqueue", &body));
            if let Some(sent) = body.get_mut("routing_key") {
                *sent = json!(key);
            }
            prop_assert!(judged(&pagerduty, "/v2/enqueue", &body));
            let slack = SlackStandIn::builder().token("t").desk();
            prop_assert!(judged(&slack, "/services/T0STANDIN/B0STANDIN/t", &body));
            prop_assert!(judged(&Webhook, "/", &body));
        }
    }
}
