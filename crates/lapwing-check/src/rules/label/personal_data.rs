//! A label is named as what tells who somebody is: `email`, `user_name`, `client_ip`, `phone`, … It is declared in `telemetry.yaml`, or a query
//! groups by it.
//!
//! ```yaml
//! labels: [{name: email, field: user.email}]
//! ```
//!
//! ## Why it matters
//!
//! Labels are kept for as long as the metrics are, are seen by all who may see a dashboard, and can't be deleted for one person. Each person is
//! a further series besides.
//!
//! ## How to mend it
//!
//! Count without it. If you need to tell kinds of people apart, use a label with few values, such as `plan`. Who it was belongs into logs and
//! traces, where it can be found and deleted.
//!
//! ## When to allow it
//!
//! When the values are no people's: the address of one of your own machines, for example.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "label/personal-data",
    severity: Severity::Warning,
    headline: "a label whose name is that of personal data",
    source: include_str!("personal_data.rs"),
    check: Check::Project(check),
};

const NAMES: [&str; 27] = [
    "address",
    "birth_date",
    "birthday",
    "client_address",
    "client_ip",
    "credit_card",
    "date_of_birth",
    "e_mail",
    "email",
    "email_address",
    "enduser_id",
    "first_name",
    "full_name",
    "iban",
    "ip",
    "ip_address",
    "last_name",
    "passport",
    "peer_ip",
    "phone",
    "phone_number",
    "remote_addr",
    "remote_ip",
    "ssn",
    "user_agent",
    "user_name",
    "username",
];

/// Whether a label of this name tells who somebody is.
fn is_personal(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.contains(&name.as_str())
        || ["_email", "_phone", "_user_name", "_ssn"].iter().any(|ending| name.ends_with(ending))
}

fn check(project: &Project, findings: &mut Findings) {
    for (service, signals) in project.signals().into_iter().flat_map(crate::Declared::services) {
        for metric in signals.metrics() {
            let Some(instrument) = &metric.instrument else { continue };
            for label in metric.labels.iter().filter(|label| is_personal(&label.name)) {
                if let Some(spot) = service.label_at(instrument, &label.name) {
                    findings
                        .add(spot, format!("the label `{}` of `{instrument}` is named as personal data", label.name))
                        .help("leave it out; who it was belongs into logs and traces");
                }
            }
        }
    }
    for asked in project.queries() {
        for label in asked.query.expr().map(lapwing_promql::Expr::labels).unwrap_or_default() {
            if let Some(name) = label.fixed().filter(|name| is_personal(name)) {
                findings
                    .add(
                        asked.query.spot(&label.span),
                        format!("the query goes by the label `{name}`, which is named as personal data"),
                    )
                    .help("ask without it, and take it off the metric");
            }
        }
    }
}
