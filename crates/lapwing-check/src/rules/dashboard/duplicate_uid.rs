//! Two dashboards have the same `uid`.
//!
//! ```json
//! {"uid": "sigil", "title": "Sigil"}
//! {"uid": "sigil", "title": "Sigil, a copy"}
//! ```
//!
//! ## Why it matters
//!
//! Grafana knows a dashboard by its uid. Of two that are provisioned with the same one, one replaces the other at each scan, or both are refused.
//!
//! ## How to mend it
//!
//! Give the copy a `uid` of its own.
//!
//! ## When to allow it
//!
//! When the two files are never provisioned to the same Grafana.

use std::collections::HashMap;

use crate::{Findings, Project, Rule, Severity, Text, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/duplicate-uid",
    severity: Severity::Error,
    headline: "two dashboards have the same uid",
    source: include_str!("duplicate_uid.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let mut seen: HashMap<&str, &Text> = HashMap::new();
    for uid in project.dashboards().iter().filter_map(|dashboard| dashboard.uid.as_ref()) {
        match seen.get(uid.value.as_str()) {
            _ if uid.is_empty() => {}
            Some(first) => {
                findings
                    .add(uid.spot(), format!("two dashboards have the uid `{}`", uid.value))
                    .also(first.spot(), "the other one")
                    .help("give each dashboard a uid of its own");
            }
            None => drop(seen.insert(&uid.value, uid)),
        }
    }
}
