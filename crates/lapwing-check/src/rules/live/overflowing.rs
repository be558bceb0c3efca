//! A metric has series with `otel_metric_overflow="true"`: it has reached its limit, and further label sets are counted together.
//!
//! ```text
//! sign_total{otel_metric_overflow="true",outcome="ok"} 812
//! ```
//!
//! ## Why it matters
//!
//! Sums stay right, by label they are too small: which label sets were first is chance. What is new since then is not told apart until the
//! service restarts.
//!
//! ## How to mend it
//!
//! Find the label with the most values (the finding names it): take it away, list its values, or raise `series_limit`. Then restart the service.
//!
//! ## When to allow it
//!
//! When only the sum is of interest.

use crate::{Findings, Project, Rule, Severity, live::Against, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "live/overflowing",
    severity: Severity::Warning,
    headline: "a metric has more label sets than it may",
    source: include_str!("overflowing.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for against in Against::all(project) {
        let mut any = false;
        for family in against.exposition.families() {
            let Some(sample) = family.samples.iter().find(|sample| sample.is_overflow()) else { continue };
            any = true;
            let metric = against.signals.metric(&family.name);
            let widest = family.widest().first().map(|(name, count)| format!("`{name}` has {count} values: "));
            findings
                .add(
                    metric.map_or_else(|| against.declarations(), |metric| against.declared(metric)),
                    format!("`{}` has reached its limit of label sets", family.name),
                )
                .also(against.line(sample.line), "what came after it")
                .help(format!(
                    "{}take the label away, list its values, or raise `series_limit`",
                    widest.unwrap_or_default()
                ));
        }
        let problems =
            against.exposition.family("lapwing_problems_total").into_iter().flat_map(|family| &family.samples);
        for sample in problems.filter(|sample| !any && sample.label("reason") == Some("overflow") && sample.value > 0.0)
        {
            findings
                .add(against.declarations(), "a metric has reached its limit of label sets")
                .also(against.line(sample.line), "counted here")
                .help(
                    "the service's log names the metric: take a label away, list its values, or raise `series_limit`",
                );
        }
    }
}
