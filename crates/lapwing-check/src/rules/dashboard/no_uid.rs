//! The dashboard has no `uid`, or an empty one.
//!
//! ## Why it matters
//!
//! Grafana makes one up when it is provisioned, another on each Grafana. Links from alerts, runbooks and other dashboards break when it is
//! installed anew.
//!
//! ## How to mend it
//!
//! ```json
//! {"uid": "sigil", "title": "Sigil"}
//! ```
//!
//! Up to 40 letters, digits, `-` and `_`.
//!
//! ## When to allow it
//!
//! When the file is for import by hand, and nothing links to it.

use crate::{Findings, Project, Rule, Severity, Text, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/no-uid",
    severity: Severity::Warning,
    headline: "a dashboard has no uid",
    source: include_str!("no_uid.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for dashboard in project.dashboards() {
        if dashboard.uid.as_ref().is_none_or(|uid| uid.trim().is_empty()) {
            let spot = dashboard.title.as_ref().map_or_else(|| dashboard.frame.at(&dashboard.node), Text::spot);
            let title = dashboard.title.as_deref().unwrap_or_default();
            let added = if dashboard.has_elements() { r#""metadata": {"name": "…"}"# } else { r#""uid": "…""# };
            findings
                .add(spot, format!("the dashboard `{title}` has no uid"))
                .help(format!("add `{added}`: it stays the same wherever the dashboard is installed, so links last"));
        }
    }
}
