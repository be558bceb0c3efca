//! A heatmap asks for the buckets of a histogram, and the query sums the label `le` away.
//!
//! ```promql
//! sum(rate(sigil_encode_duration_seconds_bucket[$__rate_interval]))
//! ```
//!
//! ## Why it matters
//!
//! Without `le` there is one series instead of one a bucket: the heatmap shows a single row, of all events counted once for each bucket.
//!
//! ## How to mend it
//!
//! ```promql
//! sum by (le) (rate(sigil_encode_duration_seconds_bucket[$__rate_interval]))
//! ```
//!
//! and in the target `"format": "heatmap"`, so that each bucket shows its own events and not those below it too.
//!
//! ## When to allow it
//!
//! When the heatmap is over something else than buckets; then name a metric that is no `_bucket`.

use lapwing_promql::{ExprKind, Presence};

use crate::{Asker, Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/heatmap-without-le",
    severity: Severity::Error,
    headline: "a heatmap of a histogram without its buckets",
    source: include_str!("heatmap_without_le.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for asked in project.queries() {
        let (Asker::Panel(_, panel, _), Some(expr)) = (asked.by, asked.query.expr()) else { continue };
        if panel.kind.as_ref().is_none_or(|kind| kind.value != "heatmap")
            || expr.result_labels().has("le") != Presence::No
        {
            continue;
        }
        let quantile = expr.walk().into_iter().any(|visit| match &visit.expr.kind {
            ExprKind::Call(call) => call.function.is_some_and(|function| function.name.starts_with("histogram_")),
            _ => false,
        });
        let selectors = expr.selectors();
        let bucket =
            selectors.iter().find_map(|used| used.selector.metric().filter(|(name, _)| name.ends_with("_bucket")));
        if let Some((_, span)) = bucket.filter(|_| !quantile) {
            findings
                .add(asked.query.spot(&span), "the heatmap has no buckets: the query sums `le` away")
                .help("sum `by (le)`, and set `\"format\": \"heatmap\"` in the target");
        }
    }
}
