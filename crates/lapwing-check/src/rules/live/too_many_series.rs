//! A metric has at least four fifths of the label sets that it may have (its `series_limit`, else 2000), or more than 10 000 series.
//!
//! ```yaml
//! calls: {instrument: sign, labels: [outcome, {name: key, field: key}], series_limit: 500}     # 431 are served
//! ```
//!
//! ## Why it matters
//!
//! Beyond the limit further label sets are counted in one series with `otel_metric_overflow="true"`: sums stay right, but nobody is told apart
//! any more. Tens of thousands of series cost memory in the service, in Prometheus and in each query.
//!
//! ## How to mend it
//!
//! The finding names the labels with the most values. Take the first away, list its values (`values: [...]`), or raise `series_limit` if it is
//! worth it.
//!
//! ## When to allow it
//!
//! When the number is near its limit and can't grow.

use crate::{Findings, Project, Rule, Severity, live::Against, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "live/too-many-series",
    severity: Severity::Warning,
    headline: "a metric is near its limit of series, or beyond what is sound",
    source: include_str!("too_many_series.rs"),
    check: Check::Project(check),
};

/// Label sets that a reader keeps of an instrument unless it is told otherwise.
const READER_LIMIT: usize = 2000;
/// Series of one metric beyond which its cost shows.
const BUDGET: usize = 10_000;

fn check(project: &Project, findings: &mut Findings) {
    for against in Against::all(project) {
        for family in against.exposition.families() {
            let metric = against.signals.metric(&family.name);
            let limit = metric.map(|metric| metric.series_limit.unwrap_or(READER_LIMIT));
            let grows = metric
                .is_none_or(|metric| metric.most_series().is_none_or(|most| limit.is_some_and(|limit| most > limit)));
            let (sets, series) = (family.sets(), family.samples.len());
            // Those that have overflowed are told of by the rule for it.
            let overflows = family.samples.iter().any(|sample| sample.is_overflow());
            let message = match limit {
                Some(limit) if !overflows && grows && sets.len() * 5 >= limit * 4 => {
                    format!("`{}` has {} of the {limit} label sets that it may have", family.name, sets.len())
                }
                _ if series > BUDGET => format!("`{}` has {series} series", family.name),
                _ => continue,
            };
            let widest: Vec<String> =
                family.widest().iter().take(3).map(|(name, count)| format!("`{name}` ({count} values)")).collect();
            findings
                .add(metric.map_or_else(|| against.declarations(), |metric| against.declared(metric)), message)
                .also(against.line(family.line), "served here")
                .help(format!(
                    "the labels that make them many: {}; take one away, or list its values",
                    widest.join(", ")
                ));
        }
    }
}
