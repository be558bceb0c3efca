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

use crate::{Cell, Findings, Project, Rule, Severity, rule::Check};

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
        dashboard.grids.iter().for_each(|cells| grid(cells, findings));
    }
}

fn grid(cells: &[Cell], findings: &mut Findings) {
    let mut by_band: HashMap<Option<i64>, Vec<usize>> = HashMap::new();
    for (index, cell) in cells.iter().enumerate() {
        if cell.right > COLUMNS {
            findings
                .add(cell.spot, format!("the panel reaches to column {} of {COLUMNS}", cell.right))
                .help("make `x` and `w` together 24 at most");
        }
        let overlaps = |other: &Cell| {
            cell.x < other.right && other.x < cell.right && cell.y < other.bottom && other.y < cell.bottom
        };
        let bands = bands(cell);
        let other = match bands.first() {
            Some(None) => cells[..index].iter().find(|other| overlaps(other)),
            _ => {
                let near = bands.iter().chain([&None]).filter_map(|band| by_band.get(band));
                let found = near.filter_map(|near| near.iter().copied().find(|index| overlaps(&cells[*index])));
                found.min().map(|index| &cells[index])
            }
        };
        if let Some(other) = other {
            findings
                .add(cell.spot, "two panels lie over each other")
                .also(other.spot, "the other one")
                .help(format!("let it begin at `x` {} or at `y` {}", other.right, other.bottom));
        }
        for band in bands {
            by_band.entry(band).or_default().push(index);
        }
    }
}

/// The bands that a cell lies in; `None` for too many.
fn bands(cell: &Cell) -> Vec<Option<i64>> {
    let (first, last) = (cell.y.div_euclid(BAND), cell.bottom.div_euclid(BAND));
    match last.saturating_sub(first) {
        0..MOST_BANDS => (first..=last).map(Some).collect(),
        _ => vec![None],
    }
}
