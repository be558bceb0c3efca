//! `histogram_quantile` gets series without the label `le`: the aggregation inside it drops the label.
//!
//! ```promql
//! histogram_quantile(0.95, sum by (backend) (rate(sigil_storage_write_seconds_bucket[5m])))
//! ```
//!
//! ## Why it matters
//!
//! `le` tells the buckets apart. Without it there are no buckets to find a quantile in, and the result is empty: no error, no data, no
//! alert.
//!
//! ## How to mend it
//!
//! ```promql
//! histogram_quantile(0.95, sum by (le, backend) (rate(sigil_storage_write_seconds_bucket[5m])))
//! ```
//!
//! ## When to allow it
//!
//! Never. Native histograms need no `le`, and are not looked at: their series don't end in `_bucket`.

use lapwing_promql::Presence;

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "histogram/quantile-without-le",
    severity: Severity::Error,
    headline: "a quantile is taken of series without buckets",
    source: include_str!("quantile_without_le.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for asked in project.queries() {
        let Some(expr) = asked.query.expr() else { continue };
        for quantile in expr.quantiles() {
            let selectors = quantile.histogram.selectors();
            let mut names = selectors.iter().map(|used| used.selector.metric().map(|(name, _)| name));
            let classic = names.any(|name| name.is_some_and(|name| name.ends_with("_bucket")));
            if !classic || quantile.histogram.result_labels().has("le") != Presence::No {
                continue;
            }
            let grouping = quantile.aggregation.map(|aggregation| match &aggregation.grouping {
                Some(grouping) => grouping.span.clone(),
                None => aggregation.name.span.clone(),
            });
            let span = grouping.unwrap_or(quantile.histogram.span.clone());
            findings
                .add(asked.query.spot(&span), "`histogram_quantile` gets no buckets, as the label `le` is dropped")
                .label("drops `le`")
                .help("group by `le` too: `sum by (le, …) (…)`");
        }
    }
}
