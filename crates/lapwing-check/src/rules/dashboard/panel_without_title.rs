//! The panel has no `title`, or an empty one.
//!
//! ```json
//! {"id": 3, "type": "timeseries", "targets": [{"expr": "up"}]}
//! ```
//!
//! ## Why it matters
//!
//! At night nobody remembers what the third curve in the second row is. Links, alerts and runbooks name panels by their titles.
//!
//! ## How to mend it
//!
//! Say in the title what is shown, and of what.
//!
//! ## When to allow it
//!
//! For panels that are read with their neighbour. Texts and lists of dashboards need none and are not found.

use crate::{Findings, Project, Rule, Severity, Text, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/panel-without-title",
    severity: Severity::Info,
    headline: "a panel has no title",
    source: include_str!("panel_without_title.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for dashboard in project.dashboards() {
        for panel in &dashboard.panels {
            let prose = panel.kind.as_ref().is_none_or(|kind| {
                matches!(
                    kind.value.as_str(),
                    "text" | "dashlist" | "news" | "welcome" | "gettingstarted" | "annolist" | "canvas"
                )
            });
            // A library panel has its title elsewhere.
            let elsewhere = panel.node.get("libraryPanel").is_some();
            if !prose && !elsewhere && panel.title.as_ref().is_none_or(|title| title.trim().is_empty()) {
                let place = panel.title.as_ref().or(panel.kind.as_ref()).map_or(panel.spot, Text::spot);
                findings.add(place, "the panel has no title").help("say in `title` what it shows, and of what");
            }
        }
    }
}
