//! A counter, or the buckets, sum or count of a histogram, is used without `rate` or `increase`.
//!
//! ```yaml
//! - alert: SigilErrors
//!   expr: sum(sigil_error_total) > 10
//! ```
//!
//! ## Why it matters
//!
//! A counter only rises, and starts at zero with each restart. An alert on its value fires some day and then for good, until the process
//! restarts; a quantile over raw buckets is one over all the time since the start.
//!
//! ## How to mend it
//!
//! ```yaml
//!   expr: sum(increase(sigil_error_total[5m])) > 10
//! ```
//!
//! ## When to allow it
//!
//! When the total since the start is what is asked for; in a panel this is only pointed out. Where a query only asks which series there are
//! (`absent`, `count`, `group`, right of `and` or `unless`, compared with 0) nothing is said.

use lapwing_monitor::Kind;
use lapwing_promql::{Aggregator, BinaryOp, ExprKind, Visit};

use crate::{
    Asker, Findings, Project, Rule, Severity,
    rule::Check,
    series::{Known, Series},
};

pub(crate) const RULE: Rule = Rule {
    id: "rate/missing",
    severity: Severity::Warning,
    headline: "a counter is used without a rate",
    source: include_str!("missing.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let Some(known) = Known::of(project) else { return };
    for asked in project.queries().filter(|asked| !matches!(asked.by, Asker::Variable(..))) {
        let Some(expr) = asked.query.expr() else { continue };
        let visits = expr.walk();
        for visit in &visits {
            let ExprKind::VectorSelector(selector) = &visit.expr.kind else { continue };
            let Some((name, span)) = selector.metric() else { continue };
            let Series::Declared(metrics) = known.series(selector) else { continue };
            if metrics.iter().any(|(_, metric)| metric.kind == Kind::Gauge) || is_needed(&visits, visit) {
                continue;
            }
            let what = match metrics[0].1.kind {
                Kind::Histogram => "part of a histogram, which only rises",
                _ => "a counter, which only rises",
            };
            let finding =
                findings.add(asked.query.spot(&span), format!("`{name}` is {what}, and no rate of it is taken"));
            finding.help(format!("ask for `rate({name}[5m])` or `increase({name}[5m])`"));
            if matches!(asked.by, Asker::Panel(..)) {
                finding.severity(Severity::Info);
            }
        }
    }
}

/// Whether the counter itself is what a query needs there.
fn is_needed(visits: &[Visit<'_>], selector: &Visit<'_>) -> bool {
    let mut inner = selector;
    while let Some(outer) = inner.parent.map(|place| &visits[place]) {
        let is_asked_for_presence = match &outer.expr.kind {
            // Over a subquery.
            ExprKind::Call(call) => call.function.is_some_and(|function| {
                function.is_over_time() || matches!(function.name, "absent" | "timestamp" | "info" | "sgn")
            }),
            ExprKind::Aggregation(aggregation) => {
                matches!(aggregation.op, None | Some(Aggregator::Count | Aggregator::Group))
            }
            ExprKind::Binary(binary) => {
                let right = std::ptr::eq(&binary.rhs, inner.expr);
                let other = if right { &binary.lhs } else { &binary.rhs };
                (binary.op.is_set() && binary.op != BinaryOp::Or && right)
                    || (binary.op.is_comparison() && other.constant() == Some(0.0))
                    // A difference between two times is an increase by hand.
                    || (binary.op == BinaryOp::Sub && other.selectors().iter().any(|used| used.selector.offset.is_some()))
            }
            _ => false,
        };
        if is_asked_for_presence {
            return true;
        }
        inner = outer;
    }
    false
}
