//! Quantiles that are compared with a number, and the bounds of their histograms.

use lapwing_monitor::Metric;
use lapwing_promql::{Aggregator, BinaryOp, Expr, ExprKind};

use crate::{
    AlertRule, Project, Service, Spot,
    series::{Known, Series},
};

/// A quantile of a declared histogram that an alert compares with a number.
#[derive(Debug)]
pub(super) struct Compared<'p> {
    pub(super) alert: &'p AlertRule,
    pub(super) metric: &'p Metric,
    /// Finite, rising, not none.
    pub(super) bounds: &'p [f64],
    pub(super) op: BinaryOp,
    pub(super) threshold: f64,
    /// Where the threshold stands.
    pub(super) spot: Spot,
    /// Where the bounds are declared.
    pub(super) bounds_at: Option<Spot>,
}

/// All such in alerts: also where a rule records the quantile, and where the greatest or least of several is taken.
pub(super) fn compared<'p>(project: &'p Project, known: &Known<'p>) -> Vec<Compared<'p>> {
    let mut all = Vec::new();
    for (_, alert) in project.alerts() {
        let Some(expr) = alert.expr.expr() else { continue };
        for comparison in expr.comparisons() {
            let Some(threshold) = comparison.value else { continue };
            let Some((service, metric)) = histogram(project, known, comparison.subject, 0) else { continue };
            let Some(bounds) = metric.bounds.as_deref().filter(|bounds| !bounds.is_empty()) else { continue };
            let instrument = metric.instrument.as_deref();
            all.push(Compared {
                alert,
                metric,
                bounds,
                op: comparison.op,
                threshold,
                spot: alert.expr.spot(&comparison.threshold.span),
                bounds_at: instrument.and_then(|instrument| service.bounds_at(instrument)),
            });
        }
    }
    all
}

/// The histogram that an expression gives a quantile of. Recorded ones are followed through a few rules.
fn histogram<'p>(
    project: &'p Project,
    known: &Known<'p>,
    expr: &'p Expr,
    depth: usize,
) -> Option<(&'p Service, &'p Metric)> {
    let inner = expr.unwrapped();
    match &inner.kind {
        ExprKind::Call(_) => {
            let quantiles = inner.quantiles();
            let quantile = quantiles.first().filter(|quantile| std::ptr::eq(quantile.expr, inner))?;
            let Series::Declared(metrics) = known.series(quantile.selector?.selector) else { return None };
            match metrics.as_slice() {
                [one] => Some(*one),
                _ => None,
            }
        }
        ExprKind::Aggregation(aggregation) => {
            let keeps = matches!(aggregation.op?, Aggregator::Max | Aggregator::Min | Aggregator::Avg)
                || aggregation.op?.keeps_series();
            keeps.then(|| histogram(project, known, &aggregation.expr, depth)).flatten()
        }
        ExprKind::VectorSelector(selector) if depth < 3 => {
            let (name, _) = selector.metric()?;
            let mut rules = project.recordings().filter(|(_, rule)| rule.name.value == name);
            let (_, rule) = rules.next().filter(|_| rules.next().is_none())?;
            histogram(project, known, rule.expr.expr()?, depth + 1)
        }
        _ => None,
    }
}

/// Bounds for people: `0.1, 0.2, 0.5`.
pub(super) fn listed(bounds: &[f64]) -> String {
    bounds.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
}
