//! A histogram has other buckets than it is declared with.
//!
//! ```yaml
//! explicit_bucket_histogram: {boundaries: [0.01, 0.1, 1]}
//! ```
//!
//! ## Why it matters
//!
//! Thresholds are checked against the declared bounds: an objective that asks for `le="0.1"` finds no series where the service has no such
//! bucket, and says so to nobody. Quantiles beyond the last bucket stay there.
//!
//! ## How to mend it
//!
//! Mostly the running service has another declaration than the one that is checked: compare versions, restart it. Else see its log for
//! `bounds_differ`, or for a view that selects the instrument first.
//!
//! ## When to allow it
//!
//! While a roll-out of new bounds is under way.

use lapwing_monitor::Kind;

use crate::{
    Findings, Project, Rule, Severity,
    live::{Against, Type},
    rule::Check,
};

pub(crate) const RULE: Rule = Rule {
    id: "live/bounds-differ",
    severity: Severity::Error,
    headline: "a histogram is served with other bounds than declared",
    source: include_str!("bounds_differ.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for against in Against::all(project) {
        for (metric, family) in against.both() {
            let Some(declared) = metric.bounds.as_ref().filter(|_| family.kind == Type::Known(Kind::Histogram)) else {
                continue;
            };
            let differing = family.bounds().into_iter().find(|(bounds, _)| bounds != declared);
            let Some((served, line)) = differing else { continue };
            let bounds = metric.instrument.as_ref().and_then(|instrument| against.service.bounds_at(instrument));
            findings
                .add(
                    bounds.unwrap_or_else(|| against.declared(metric)),
                    format!("`{}` is served with other bounds than declared", metric.name),
                )
                .label(format!("declared: {}", list(declared)))
                .also(against.line(line), format!("served: {}", list(&served)))
                .help(
                    "does the service run with this declaration? Compare versions, and see its log for `bounds_differ`",
                );
        }
    }
}

fn list(bounds: &[f64]) -> String {
    if bounds.is_empty() {
        return "none".to_owned();
    }
    bounds.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
}
