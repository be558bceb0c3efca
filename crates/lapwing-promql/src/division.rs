//! Divisions that give NaN when nothing happens.

use crate::{Aggregator, BinaryExpr, BinaryOp, Call, Comparison, Expr, ExprKind, VectorSelector, Visit};

/// A division by something that is zero without traffic, which nothing prevents.
#[derive(Clone, Copy, Debug)]
pub struct Division<'e> {
    /// The division: `/` or `%`.
    pub expr: &'e Expr,
    /// What is divided by.
    pub denominator: &'e Expr,
    /// A comparison around it that drops NaN: an alert doesn't fire then, while a recorded ratio or a panel would be NaN.
    /// Where only the denominator is zero, the result is infinite, which comparisons let pass.
    pub comparison: Option<&'e Expr>,
}

impl Expr {
    /// The divisions whose denominator is zero without traffic, from left to right.
    ///
    /// Zero without traffic are rates and increases, counters and recorded rates by name, and what is summed or
    /// calculated of them. Guards are a comparison in the denominator that leaves zero out, `clamp_min` with a minimum
    /// above 0, a positive number that is added, and around the division `and` with such a comparison or `unless` with
    /// its opposite. `or vector(1)` is none: it stands in for series that are missing, not for zeros.
    ///
    /// ```
    /// use lapwing_promql::{Dialect, parse};
    ///
    /// let unguarded = |text| parse(text, Dialect::Prometheus).unwrap().unguarded_divisions().len();
    /// assert_eq!(unguarded("sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))"), 1);
    /// assert_eq!(unguarded("sum(rate(errors_total[5m])) / (sum(rate(requests_total[5m])) > 0)"), 0);
    /// assert_eq!(unguarded("rate(a[5m]) / rate(b[5m]) > 0.1 and rate(b[5m]) > 1"), 0);
    /// ```
    pub fn unguarded_divisions(&self) -> Vec<Division<'_>> {
        let visits = self.walk();
        let divisions = visits.iter().filter_map(|visit| match &visit.expr.kind {
            ExprKind::Binary(binary) if matches!(binary.op, BinaryOp::Div | BinaryOp::Mod) => {
                is_zero_without_traffic(&binary.rhs).then(|| around(&visits, visit, &binary.rhs)).flatten()
            }
            _ => None,
        });
        divisions.collect()
    }
}

/// Looks from a division outwards; nothing if it is guarded.
fn around<'e>(visits: &[Visit<'e>], division: &Visit<'e>, denominator: &'e Expr) -> Option<Division<'e>> {
    let mut comparison = None;
    let mut inner = division;
    while let Some(outer) = inner.parent.map(|place| &visits[place]) {
        if let ExprKind::Binary(binary) = &outer.expr.kind {
            let from_left = std::ptr::eq(&binary.lhs, inner.expr);
            if from_left && guards(binary) {
                return None;
            }
            // NaN differs from everything.
            let drops_nan = binary.op.is_comparison() && binary.op != BinaryOp::NotEqual;
            if drops_nan && comparison.is_none() {
                comparison = Some(outer.expr);
            }
        }
        inner = outer;
    }
    Some(Division { expr: division.expr, denominator, comparison })
}

/// Whether `… and traffic > 0` or `… unless traffic == 0`.
fn guards(binary: &BinaryExpr) -> bool {
    let comparisons = || binary.rhs.comparisons().into_iter();
    match binary.op {
        BinaryOp::And => {
            comparisons().any(|comparison| is_zero_without_traffic(comparison.subject) && leaves_zero_out(&comparison))
        }
        BinaryOp::Unless => {
            comparisons().any(|comparison| is_zero_without_traffic(comparison.subject) && keeps_zero(&comparison))
        }
        _ => false,
    }
}

fn leaves_zero_out(comparison: &Comparison<'_>) -> bool {
    !comparison.returns_bool
        && comparison.value.is_some_and(|value| match comparison.op {
            BinaryOp::Greater => value >= 0.0,
            BinaryOp::GreaterEqual => value > 0.0,
            BinaryOp::NotEqual => value == 0.0,
            BinaryOp::Equal => value != 0.0,
            _ => false,
        })
}

fn keeps_zero(comparison: &Comparison<'_>) -> bool {
    !comparison.returns_bool
        && comparison.value.is_some_and(|value| match comparison.op {
            BinaryOp::Less => value > 0.0,
            BinaryOp::LessEqual => value >= 0.0,
            BinaryOp::Equal => value == 0.0,
            _ => false,
        })
}

fn is_zero_without_traffic(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::VectorSelector(selector) => counts_traffic(selector),
        ExprKind::MatrixSelector(matrix) => counts_traffic(&matrix.selector),
        ExprKind::Subquery(subquery) => is_zero_without_traffic(&subquery.expr),
        ExprKind::Paren(inner) => is_zero_without_traffic(inner),
        ExprKind::Unary(unary) => is_zero_without_traffic(&unary.expr),
        ExprKind::Call(call) => is_zero_call(call),
        ExprKind::Aggregation(aggregation) => {
            let counts = matches!(
                aggregation.op,
                Some(
                    Aggregator::Count
                        | Aggregator::Group
                        | Aggregator::CountValues
                        | Aggregator::Stddev
                        | Aggregator::Stdvar
                )
            );
            !counts && is_zero_without_traffic(&aggregation.expr)
        }
        ExprKind::Binary(binary) => is_zero_binary(expr, binary),
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Variable(_) => false,
    }
}

fn is_zero_binary(expr: &Expr, binary: &BinaryExpr) -> bool {
    let (lhs, rhs) = (&binary.lhs, &binary.rhs);
    match binary.op {
        // A positive number on one side keeps it from zero; what else is on that side isn't known.
        BinaryOp::Add => is_zero_without_traffic(lhs) && is_zero_without_traffic(rhs),
        BinaryOp::Mul => is_zero_without_traffic(lhs) || is_zero_without_traffic(rhs),
        BinaryOp::Sub | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Pow => is_zero_without_traffic(lhs),
        BinaryOp::And => !guards(binary) && is_zero_without_traffic(lhs),
        BinaryOp::Unless => !guards(binary) && is_zero_without_traffic(lhs),
        BinaryOp::Or => is_zero_without_traffic(lhs) || is_zero_without_traffic(rhs),
        BinaryOp::Atan2 => false,
        _ => {
            let own = expr.comparisons();
            binary.return_bool.is_none() && !own.iter().any(leaves_zero_out) && is_zero_without_traffic(lhs)
        }
    }
}

fn is_zero_call(call: &Call) -> bool {
    let Some(function) = call.function else { return false };
    let constant = |place: usize| call.args.get(place).and_then(Expr::constant);
    let inner = |place: usize| call.args.get(place).is_some_and(is_zero_without_traffic);
    match function.name {
        "rate" | "irate" | "increase" => true,
        "clamp_min" | "clamp" => !constant(1).is_some_and(|least| least > 0.0) && inner(0),
        "quantile_over_time" => inner(1),
        "vector" => constant(0) == Some(0.0) || inner(0),
        "abs" | "ceil" | "floor" | "round" | "scalar" | "sort" | "sort_desc" | "sort_by_label"
        | "sort_by_label_desc" | "label_replace" | "label_join" | "clamp_max" | "histogram_count" | "histogram_sum"
        | "avg_over_time" | "sum_over_time" | "min_over_time" | "max_over_time" | "last_over_time" => inner(0),
        _ => false,
    }
}

/// By name: counters, and rates that rules recorded as `level:metric:operations`.
fn counts_traffic(selector: &VectorSelector) -> bool {
    let Some((name, _)) = selector.metric() else { return false };
    match name.rsplit_once(':') {
        Some((_, operations)) => ["rate", "irate", "increase"].iter().any(|operation| operations.contains(operation)),
        None => ["_total", "_count", "_sum", "_bucket"].iter().any(|suffix| name.ends_with(suffix)),
    }
}
