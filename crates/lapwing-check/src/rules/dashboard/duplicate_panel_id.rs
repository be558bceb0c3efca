//! Two panels of a dashboard have the same `id`.
//!
//! ```json
//! {"id": 1, "title": "Errors"}, {"id": 1, "title": "Latency"}
//! ```
//!
//! ## Why it matters
//!
//! A link to the panel, its image in a notification and its alerts lead to either of the two; on some versions one is not shown.
//!
//! ## How to mend it
//!
//! Give each panel, rows included, an `id` of its own.
//!
//! ## When to allow it
//!
//! Never: copies are renumbered by opening and saving the dashboard.

use std::collections::HashMap;

use lapwing_document::Node;

use crate::{Dashboard, Findings, Project, Rule, Severity, Spot, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/duplicate-panel-id",
    severity: Severity::Error,
    headline: "two panels of a dashboard have the same id",
    source: include_str!("duplicate_panel_id.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for dashboard in project.dashboards() {
        let mut seen: HashMap<i64, Spot> = HashMap::new();
        collect(dashboard, &dashboard.node, &mut seen, findings);
        if dashboard.has_elements() {
            for id in dashboard.panels.iter().filter_map(|panel| panel.id.as_ref()) {
                let Ok(number) = id.parse() else { continue };
                look(number, id.spot(), &mut seen, findings);
            }
        }
    }
}

fn look(id: i64, spot: Spot, seen: &mut HashMap<i64, Spot>, findings: &mut Findings) {
    match seen.get(&id) {
        Some(first) => {
            findings
                .add(spot, format!("two panels have the id {id}"))
                .also(*first, "the other one")
                .help("give each panel an id of its own");
        }
        None => drop(seen.insert(id, spot)),
    }
}

fn collect(dashboard: &Dashboard, parent: &Node, seen: &mut HashMap<i64, Spot>, findings: &mut Findings) {
    for key in ["rows", "panels"] {
        for panel in parent.get(key).map(Node::items).unwrap_or_default() {
            if let Some((id, node)) = panel.get("id").and_then(|node| Some((node.as_i64()?, node))) {
                look(id, dashboard.frame.at(node), seen, findings);
            }
            collect(dashboard, panel, seen, findings);
        }
    }
}
