//! A query selects a bucket by a bound that the histogram doesn't have, or writes it otherwise than Prometheus does.
//!
//! ```promql
//! rate(sigil_encode_duration_seconds_bucket{le="1"}[5m])       # Prometheus writes 1.0
//! rate(sigil_encode_duration_seconds_bucket{le="0.3"}[5m])     # no such bound
//! ```
//!
//! ## Why it matters
//!
//! `le` is text: `1` is not `1.0`. The selector selects nothing, and the share it is part of is no number, so the objective looks as if
//! nothing ever happened.
//!
//! ## How to mend it
//!
//! Write the bound as the finding says; whole numbers have `.0`, large ones an exponent (`1e+06`). If the bound isn't there, take another or
//! add it in `telemetry.yaml`. `le=~"1|1.0"` is right with both writings.
//!
//! ## When to allow it
//!
//! While old and new versions of a service with different bounds run side by side.

use lapwing_monitor::Metric;
use lapwing_promql::MatchOp;

use crate::{Findings, Project, Rule, Severity, rule::Check, series::Known};

pub(crate) const RULE: Rule = Rule {
    id: "histogram/unknown-bound",
    severity: Severity::Error,
    headline: "a query asks for a bucket that the histogram doesn't have",
    source: include_str!("unknown_bound.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let Some(known) = Known::of(project) else { return };
    for selected in known.selected(project).iter().filter(|selected| selected.name.0.ends_with("_bucket")) {
        let Some((service, metric)) = selected.metrics().first().copied() else { continue };
        let of_all = selected.metrics().iter().map(|(_, metric)| metric.bounds.as_deref());
        let Some(bounds) = of_all.collect::<Option<Vec<&[f64]>>>().map(|bounds| bounds.concat()) else { continue };
        let mut written: Vec<String> = bounds.iter().copied().map(Metric::le).collect();
        written.push("+Inf".to_owned());
        for matcher in selected.used.selector.matchers_of("le") {
            let Some(asked) = matcher.value.fixed() else { continue };
            let there = written.iter().any(|bound| match matcher.op {
                MatchOp::Equal | MatchOp::Regex => matcher.matches(bound) == Some(true),
                MatchOp::NotEqual => bound == asked,
                MatchOp::NotRegex => true,
            });
            if there {
                continue;
            }
            let number = asked.parse::<f64>().ok();
            let same = number.and_then(|number| bounds.iter().copied().find(|bound| *bound == number));
            let spot = selected.asked.query.spot(&matcher.value.span);
            let finding = match same {
                Some(bound) => {
                    let right = Metric::le(bound);
                    let finding =
                        findings.add(spot, format!("the bound {asked} of `{}` is written `{right}`", metric.name));
                    finding.help(format!("write `le=\"{right}\"`"));
                    finding
                }
                None => {
                    let finding = findings.add(spot, format!("`{}` has no bound {asked}", metric.name));
                    finding.help(format!("its bounds are {}", written.join(", ")));
                    finding
                }
            };
            if let Some(at) = metric.instrument.as_deref().and_then(|instrument| service.bounds_at(instrument)) {
                finding.also(at, "the bounds are declared here");
            }
        }
    }
}
