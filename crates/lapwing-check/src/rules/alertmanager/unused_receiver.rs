//! No route names the receiver.
//!
//! ```yaml
//! route: {receiver: slack}
//! receivers:
//!   - name: slack
//!   - name: pagerduty
//! ```
//!
//! ## Why it matters
//!
//! Whoever reads the file believes that somebody is paged. Most often a route was forgotten, or names another receiver by mistake.
//!
//! ## How to mend it
//!
//! Add the route, or take the receiver away:
//!
//! ```yaml
//! route:
//!   receiver: slack
//!   routes:
//!     - {matchers: ['severity="critical"'], receiver: pagerduty}
//! ```
//!
//! ## When to allow it
//!
//! When the file is a template that others add their routes to.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/unused-receiver",
    severity: Severity::Warning,
    headline: "a receiver is named by no route",
    source: include_str!("unused_receiver.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for config in project.alertmanagers() {
        let routes = config.routes();
        for receiver in &config.receivers {
            let Some(name) = &receiver.name else { continue };
            let used = routes.iter().any(|route| route.receiver.as_ref().is_some_and(|used| used.value == name.value));
            if !used && !routes.is_empty() {
                findings
                    .add(name.spot(), format!("no route sends to the receiver `{}`", name.value))
                    .help("add a route with this `receiver`, or take the receiver away");
            }
        }
    }
}
