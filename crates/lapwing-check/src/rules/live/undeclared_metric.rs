//! The endpoint serves a metric that `telemetry.yaml` doesn't declare, and that neither Lapwing nor OpenTelemetry's SDK adds.
//!
//! ```text
//! # TYPE sign_retries_total counter
//! sign_retries_total 3
//! ```
//!
//! ## Why it matters
//!
//! Nothing made from the declaration knows it: no panel shows it, no rule watches it, and a check of names calls it unknown. Or it is the
//! metric that the declaration means, under another name.
//!
//! ## How to mend it
//!
//! Declare it under `rules` or `gauges`, or take it out of the service's code. If the service was changed and not yet restarted, restart it.
//!
//! ## When to allow it
//!
//! For metrics that a library makes: `# lapwing: allow-file live/undeclared-metric reason` in `telemetry.yaml`.

use lapwing_config::nearest;

use crate::{Findings, Project, Rule, Severity, live::Against, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "live/undeclared-metric",
    severity: Severity::Warning,
    headline: "a served metric is not declared",
    source: include_str!("undeclared_metric.rs"),
    check: Check::Project(check),
};

/// What OpenTelemetry's SDK says of itself.
const OF_THE_SDK: [&str; 3] = ["otel_sdk_", "otel.sdk.", "otel_scope_info"];

fn check(project: &Project, findings: &mut Findings) {
    for against in Against::all(project) {
        for family in against.exposition.families() {
            let known = against.signals.metric(&family.name).is_some()
                || OF_THE_SDK.iter().any(|of| family.name.starts_with(of));
            if known || family.samples.is_empty() {
                continue;
            }
            let names = against.signals.metrics().iter().map(|metric| metric.name.as_str());
            let finding = findings.add(against.declarations(), format!("`{}` is served and not declared", family.name));
            finding.also(against.line(family.line), "served here");
            match nearest(&family.name, names) {
                Some(meant) => finding.help(format!(
                    "is it `{meant}` under another name? Else declare it, or take it out of the service"
                )),
                None => finding.help("declare it under `rules` or `gauges`, or take it out of the service"),
            };
        }
    }
}
