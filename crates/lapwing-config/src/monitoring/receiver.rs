//! Who is told, and of what.

use std::time::Duration;

use super::{Located, Severity};

/// A receiver of Alertmanager. Services that name the same one must say the same of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Receiver {
    /// `name`.
    pub name: Located<String>,
    /// Which channel.
    pub channel: Channel,
}

/// How a receiver is reached. Secrets are files that Alertmanager reads, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// `slack: {api_url_file, channel}`.
    Slack {
        /// File with the URL of the incoming webhook.
        api_url_file: String,
        /// Channel, such as `#sigil-alerts`.
        channel: String,
    },
    /// `pagerduty: {routing_key_file, url}`.
    PagerDuty {
        /// File with the integration key of Events API v2.
        routing_key_file: String,
        /// Another address than PagerDuty's, for a stand-in.
        url: Option<String>,
    },
    /// `webhook: {url}`: for the Watchdog.
    Webhook {
        /// Where to.
        url: String,
    },
}

/// A route: which alerts of the service go to which receivers.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// `severity`: those it takes; empty: all.
    pub severity: Vec<Severity>,
    /// `match`: labels that an alert must have.
    pub matches: Vec<(String, String)>,
    /// `receivers`, all of them are told.
    pub receivers: Vec<Located<String>>,
    /// `group_wait`, default 30 s.
    pub group_wait: Duration,
    /// `group_interval`, default 5 m.
    pub group_interval: Duration,
    /// `repeat_interval`, default 4 h.
    pub repeat_interval: Duration,
}
