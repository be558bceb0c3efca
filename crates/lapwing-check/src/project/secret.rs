//! Secrets that are written into a configuration of Alertmanager.

use lapwing_document::{Extent, Node, Position, Value};

use super::AlertmanagerConfig;
use crate::Spot;

/// A secret that is written out.
#[derive(Clone, Debug)]
pub struct InlineSecret {
    /// The key.
    pub key: String,
    /// Where the secret stands.
    pub spot: Spot,
    /// From where to where.
    pub extent: Extent,
}

/// Keys whose value is secret whoever has them.
const SECRET: [&str; 25] = [
    "routing_key",
    "service_key",
    "api_key",
    "opsgenie_api_key",
    "victorops_api_key",
    "auth_password",
    "auth_secret",
    "smtp_auth_password",
    "smtp_auth_secret",
    "password",
    "credentials",
    "bearer_token",
    "client_secret",
    "api_secret",
    "wechat_api_secret",
    "bot_token",
    "telegram_bot_token",
    "app_token",
    "slack_app_token",
    "token",
    "token_id",
    "user_key",
    "secret_key",
    "alert_source_token",
    "rocketchat_token",
];

/// Keys whose value is a URL that whoever knows may post to.
const SECRET_URLS: [&str; 5] =
    ["slack_api_url", "webhook_url", "discord_webhook_url", "mattermost_webhook_url", "msteams_webhook_url"];

impl AlertmanagerConfig {
    /// The secrets that are written out, instead of named by a file or an object.
    pub fn inline_secrets(&self) -> Vec<InlineSecret> {
        let mut secrets = Vec::new();
        let mut visit = |kind: &str, node: &Node| self.secrets_in(kind, node, &mut secrets);
        for key in ["global", "http_config"] {
            if let Some(node) = self.node.get(key) {
                visit("global", node);
            }
        }
        for receiver in &self.receivers {
            receiver.channels.iter().for_each(|(kind, node)| visit(kind, node));
        }
        secrets
    }

    fn secrets_in(&self, kind: &str, node: &Node, secrets: &mut Vec<InlineSecret>) {
        for entry in node.entries() {
            let key = super::alertmanager::snake(&entry.key);
            if let Value::Mapping(_) = entry.value.value {
                self.secrets_in(kind, &entry.value, secrets);
            } else if entry.value.as_text().is_some_and(|value| is_secret(kind, &key, value)) {
                let (start, end): (Position, Position) = self.frame.extent(entry.value.extent);
                let spot = self.frame.at(&entry.value);
                secrets.push(InlineSecret { key: entry.key.clone(), spot, extent: Extent { start, end } });
            }
        }
    }
}

/// Where a `monitoring.yaml` has secrets, if it has some.
pub(super) fn in_declaration(root: &Node) -> Vec<Extent> {
    let mut found = Vec::new();
    for receiver in root.get("receivers").map(Node::items).unwrap_or_default() {
        receiver.walk(&mut |path, node| {
            let key = path.key().unwrap_or_default();
            let url = |text: &str| text.contains("://") && !is_local(text);
            if node.as_text().is_some_and(|text| url(text) || is_secret("", key, text)) {
                found.push(node.extent);
            }
        });
    }
    found
}

/// Whether a URL is of this host.
fn is_local(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    ["localhost", "127.", "[::1]"].iter().any(|host| authority.starts_with(host))
}

fn is_secret(kind: &str, key: &str, value: &str) -> bool {
    // What is filled in when it is deployed is not there.
    let filled_in = ["{{", "${", "$(", "<"].iter().any(|opening| value.trim_start().starts_with(opening));
    if value.trim().is_empty() || filled_in {
        return false;
    }
    let url = value.split_once("://").map(|(_, rest)| rest);
    let authority = url.map_or("", |rest| rest.split(['/', '?']).next().unwrap_or_default());
    let tells = authority.contains('@')
        || url.is_some_and(|rest| {
            let query = rest.split_once('?').map_or("", |(_, query)| query).to_lowercase();
            ["token=", "key=", "secret=", "password=", "sig="].iter().any(|name| query.contains(name))
        })
        || ["hooks.slack.com", "discord.com/api/webhooks/"].iter().any(|host| value.contains(host));
    match key {
        _ if SECRET.contains(&key) => true,
        _ if SECRET_URLS.contains(&key) || (kind == "slack_configs" && key == "api_url") => !is_local(value),
        _ => tells && !key.ends_with("_file"),
    }
}
