//! The `gridPos` of two panels cover the same place, or one reaches beyond Grafana's 24 columns.
//!
//! ```json
//! {"gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}}, {"gridPos": {"x": 8, "y": 0, "w": 12, "h": 8}}
//! ```
//!
//! ## Why it matters
//!
//! Grafana moves panels until none overlap, each version in its own way: what is seen is not what the file says, and saving it changes the file.
//!
//! ## How to mend it
//!
//! Let the second begin where the first ends: `"x": 12`.
//!
//! ## When to allow it
//!
//! When the arrangement is left to Grafana on purpose.

use std::collections::HashMap;

use lapwing_document::Node;

use crate::{Dashboard, Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/overlapping-panels",
    severity: Severity::Warning,
    headline: "two panels lie over each other, or beyond the edge",
    source: include_str!("overlapping_panels.rs"),
    check: Check::Project(check),
};

const COLUMNS: i64 = 24;
/// Cells are looked for by bands of this many lines.
const BAND: i64 = 32;
/// What reaches over more bands is held against everything.
const MOST_BANDS: i64 = 64;

fn check(project: &Project, findings: &mut Findings) {
    for dashboard in project.dashboards() {
        grid(dashboard, &dashboard.node, findings);
    }
}

struct Cell<'d> {
    node: &'d Node,
    x: i64,
    y: i64,
    right: i64,
    bottom: i64,
}

/// The panels of a dashboard, or of a collapsed row.
fn grid(dashboard: &Dashboard, parent: &Node, findings: &mut Findings) {
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut by_band: HashMap<Option<i64>, Vec<usize>> = HashMap::new();
    for panel in parent.get("panels").map(Node::items).unwrap_or_default() {
        grid(dashboard, panel, findings);
        let Some(node) = panel.get("gridPos") else { continue };
        // What repeats is arranged when the values are known.
        if panel.get("repeat").is_some_and(|repeat| !repeat.is_null()) {
            return;
        }
        let of = |key: &str| node.get(key).and_then(Node::as_i64);
        let (Some(x), Some(y), Some(w), Some(h)) = (of("x"), of("y"), of("w"), of("h")) else { continue };
        let cell = Cell { node, x, y, right: x.saturating_add(w), bottom: y.saturating_add(h) };
        if cell.right > COLUMNS {
            findings
                .add(dashboard.frame.at(node), format!("the panel reaches to column {} of {COLUMNS}", cell.right))
                .help("make `x` and `w` together 24 at most");
        }
        let overlaps = |other: &Cell<'_>| {
            cell.x < other.right && other.x < cell.right && cell.y < other.bottom && other.y < cell.bottom
        };
        let bands = cell.bands();
        let other = match bands.first() {
            Some(None) => cells.iter().find(|other| overlaps(other)),
            _ => {
                let near = bands.iter().chain([&None]).filter_map(|band| by_band.get(band));
                let found = near.filter_map(|near| near.iter().copied().find(|index| overlaps(&cells[*index])));
                found.min().map(|index| &cells[index])
            }
        };
        if let Some(other) = other {
            findings
                .add(dashboard.frame.at(node), "two panels lie over each other")
                .also(dashboard.frame.at(other.node), "the other one")
                .help(format!("let it begin at `x` {} or at `y` {}", other.right, other.bottom));
        }
        for band in bands {
            by_band.entry(band).or_default().push(cells.len());
        }
        cells.push(cell);
    }
}

impl Cell<'_> {
    /// The bands that it lies in; `None` for too many.
    fn bands(&self) -> Vec<Option<i64>> {
        let (first, last) = (self.y.div_euclid(BAND), self.bottom.div_euclid(BAND));
        match last.saturating_sub(first) {
            0..MOST_BANDS => (first..=last).map(Some).collect(),
            _ => vec![None],
        }
    }
}
