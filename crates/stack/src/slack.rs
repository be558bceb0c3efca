//! Slack's incoming webhooks.

use std::{collections::BTreeSet, time::Duration, time::Instant};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    StandIn, StandInError,
    http_server::{Answer, Request},
    rate::Rate,
    secret::Secret,
    stand_in::Desk,
};

/// Larger bodies are refused.
const BYTES: usize = 1 << 20;
/// Slack cuts longer texts off, which an alert is not to suffer.
const TEXT: usize = 40_000;
const ATTACHMENTS: usize = 100;
const ACTIONS: usize = 5;
const BLOCKS: usize = 50;

const TEAM: &str = "T0STANDIN";
const SERVICE: &str = "B0STANDIN";

/// What Slack was sent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SlackMessage {
    /// `#channel` or `@user`; empty for the webhook's own.
    pub channel: String,
    /// Shown as the sender.
    pub username: String,
    /// Text outside attachments.
    pub text: String,
    /// Attachments.
    pub attachments: Vec<SlackAttachment>,
    /// Blocks, as they came.
    pub blocks: Vec<Value>,
}

/// One attachment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SlackAttachment {
    /// Headline.
    pub title: String,
    /// Where the headline leads.
    pub title_link: String,
    /// Text above.
    pub pretext: String,
    /// Text.
    pub text: String,
    /// What notifications show.
    pub fallback: String,
    /// Text below.
    pub footer: String,
    /// `good`, `warning`, `danger` or `#rrggbb`.
    pub color: String,
    /// Table.
    pub fields: Vec<SlackField>,
    /// Buttons.
    pub actions: Vec<SlackAction>,
    /// Parts in which markup counts.
    pub mrkdwn_in: Vec<String>,
}

impl SlackAttachment {
    fn is_empty(&self) -> bool {
        let texts = [&self.title, &self.pretext, &self.text, &self.fallback];
        texts.iter().all(|text| text.is_empty()) && self.fields.is_empty()
    }
}

/// One cell of the table.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SlackField {
    /// Heading.
    pub title: String,
    /// Content.
    pub value: String,
    /// Whether two stand side by side.
    pub short: bool,
}

/// One button.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SlackAction {
    /// `button`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Label.
    pub text: String,
    /// Where it leads.
    pub url: String,
}

/// A stand-in for Slack's incoming webhooks, with Slack's words and status codes.
///
/// | request | answer |
/// | --- | --- |
/// | anything but `POST` | 405 `method_not_allowed` |
/// | another team, another webhook | 404 `no_team`, 404 `no_service` |
/// | a wrong token | 403 `invalid_token` |
/// | no JSON object, a field of another type | 400 `invalid_payload` |
/// | neither text nor attachments nor blocks | 400 `no_text` |
/// | only attachments without any text | 400 `missing_text_or_fallback_or_attachments` |
/// | more than 100 attachments | 400 `too_many_attachments` |
/// | more than 5 buttons in an attachment | 400 `invalid_attachments` |
/// | more than 50 blocks | 400 `invalid_blocks` |
/// | more than 40 000 characters | 400 `msg_too_long` |
/// | more than 1 MiB | 413 `payload_too_large` |
/// | a channel that isn't there, where [`channels`](SlackBuilder::channels) are named | 404 `channel_not_found` |
/// | too many, where [`rate_limit`](SlackBuilder::rate_limit) is set | 429 `rate_limited`, `Retry-After` |
/// | else | 200 `ok` |
///
/// ```
/// use std::time::Duration;
///
/// use stack::SlackStandIn;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let slack = SlackStandIn::builder().start()?;
/// let message = serde_json::json!({"channel": "#alerts", "text": "disk full"});
/// let answer = reqwest::blocking::Client::new().post(slack.url()).json(&message).send()?;
/// assert_eq!((answer.status().as_u16(), answer.text()?.as_str()), (200, "ok"));
/// let arrived = slack.await_message(|message| message.channel == "#alerts", Duration::from_secs(5))?;
/// assert_eq!(arrived.text, "disk full");
/// # Ok(())
/// # }
/// ```
pub type SlackStandIn = StandIn<Slack>;

/// How a [`SlackStandIn`] is set up.
#[derive(Debug)]
pub struct SlackBuilder {
    token: Secret,
    channels: Option<BTreeSet<String>>,
    rate: Option<Rate>,
    listen: String,
}

impl SlackBuilder {
    /// Last part of the webhook's path; default 24 letters.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Secret::new(token);
        self
    }

    /// The channels there are, with their `#`; default any.
    pub fn channels<S: Into<String>>(mut self, channels: impl IntoIterator<Item = S>) -> Self {
        self.channels = Some(channels.into_iter().map(Into::into).collect());
        self
    }

    /// One message a second, as Slack has it, and `burst` at once; default no limit.
    pub fn rate_limit(mut self, burst: u32) -> Self {
        self.rate = Some(Rate::new(Duration::from_secs(1), burst));
        self
    }

    /// `host:port`; default `127.0.0.1:0`, a free port.
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// Listens from now on.
    pub fn start(self) -> Result<SlackStandIn, StandInError> {
        let listen = self.listen.clone();
        StandIn::listening(self.desk(), &listen)
    }

    pub(crate) fn desk(self) -> Slack {
        Slack { token: self.token, channels: self.channels, rate: self.rate }
    }
}

impl StandIn<Slack> {
    /// Sets one up.
    pub fn builder() -> SlackBuilder {
        SlackBuilder {
            token: Secret::new("standinstandinstandinabc"),
            channels: None,
            rate: None,
            listen: "127.0.0.1:0".to_owned(),
        }
    }

    /// URL of the webhook, for `slack_configs.api_url`. It is a secret: it holds the token.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address(), self.path())
    }

    /// Path of the webhook; a secret as well.
    pub fn path(&self) -> String {
        format!("/services/{TEAM}/{SERVICE}/{}", self.shared.desk.token.reveal())
    }
}

/// What Slack does with a message.
#[derive(Debug)]
pub struct Slack {
    token: Secret,
    channels: Option<BTreeSet<String>>,
    rate: Option<Rate>,
}

impl Slack {
    fn check_path(&self, path: &str) -> Result<(), Answer> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["services", TEAM, SERVICE, token] if *token == self.token.reveal() => Ok(()),
            ["services", TEAM, SERVICE, ..] => Err(Answer::text(403, "invalid_token")),
            ["services", TEAM, ..] => Err(Answer::text(404, "no_service")),
            _ => Err(Answer::text(404, "no_team")),
        }
    }
}

impl Desk for Slack {
    type Message = SlackMessage;
    const NAME: &'static str = "the stand-in for Slack";

    fn judge(&self, request: &Request, body: Value, now: Instant) -> Result<(Answer, SlackMessage), Answer> {
        let refused = |status, words| Err(Answer::text(status, words));
        if request.method != "POST" {
            return refused(405, "method_not_allowed");
        }
        self.check_path(&request.path)?;
        if let Some(Err(wait)) = self.rate.as_ref().map(|rate| rate.take(now)) {
            return Err(Answer::text(429, "rate_limited").retry_after(wait.as_secs_f64().ceil() as u64));
        }
        if request.body.len() > BYTES {
            return refused(413, "payload_too_large");
        }
        if request.content_type != "application/json" || !body.is_object() {
            return refused(400, "invalid_payload");
        }
        let Ok(message) = serde_json::from_value::<SlackMessage>(body) else {
            return refused(400, "invalid_payload");
        };
        if let Some(problem) = problem(&message) {
            return refused(400, problem);
        }
        let known = |channels: &BTreeSet<String>| message.channel.is_empty() || channels.contains(&message.channel);
        if !self.channels.as_ref().is_none_or(known) {
            return refused(404, "channel_not_found");
        }
        Ok((Answer::text(200, "ok"), message))
    }
}

fn problem(message: &SlackMessage) -> Option<&'static str> {
    let attachments = &message.attachments;
    let texts = attachments.iter().flat_map(|a| [&a.title, &a.pretext, &a.text, &a.footer]).chain([&message.text]);
    if message.text.is_empty() && attachments.is_empty() && message.blocks.is_empty() {
        Some("no_text")
    } else if message.text.is_empty() && message.blocks.is_empty() && attachments.iter().all(SlackAttachment::is_empty)
    {
        Some("missing_text_or_fallback_or_attachments")
    } else if attachments.len() > ATTACHMENTS {
        Some("too_many_attachments")
    } else if attachments.iter().any(|attachment| attachment.actions.len() > ACTIONS) {
        Some("invalid_attachments")
    } else if message.blocks.len() > BLOCKS {
        Some("invalid_blocks")
    } else if texts.map(|text| text.chars().count()).sum::<usize>() > TEXT {
        Some("msg_too_long")
    } else {
        None
    }
}
