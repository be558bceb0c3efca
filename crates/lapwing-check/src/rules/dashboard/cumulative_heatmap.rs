//! A heatmap asks for the buckets of a histogram, and its target is not told that they are buckets.
//!
//! ```json
//! {"expr": "sum by (le) (rate(sigil_encode_duration_seconds_bucket[$__rate_interval]))", "format": "time_series"}
//! ```
//!
//! ## Why it matters
//!
//! Each bucket counts what is in all below it too. Told that they are buckets, Grafana takes the lower ones off; else the upper rows are always the
//! darkest, whatever was measured.
//!
//! ## How to mend it
//!
//! ```json
//! {"expr": "sum by (le) (rate(sigil_encode_duration_seconds_bucket[$__rate_interval]))", "format": "heatmap"}
//! ```
//!
//! A panel that counts buckets itself (`"calculate": true`), and old ones of the format `tsbuckets`, are passed over.
//!
//! ## When to allow it
//!
//! When the sums are meant to be seen.

use lapwing_document::Node;
use lapwing_promql::Presence;

use crate::{Asker, Findings, Panel, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/cumulative-heatmap",
    severity: Severity::Warning,
    headline: "a heatmap shows buckets that count those below them too",
    source: include_str!("cumulative_heatmap.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for asked in project.queries() {
        let (Asker::Panel(dashboard, panel, target), Some(expr)) = (asked.by, asked.query.expr()) else { continue };
        let format = target.node.get("format");
        if panel.kind.as_ref().is_none_or(|kind| kind.value != "heatmap")
            || counts_itself(panel)
            || format.and_then(Node::as_str) == Some("heatmap")
            || expr.result_labels().has("le") == Presence::No
        {
            continue;
        }
        let selectors = expr.selectors();
        let bucket =
            selectors.iter().find_map(|used| used.selector.metric().filter(|(name, _)| name.ends_with("_bucket")));
        if let Some((_, span)) = bucket {
            let spot = format.map_or_else(|| asked.query.spot(&span), |format| dashboard.frame.at(format));
            findings
                .add(spot, "the heatmap shows each bucket with all that is in those below it")
                .help("set `\"format\": \"heatmap\"` in the target");
        }
    }
}

/// Whether the panel makes buckets of series, or is told by an old setting that they are some.
fn counts_itself(panel: &Panel) -> bool {
    let calculates = panel.settings.at(&["options", "calculate"]).and_then(Node::as_bool) == Some(true);
    calculates || panel.settings.get("dataFormat").and_then(Node::as_str) == Some("tsbuckets")
}
