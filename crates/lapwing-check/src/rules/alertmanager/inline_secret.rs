//! A key, a password or a URL that whoever knows it may post to is written into the configuration of Alertmanager. The finding names the key
//! and stars the value out.
//!
//! ```yaml
//! slack_configs:
//!   - api_url: https://hooks.slack.com/services/…
//! ```
//!
//! ## Why it matters
//!
//! The configuration is kept in a repository, copied into tickets, and shown by Alertmanager's own pages and logs. Whoever reads it can page
//! your people, or write in your name.
//!
//! ## How to mend it
//!
//! Name a file that only Alertmanager may read:
//!
//! ```yaml
//! slack_configs:
//!   - api_url_file: /etc/alertmanager/secrets/slack_url
//! ```
//!
//! So for PagerDuty `routing_key_file`, for mail `auth_password_file`, for HTTP `authorization.credentials_file`. What has been in a
//! repository is no secret any more: issue a new one.
//!
//! ## When to allow it
//!
//! For stand-ins in tests. Placeholders such as `${SLACK_URL}` and URLs of this host are passed over.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/inline-secret",
    severity: Severity::Warning,
    headline: "a secret is written into the configuration",
    source: include_str!("inline_secret.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for secret in project.alertmanagers().iter().flat_map(|config| config.inline_secrets()) {
        let help = match secret.key.as_str() {
            key @ ("password" | "credentials" | "bearer_token" | "client_secret") => {
                format!("name a file by `{key}_file`")
            }
            "url" => "name a file by `url_file` (Alertmanager 0.26 and later), or leave user and token out of the URL"
                .to_owned(),
            key => format!("name a file by `{key}_file`, or an object that holds it"),
        };
        findings.add(secret.spot, format!("the secret `{}` is written into the configuration", secret.key)).help(help);
    }
}
