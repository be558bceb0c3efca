//! A declared metric has a label that its declaration doesn't name.
//!
//! ```text
//! sign_total{outcome="ok",user="4711"} 1
//! ```
//!
//! ## Why it matters
//!
//! A label more multiplies series, and nobody decided on it. Rules that join or group by the declared labels find more series than they
//! expect, or none.
//!
//! ## How to mend it
//!
//! Declare the label, or take it out of the service. If the running service has another declaration than the one that is checked, restart it.
//!
//! ## When to allow it
//!
//! When a proxy or an agent in between adds it. Labels of the resource and of the scope are known and not found.

use std::collections::BTreeSet;

use lapwing_monitor::{Kind, Metric};

use crate::{
    Findings, Project, Rule, Severity,
    live::{Against, OVERFLOW},
    rule::Check,
};

pub(crate) const RULE: Rule = Rule {
    id: "live/undeclared-label",
    severity: Severity::Warning,
    headline: "a metric is served with a label that is not declared",
    source: include_str!("undeclared_label.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for against in Against::all(project) {
        // Attributes of the resource can be on each series, and the environment can add some.
        let target = against.exposition.family("target_info").and_then(|family| family.samples.first());
        let resource = target.map(|sample| sample.labels.as_slice()).unwrap_or_default();
        for (metric, family) in against.both() {
            // Its labels are the resource's attributes, to which the environment can add.
            if metric.name == "target_info" {
                continue;
            }
            let mut told = BTreeSet::new();
            for sample in &family.samples {
                for pair @ (label, _) in &sample.labels {
                    if is_known(metric, label) || resource.contains(pair) || !told.insert(label) {
                        continue;
                    }
                    findings
                        .add(
                            against.declared(metric),
                            format!("`{}` is served with the label `{label}`, which is not declared", metric.name),
                        )
                        .also(against.line(sample.line), "served here")
                        .help("declare it under `labels`, or take it out of the service");
                }
            }
        }
    }
}

fn is_known(metric: &Metric, label: &str) -> bool {
    let bucket = label == "le" && metric.kind == Kind::Histogram;
    bucket
        || label == OVERFLOW
        || label.starts_with("otel_scope_")
        || label.starts_with("otel.scope.")
        || metric.label(label).is_some()
}
