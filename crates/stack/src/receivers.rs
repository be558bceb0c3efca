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
/// | `/webhook` | [`WebhookStandIn`] |
/// | `/received` | what each was sent and answered, as JSON, without secrets |
/// | `/-/ready` | 200 |
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
            "/webhook" => self.webhook.handle(request),
            _ => self.slack.handle(request),
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
