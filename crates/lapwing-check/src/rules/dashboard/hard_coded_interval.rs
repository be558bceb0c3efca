//! A panel asks for `rate`, `irate` or `increase` over a time that is written out, instead of Grafana's `$__rate_interval`.
//!
//! ```promql
//! rate(sigil_error_total[5m])
//! ```
//!
//! ## Why it matters
//!
//! Over a day Grafana asks for a point every few minutes: a shorter window leaves out what happened between the points. Over ten minutes a longer
//! one smooths away what you look for. `$__rate_interval` is always at least four scrapes and at least the distance of the points.
//!
//! ## How to mend it
//!
//! ```promql
//! rate(sigil_error_total[$__rate_interval])
//! ```
//!
//! ## When to allow it
//!
//! When the number is about that time, such as errors in the last hour. `increase` of an hour and more is not found, nor are panels that show one
//! number.

use lapwing_promql::ExprKind;

use crate::{Asker, Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/hard-coded-interval",
    severity: Severity::Info,
    headline: "a panel asks for a rate over a fixed time",
    source: include_str!("hard_coded_interval.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for asked in project.queries() {
        let (Asker::Panel(_, panel, _), Some(expr)) = (asked.by, asked.query.expr()) else { continue };
        let curve =
            panel.kind.as_ref().is_none_or(|kind| matches!(kind.value.as_str(), "timeseries" | "graph" | "heatmap"));
        if !curve {
            continue;
        }
        for visit in expr.walk() {
            let ExprKind::Call(call) = &visit.expr.kind else { continue };
            let function = call.function.map_or("", |function| function.name);
            let range = call.args.first().map(|arg| &arg.unwrapped().kind);
            let (true, Some(ExprKind::MatrixSelector(matrix))) =
                (matches!(function, "rate" | "irate" | "increase"), range)
            else {
                continue;
            };
            if let Some(seconds) = matrix.range.seconds()
                && !(function == "increase" && seconds >= 3600.0)
            {
                findings
                    .add(
                        asked.query.spot(&matrix.range.span),
                        format!("the panel asks for `{function}` over a fixed time"),
                    )
                    .help("write `[$__rate_interval]`: it follows the zoom and the scrape interval");
            }
        }
    }
}
