//! `send_resolved` is not set where its default is false: for Slack, and (for information) for mail and WeChat.
//!
//! ```yaml
//! slack_configs:
//!   - api_url_file: /etc/alertmanager/secrets/slack_url
//!     channel: "#alerts"
//! ```
//!
//! ## Why it matters
//!
//! Nobody sees in the channel that it is over. People look after what has healed, or no longer believe what still stands there.
//!
//! ## How to mend it
//!
//! ```yaml
//!     send_resolved: true
//! ```
//!
//! ## When to allow it
//!
//! `send_resolved: false` says that it is meant; then nothing is found.

use crate::{Findings, Project, Rule, Severity, project::either, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/send-resolved-off",
    severity: Severity::Warning,
    headline: "a channel does not say when an alert is over",
    source: include_str!("send_resolved_off.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for config in project.alertmanagers() {
        for receiver in &config.receivers {
            for (kind, settings) in &receiver.channels {
                let (channel, severity) = match kind.as_str() {
                    "slack_configs" => ("Slack", Severity::Warning),
                    "email_configs" => ("mail", Severity::Info),
                    "wechat_configs" => ("WeChat", Severity::Info),
                    _ => continue,
                };
                if either(settings, "send_resolved").is_none() {
                    let name = receiver.name.as_deref().unwrap_or_default();
                    findings
                        .add(
                            config.frame.at(settings),
                            format!("the receiver `{name}` does not tell {channel} when an alert is over"),
                        )
                        .severity(severity)
                        .help(if config.object { "add `sendResolved: true`" } else { "add `send_resolved: true`" });
                }
            }
        }
    }
}
