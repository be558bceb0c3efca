//! The values that an instrument's labels can have, multiplied, are more label sets than its `series_limit`, or than the reader keeps if none is
//! given (2000); or with a histogram's buckets they are more than 10 000 series.
//!
//! ```yaml
//! labels:
//!   - {name: operation, field: operation, values: [encode, verify, revoke]}
//!   - {name: backend, field: backend, values: [embedded, postgres]}
//! series_limit: 4     # 3 operations on 2 backends are 6
//! ```
//!
//! ## Why it matters
//!
//! What comes after the limit is counted in one series with `otel_metric_overflow="true"`. Sums stay right; by label they are too small, and
//! which label sets were first is chance. Series in the tens of thousands cost memory in the service, in Prometheus and in each query.
//!
//! ## How to mend it
//!
//! Raise `series_limit`, take a label away, list fewer values, or give a histogram fewer bounds.
//!
//! ## When to allow it
//!
//! When most of the combinations never happen.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "budget/series",
    severity: Severity::Warning,
    headline: "an instrument can have more series than it may",
    source: include_str!("series.rs"),
    check: Check::Project(check),
};

/// Label sets that a reader keeps of an instrument unless it is told otherwise.
const READER_LIMIT: usize = 2000;
/// Series of one instrument beyond which its cost shows.
const BUDGET: usize = 10_000;

fn check(project: &Project, findings: &mut Findings) {
    for (service, signals) in project.signals().into_iter().flat_map(crate::Declared::services) {
        for metric in signals.metrics() {
            let (Some(instrument), Some(sets)) = (&metric.instrument, metric.most_series()) else { continue };
            let Some(spot) = service.limit_at(instrument) else { continue };
            let limit = metric.series_limit.unwrap_or(READER_LIMIT);
            // A bucket for each bound, one for the rest, the sum and the count.
            let each = metric.bounds.as_ref().map_or(1, |bounds| bounds.len() + 3);
            let series = sets.min(limit).saturating_mul(each);
            if sets > limit {
                findings
                    .add(spot, format!("`{instrument}` can have {sets} label sets, and may have {limit}"))
                    .help("raise `series_limit`, take a label away, or list fewer values");
            } else if series > BUDGET {
                findings
                    .add(spot, format!("`{instrument}` can have {series} series"))
                    .label(format!("{sets} label sets, {each} series each"))
                    .help("take a label away, list fewer values, or give the histogram fewer bounds");
            }
        }
    }
}
