//! What a condition compares with what.

use crate::{BinaryExpr, BinaryOp, Expr, ExprKind};

/// A comparison that decides which series a query gives.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'e> {
    /// All of it.
    pub expr: &'e Expr,
    /// What is compared; if one side is a number, the other.
    pub subject: &'e Expr,
    /// How, seen from the subject: `0.5 < x` is `x > 0.5`.
    pub op: BinaryOp,
    /// What it is compared with.
    pub threshold: &'e Expr,
    /// The number that it is compared with; `None` where it is none, or depends on a Grafana variable.
    pub value: Option<f64>,
    /// Keeps all series, with 0 or 1 as their value.
    pub returns_bool: bool,
    /// Stands right of `unless`: where it holds, the series are left out.
    pub excludes: bool,
}

impl Expr {
    /// The comparisons that decide what this gives: on top of it or under `and`, `or`, `unless`, signs of comparison and
    /// parentheses, from left to right. Not those inside functions, aggregations and arithmetic.
    ///
    /// ```
    /// use lapwing_promql::{Dialect, parse};
    ///
    /// let expr = parse("(errors / requests > 2 * 0.25) and 10 < requests", Dialect::Prometheus)?;
    /// let comparisons = expr.comparisons();
    /// assert_eq!((comparisons[0].subject.to_string(), comparisons[0].value), ("errors / requests".to_owned(), Some(0.5)));
    /// assert_eq!((comparisons[1].op.as_str(), comparisons[1].value), (">", Some(10.0)));
    /// # Ok::<(), lapwing_promql::SyntaxError>(())
    /// ```
    pub fn comparisons(&self) -> Vec<Comparison<'_>> {
        let mut found = Vec::new();
        let mut open = vec![(self, false)];
        while let Some((expr, excludes)) = open.pop() {
            match &expr.kind {
                ExprKind::Paren(inner) => open.push((inner, excludes)),
                ExprKind::Binary(binary) if binary.op.is_set() => {
                    open.push((&binary.rhs, excludes != (binary.op == BinaryOp::Unless)));
                    open.push((&binary.lhs, excludes));
                }
                ExprKind::Binary(binary) if binary.op.is_comparison() => {
                    let comparison = compare(expr, binary, excludes);
                    found.push(comparison);
                    // `x > 1 < 5` compares twice.
                    open.push((comparison.subject, excludes));
                }
                _ => {}
            }
        }
        found
    }
}

fn compare<'e>(expr: &'e Expr, binary: &'e BinaryExpr, excludes: bool) -> Comparison<'e> {
    let returns_bool = binary.return_bool.is_some();
    let value = binary.rhs.constant();
    match (value, binary.lhs.constant()) {
        (None, value @ Some(_)) => {
            let (subject, threshold, op) = (&binary.rhs, &binary.lhs, binary.op.mirrored());
            Comparison { expr, subject, op, threshold, value, returns_bool, excludes }
        }
        _ => {
            let (subject, threshold, op) = (&binary.lhs, &binary.rhs, binary.op);
            Comparison { expr, subject, op, threshold, value, returns_bool, excludes }
        }
    }
}
