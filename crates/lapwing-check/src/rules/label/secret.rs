//! A label is named as a secret: `token`, `password`, `authorization`, `session_id`, `api_key`, … It is declared in `telemetry.yaml`, or a query
//! groups by it.
//!
//! ```yaml
//! labels: [{name: session_id, field: session.id}]
//! ```
//!
//! ## Why it matters
//!
//! Metrics are served without asking who reads them, are kept for months and are shown on dashboards. Whoever reads the label can act in the name
//! of whoever it belongs to. Each value is a further series besides.
//!
//! ## How to mend it
//!
//! Take it off. To tell kinds apart use a label with few values, such as the kind of the token.
//!
//! ## When to allow it
//!
//! When the value only names a kind, such as `token="refresh"`; a better name then is `token_kind`.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "label/secret",
    severity: Severity::Error,
    headline: "a label whose name is that of a secret",
    source: include_str!("secret.rs"),
    check: Check::Project(check),
};

const NAMES: [&str; 20] = [
    "access_token",
    "api_key",
    "apikey",
    "auth_token",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "csrf_token",
    "jwt",
    "passwd",
    "password",
    "private_key",
    "refresh_token",
    "secret_key",
    "session",
    "session_id",
    "session_token",
    "token",
];

/// Whether a label of this name is a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.contains(&name.as_str()) || ["_token", "_password", "_api_key"].iter().any(|ending| name.ends_with(ending))
}

fn check(project: &Project, findings: &mut Findings) {
    for (service, signals) in project.signals().into_iter().flat_map(crate::Declared::services) {
        for metric in signals.metrics() {
            let Some(instrument) = &metric.instrument else { continue };
            for label in metric.labels.iter().filter(|label| is_secret(&label.name)) {
                if let Some(spot) = service.label_at(instrument, &label.name) {
                    findings
                        .add(spot, format!("the label `{}` of `{instrument}` is named as a secret", label.name))
                        .help("leave it out: whoever reads the metrics reads it too");
                }
            }
        }
    }
    for asked in project.queries() {
        for label in asked.query.expr().map(lapwing_promql::Expr::labels).unwrap_or_default() {
            if let Some(name) = label.fixed().filter(|name| is_secret(name)) {
                findings
                    .add(
                        asked.query.spot(&label.span),
                        format!("the query goes by the label `{name}`, which is named as a secret"),
                    )
                    .help("ask without it, and take it off the metric");
            }
        }
    }
}
