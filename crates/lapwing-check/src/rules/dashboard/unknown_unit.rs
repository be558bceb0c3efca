//! A panel's `unit` is not one of Grafana's ids.
//!
//! ```json
//! {"fieldConfig": {"defaults": {"unit": "seconds"}}}
//! ```
//!
//! ## Why it matters
//!
//! Grafana shows an unknown unit as text behind the number: `0.004 seconds` where `4 ms` is meant, and 1073741824 where 1 GiB is.
//!
//! ## How to mend it
//!
//! Use the id: `s`, `ms`, `bytes`, `percentunit` (a ratio of 0 to 1), `percent` (0 to 100), `reqps`, `ops`, `short`.
//!
//! ## When to allow it
//!
//! Your own text is written as `suffix:…` or `prefix:…` and not found.

use std::collections::HashSet;

use lapwing_document::Node;

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/unknown-unit",
    severity: Severity::Warning,
    headline: "a unit that Grafana does not know",
    source: include_str!("unknown_unit.rs"),
    check: Check::Project(check),
};

/// Grafana's ids of units, sorted.
const UNITS: &str = include_str!("units.txt");

/// How ids begin that bring their own text.
const OWN: [&str; 7] = ["prefix:", "suffix:", "time:", "si:", "count:", "currency:", "bool:"];

/// What people write, and what they mean.
const MEANT: [(&str, &str); 12] = [
    ("seconds", "s"),
    ("sec", "s"),
    ("milliseconds", "ms"),
    ("microseconds", "µs"),
    ("us", "µs"),
    ("nanoseconds", "ns"),
    ("byte", "bytes"),
    ("by", "bytes"),
    ("b", "bytes"),
    ("%", "percent"),
    ("ratio", "percentunit"),
    ("1", "none"),
];

fn check(project: &Project, findings: &mut Findings) {
    let known: HashSet<&str> = UNITS.lines().collect();
    for dashboard in project.dashboards() {
        for panel in &dashboard.panels {
            for node in units(&panel.settings) {
                let Some(unit) = node.as_text() else { continue };
                let own = OWN.iter().any(|prefix| unit.starts_with(prefix));
                if unit.is_empty() || own || unit.contains('$') || known.contains(unit) {
                    continue;
                }
                let lower = unit.to_lowercase();
                let meant = MEANT.iter().find(|(written, _)| *written == lower).map(|(_, meant)| *meant);
                let help = match meant.or_else(|| lapwing_config::nearest(unit, UNITS.lines())) {
                    Some(near) => format!("did you mean `{near}`? Text of your own is written as `suffix:{unit}`"),
                    None => format!("text of your own is written as `suffix:{unit}`"),
                };
                findings.add(dashboard.frame.at(node), format!("Grafana knows no unit `{unit}`")).help(help);
            }
        }
    }
}

fn units(panel: &Node) -> Vec<&Node> {
    let mut units: Vec<&Node> = panel.at(&["fieldConfig", "defaults", "unit"]).into_iter().collect();
    for field in panel.at(&["fieldConfig", "overrides"]).map(Node::items).unwrap_or_default() {
        let properties = field.get("properties").map(Node::items).unwrap_or_default();
        let set = properties.iter().filter(|property| property.get("id").and_then(Node::as_str) == Some("unit"));
        units.extend(set.filter_map(|property| property.get("value")));
    }
    for axis in panel.get("yaxes").map(Node::items).unwrap_or_default() {
        units.extend(axis.get("format"));
    }
    units
}
