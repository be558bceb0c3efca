//! Nothing in the dashboard uses the variable.
//!
//! ```json
//! {"templating": {"list": [{"name": "job"}]}, "panels": [{"targets": [{"expr": "up"}]}]}
//! ```
//!
//! ## Why it matters
//!
//! Whoever chooses a value in the drop-down believes that the panels follow. And its query is asked each time the dashboard is opened.
//!
//! ## How to mend it
//!
//! Use it in the panels' queries, or take it away.
//!
//! ## When to allow it
//!
//! When other dashboards that this one links to take it over in a way that is not seen here. Variables for ad hoc filters, and all of a dashboard
//! with a link that passes variables on, are not looked at.

use std::collections::HashSet;

use lapwing_document::Node;

use crate::{Findings, Project, Rule, Severity, reference::references, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/unused-variable",
    severity: Severity::Info,
    headline: "a variable of a dashboard that nothing uses",
    source: include_str!("unused_variable.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for dashboard in project.dashboards() {
        let mut used: HashSet<&str> = HashSet::new();
        let mut passed_on = false;
        dashboard.node.walk(&mut |path, node| {
            passed_on |= path.key() == Some("includeVars") && node.as_bool() == Some(true);
            if let Some(text) = node.as_str() {
                used.extend(references(text).into_iter().map(|(_, name)| name));
            }
            // Some keys have a variable's name without a sign: `repeat`, now with its mode, and conditions to be shown.
            let named = match path.key() {
                Some("repeat") => Some(node.get("value").unwrap_or(node)),
                Some("variable") => Some(node),
                _ => None,
            };
            used.extend(named.and_then(Node::as_str));
        });
        for variable in &dashboard.variables {
            let Some(name) = &variable.name else { continue };
            let own = variable.kind.as_ref().is_some_and(|kind| matches!(kind.value.as_str(), "adhoc" | "groupby"));
            if !own && !passed_on && !used.contains(name.value.as_str()) {
                findings
                    .add(name.spot(), format!("nothing uses the variable `{}`", name.value))
                    .help("use it in the panels' queries, or take it away");
            }
        }
    }
}
