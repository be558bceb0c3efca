//! A histogram that is not declared counts seconds in the buckets that OpenTelemetry's SDK gives to every histogram: 0, 5, 10, 25 … 10000.
//!
//! ```text
//! db_query_duration_seconds_bucket{le="5.0"} 91822
//! ```
//!
//! ## Why it matters
//!
//! They are made for milliseconds. All that takes up to five seconds falls into one bucket: every quantile comes out between 0 and 5, and no
//! alert over it means anything. (For declared ones `declaration/default-bounds-in-seconds` finds it in the file.)
//!
//! ## How to mend it
//!
//! Give the instrument a view with bounds around what you want to tell apart:
//!
//! ```yaml
//! views:
//!   - selector: {instrument_name: db.query.duration}
//!     stream: {aggregation: {explicit_bucket_histogram: {boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1]}}}
//! ```
//!
//! ## When to allow it
//!
//! When nobody looks at it: a view with `aggregation: {drop: }` saves its series too.

use crate::{Findings, Project, Rule, Severity, live::Against, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "live/default-bounds",
    severity: Severity::Warning,
    headline: "a histogram in seconds has the SDK's bounds for milliseconds",
    source: include_str!("default_bounds.rs"),
    check: Check::Project(check),
};

/// Of OpenTelemetry's SDKs, where nobody says otherwise.
const DEFAULT: [f64; 15] =
    [0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0];

fn check(project: &Project, findings: &mut Findings) {
    for against in Against::all(project) {
        for family in against.exposition.families() {
            if !family.name.ends_with("_seconds") || against.signals.metric(&family.name).is_some() {
                continue;
            }
            let Some((_, line)) = family.bounds().into_iter().find(|(bounds, _)| *bounds == DEFAULT) else { continue };
            findings
                .add(
                    against.declarations(),
                    format!("`{}` counts seconds in the SDK's buckets for milliseconds", family.name),
                )
                .also(against.line(line), "up to 5 s is one bucket")
                .help("give its instrument a view with `boundaries` around what you want to tell apart");
        }
    }
}
