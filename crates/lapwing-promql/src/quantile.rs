//! Quantiles of histograms.

use crate::{Aggregation, Call, Expr, ExprKind, SelectorUse};

/// A call of `histogram_quantile`, and what it is made of.
#[derive(Clone, Copy, Debug)]
pub struct QuantileUse<'e> {
    /// The call.
    pub expr: &'e Expr,
    /// Which quantile is asked for.
    pub phi: &'e Expr,
    /// The quantile as a number, if it is one: 0.99.
    pub value: Option<f64>,
    /// The histogram that it is asked of.
    pub histogram: &'e Expr,
    /// The outermost aggregation in the histogram, as in `sum by (le) (…)`.
    pub aggregation: Option<&'e Aggregation>,
    /// The innermost function over time in it, as `rate`.
    pub over_time: Option<&'e Call>,
    /// The selector, where there is one only.
    pub selector: Option<SelectorUse<'e>>,
}

impl Expr {
    /// All calls of `histogram_quantile`, from left to right.
    pub fn quantiles(&self) -> Vec<QuantileUse<'_>> {
        self.walk().into_iter().filter_map(|visit| quantile(visit.expr)).collect()
    }
}

fn quantile(expr: &Expr) -> Option<QuantileUse<'_>> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    let [phi, histogram] = call.args.as_slice() else { return None };
    if call.function?.name != "histogram_quantile" {
        return None;
    }
    let (mut aggregation, mut over_time) = (None, None);
    for visit in histogram.walk() {
        match &visit.expr.kind {
            ExprKind::Aggregation(found) => aggregation = aggregation.or(Some(found.as_ref())),
            ExprKind::Call(call) if call.function.is_some_and(|function| function.is_over_time()) => {
                over_time = Some(call.as_ref())
            }
            _ => {}
        }
    }
    let selectors = histogram.selectors();
    let selector = match selectors.as_slice() {
        [selector] => Some(*selector),
        _ => None,
    };
    Some(QuantileUse { expr, phi, value: phi.constant(), histogram, aggregation, over_time, selector })
}
