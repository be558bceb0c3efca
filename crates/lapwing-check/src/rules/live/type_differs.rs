//! A metric has another type than it is declared with.
//!
//! ```text
//! # TYPE sign_total gauge
//! sign_total 12
//! ```
//!
//! ## Why it matters
//!
//! Rules and panels are made for the declared type: `rate` over a gauge is nonsense, a quantile over something that is no histogram is
//! nothing.
//!
//! ## How to mend it
//!
//! Mostly the running service has another declaration than the one that is checked: compare versions, restart it. Else two instruments became
//! one name: `lapwing_problems_total{reason="type_conflict"}` counts that, and the log names both.
//!
//! ## When to allow it
//!
//! When a proxy in between leaves types out (`untyped`) and you can't change it.

use crate::{
    Findings, Project, Rule, Severity,
    live::{Against, Type},
    rule::Check,
};

pub(crate) const RULE: Rule = Rule {
    id: "live/type-differs",
    severity: Severity::Error,
    headline: "a metric is served with another type than declared",
    source: include_str!("type_differs.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for against in Against::all(project) {
        for (metric, family) in against.both() {
            if family.kind == Type::Known(metric.kind) || family.samples.is_empty() {
                continue;
            }
            let (declared, served) = (metric.kind.as_str(), family.kind.as_str());
            findings
                .add(against.declared(metric), format!("`{}` is declared as {declared} and served as {served}", metric.name))
                .also(against.line(family.line), "served here")
                .help("does the service run with this declaration? Compare versions, and see its log for two instruments of one name");
        }
    }
}
