//! The alert has no label `severity`, neither its own nor one of its group.
//!
//! ```yaml
//! - alert: SigilEncodeSlow
//!   expr: sigil:encode:p95 > 1
//! ```
//!
//! ## Why it matters
//!
//! Routes tell apart by `severity` who is called: `critical` wakes somebody, `warning` waits for the morning. An alert without it
//! falls through to the default route, which may be nobody's.
//!
//! ## How to mend it
//!
//! ```yaml
//! - alert: SigilEncodeSlow
//!   expr: sigil:encode:p95 > 1
//!   labels: {severity: warning}
//! ```
//!
//! ## When to allow it
//!
//! When your routes go by another label. Then allow it for the whole file.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alert/no-severity",
    severity: Severity::Warning,
    headline: "an alert has no severity",
    source: include_str!("no_severity.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (group, alert) in project.alerts() {
        if alert.label("severity").is_none() && !group.labels.iter().any(|label| label.key == "severity") {
            findings
                .add(alert.name.spot(), format!("the alert `{}` has no label `severity`", alert.name.value))
                .help("add `severity: critical`, `warning` or `info` under `labels`, as the routes tell them apart");
        }
    }
}
