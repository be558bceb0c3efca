//! The alert has no annotation `summary` (and no `message` or `description` in its stead), or an empty one.
//!
//! ```yaml
//! - alert: SigilEncodeSlow
//!   expr: sigil:encode:p95 > 1
//!   labels: {severity: warning}
//! ```
//!
//! ## Why it matters
//!
//! The summary is what stands in the notification. Without it somebody who is woken at night reads a name and a list of labels, and has
//! to find out what they mean.
//!
//! ## How to mend it
//!
//! Say in one line what is wrong for users, with the labels that tell where:
//!
//! ```yaml
//!   annotations:
//!     summary: P95 of encoding is above 1 s
//! ```
//!
//! ## When to allow it
//!
//! For alerts that nobody reads, such as one that only inhibits others.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alert/no-summary",
    severity: Severity::Warning,
    headline: "an alert says nothing to whom it calls",
    source: include_str!("no_summary.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (_, alert) in project.alerts() {
        let mut said = ["summary", "description", "message"].iter().filter_map(|key| alert.annotation(key));
        if !said.any(|said| !said.value.trim().is_empty()) {
            findings
                .add(alert.name.spot(), format!("the alert `{}` has no summary", alert.name.value))
                .help("add `summary: …` under `annotations`: one line that says what is wrong");
        }
    }
}
