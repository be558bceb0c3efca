//! `rate`, `irate` or `increase` is taken of a gauge.
//!
//! ```promql
//! rate(sigil_disk_free_bytes[5m])
//! ```
//!
//! ## Why it matters
//!
//! These functions take each fall of the value for a restart of the process, and add the value after it. Of a gauge that falls by one byte
//! they give gigabytes a second.
//!
//! ## How to mend it
//!
//! `deriv(sigil_disk_free_bytes[5m])` is the slope of a gauge, `delta(…)` its change, `predict_linear(…)` where it will be.
//!
//! ## When to allow it
//!
//! When the gauge is a counter in truth. Better declare it as one.

use lapwing_monitor::Kind;
use lapwing_promql::ExprKind;

use crate::{
    Findings, Project, Rule, Severity,
    rule::Check,
    series::{Known, Series},
};

pub(crate) const RULE: Rule = Rule {
    id: "rate/of-gauge",
    severity: Severity::Error,
    headline: "a rate is taken of a gauge",
    source: include_str!("of_gauge.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let Some(known) = Known::of(project) else { return };
    for asked in project.queries() {
        let Some(expr) = asked.query.expr() else { continue };
        for visit in expr.walk() {
            let ExprKind::Call(call) = &visit.expr.kind else { continue };
            let function = call.function.map_or("", |function| function.name);
            let Some(ExprKind::MatrixSelector(matrix)) = call.args.first().map(|arg| &arg.unwrapped().kind) else {
                continue;
            };
            let (true, Some((name, _))) = (matches!(function, "rate" | "irate" | "increase"), matrix.selector.metric())
            else {
                continue;
            };
            let Series::Declared(metrics) = known.series(&matrix.selector) else { continue };
            if metrics.iter().any(|(_, metric)| metric.kind != Kind::Gauge) {
                continue;
            }
            let instead = if function == "increase" { "delta" } else { "deriv" };
            let finding =
                findings.add(asked.query.spot(&call.name.span), format!("`{function}` is taken of the gauge `{name}`"));
            finding
                .label("for counters only")
                .help(format!("`{instead}` does for gauges what `{function}` does for counters"));
            let (service, metric) = metrics[0];
            if let Some(spot) = metric.instrument.as_deref().and_then(|instrument| service.declared_at(instrument)) {
                finding.also(spot, "it is declared as a gauge");
            }
        }
    }
}
