//! The alert has a severity that calls somebody, and no annotation `runbook_url` (or `runbook`).
//!
//! ```yaml
//! - alert: SigilEncodeSlow
//!   expr: sigil:encode:p95 > 1
//!   labels: {severity: critical}
//!   annotations: {summary: P95 of encoding is above 1 s}
//! ```
//!
//! ## Why it matters
//!
//! Who is called need not be who wrote the alert. The runbook says what it means, where to look first and what to do.
//!
//! ## How to mend it
//!
//! ```yaml
//!   annotations:
//!     summary: P95 of encoding is above 1 s
//!     runbook_url: https://example.org/runbooks/sigil/SigilEncodeSlow.md
//! ```
//!
//! A path from the root of the repository will do too; `alert/runbook-missing` then sees that it exists. Alerts that `lapwing generate`
//! makes have their runbooks from `monitoring.yaml`.
//!
//! ## When to allow it
//!
//! While a new alert is on trial. Alerts of the severities `info` and `none` need no runbook.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alert/no-runbook",
    severity: Severity::Warning,
    headline: "an alert that calls somebody has no runbook",
    source: include_str!("no_runbook.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (group, alert) in project.alerts() {
        let severity = alert.label("severity").or(group.labels.iter().find(|label| label.key == "severity"));
        let quiet = severity.is_some_and(|severity| matches!(severity.value.trim(), "info" | "none"));
        let runbook = ["runbook_url", "runbook"].iter().find_map(|key| alert.annotation(key));
        if !quiet && runbook.is_none_or(|runbook| runbook.value.trim().is_empty()) {
            findings
                .add(alert.name.spot(), format!("the alert `{}` has no runbook", alert.name.value))
                .help("add `runbook_url: …` under `annotations`: what the alert means and what to do");
        }
    }
}
