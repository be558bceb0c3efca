//! Between which numbers the values of a query lie.

use crate::{Aggregation, Aggregator, BinaryExpr, BinaryOp, Call, Expr, ExprKind, UnaryOp, VectorSelector, share};

/// The least and the greatest that values can be. NaN, which comparisons drop, is none of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueRange {
    /// None is below it.
    pub least: f64,
    /// None is above it.
    pub most: f64,
}

/// What is known of the values of what a selector selects.
type Known<'k> = &'k dyn Fn(&VectorSelector) -> ValueRange;

impl Expr {
    /// Between which numbers the values of the result lie; of series in the database `known` tells it.
    ///
    /// Counts, rates and increases are never below 0, and what is a part of something divided by all of it is a share.
    /// `rate` may give somewhat more than all for moments, where counters begin: it extrapolates each by itself.
    ///
    /// ```
    /// use lapwing_promql::{Dialect, ValueRange, parse};
    ///
    /// let range = |text: &str| parse(text, Dialect::Prometheus).unwrap().value_range(&|_| ValueRange::ANY);
    /// let share = r#"sum(rate(x_total{code="500"}[5m])) / sum(rate(x_total[5m]))"#;
    /// assert_eq!(range(share), ValueRange { least: 0.0, most: 1.0 });
    /// assert_eq!(range(&format!("100 * {share}")), ValueRange { least: 0.0, most: 100.0 });
    /// assert_eq!(range("sum(rate(a_total[5m])) / sum(rate(b_total[5m]))"), ValueRange::ANY.from(0.0));
    /// assert_eq!(range("temperature - 3"), ValueRange::ANY);
    /// ```
    pub fn value_range(&self, known: &dyn Fn(&VectorSelector) -> ValueRange) -> ValueRange {
        of(self, known)
    }
}

impl ValueRange {
    /// Nothing is known.
    pub const ANY: ValueRange = ValueRange { least: f64::NEG_INFINITY, most: f64::INFINITY };
    /// A share, a truth.
    pub const SHARE: ValueRange = ValueRange { least: 0.0, most: 1.0 };
    const COUNT: ValueRange = ValueRange { least: 0.0, most: f64::INFINITY };

    /// One number.
    pub fn only(value: f64) -> ValueRange {
        if value.is_nan() { ValueRange::ANY } else { ValueRange { least: value, most: value } }
    }

    /// What of it is not below `least`.
    pub fn from(self, least: f64) -> ValueRange {
        self.meet(ValueRange { least, most: f64::INFINITY })
    }

    /// What is in either.
    pub fn join(self, other: ValueRange) -> ValueRange {
        ValueRange { least: self.least.min(other.least), most: self.most.max(other.most) }
    }

    /// What is in both; itself if nothing is.
    fn meet(self, other: ValueRange) -> ValueRange {
        let both = ValueRange { least: self.least.max(other.least), most: self.most.min(other.most) };
        if both.least > both.most { self } else { both }
    }

    /// The range that has these at its ends, in any order; those that are no number are left out.
    fn around(ends: &[f64]) -> ValueRange {
        let least = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if least > most { ValueRange::ANY } else { ValueRange { least, most } }
    }

    fn map(self, change: impl Fn(f64) -> f64) -> ValueRange {
        ValueRange { least: change(self.least), most: change(self.most) }
    }

    /// Of the sum of one or more of its values.
    fn summed(self) -> ValueRange {
        let least = if self.least >= 0.0 { self.least } else { f64::NEG_INFINITY };
        let most = if self.most <= 0.0 { self.most } else { f64::INFINITY };
        ValueRange { least, most }
    }

    /// Whether a value of it can be as a comparison with a value of another wants it.
    pub fn may(self, op: BinaryOp, other: ValueRange) -> bool {
        match op {
            BinaryOp::Greater => self.most > other.least,
            BinaryOp::GreaterEqual => self.most >= other.least,
            BinaryOp::Less => self.least < other.most,
            BinaryOp::LessEqual => self.least <= other.most,
            BinaryOp::Equal => self.least <= other.most && other.least <= self.most,
            BinaryOp::NotEqual => self.least != self.most || self != other,
            _ => true,
        }
    }
}

fn of(expr: &Expr, known: Known<'_>) -> ValueRange {
    if let Some(value) = expr.constant() {
        return ValueRange::only(value);
    }
    match &expr.kind {
        ExprKind::VectorSelector(selector) => known(selector),
        ExprKind::MatrixSelector(matrix) => known(&matrix.selector),
        ExprKind::Subquery(subquery) => of(&subquery.expr, known),
        ExprKind::Paren(inner) => of(inner, known),
        ExprKind::Unary(unary) => {
            let inner = of(&unary.expr, known);
            match unary.op {
                UnaryOp::Plus => inner,
                UnaryOp::Minus => ValueRange { least: -inner.most, most: -inner.least },
            }
        }
        ExprKind::Call(call) => of_call(call, known),
        ExprKind::Aggregation(aggregation) => of_aggregation(aggregation, known),
        ExprKind::Binary(binary) => of_binary(binary, known),
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Variable(_) => ValueRange::ANY,
    }
}

fn of_aggregation(aggregation: &Aggregation, known: Known<'_>) -> ValueRange {
    let Some(op) = aggregation.op else { return ValueRange::ANY };
    let inner = || of(&aggregation.expr, known);
    let quantile = || aggregation.param.as_ref().and_then(Expr::constant);
    match op {
        Aggregator::Sum => inner().summed(),
        Aggregator::Avg | Aggregator::Min | Aggregator::Max => inner(),
        Aggregator::Quantile if quantile().is_some_and(|phi| (0.0..=1.0).contains(&phi)) => inner(),
        // Of no series there is no count either.
        Aggregator::Count | Aggregator::CountValues => ValueRange::COUNT.from(1.0),
        Aggregator::Group => ValueRange::only(1.0),
        Aggregator::Stddev | Aggregator::Stdvar => ValueRange::COUNT,
        op if op.keeps_series() => inner(),
        _ => ValueRange::ANY,
    }
}

fn of_call(call: &Call, known: Known<'_>) -> ValueRange {
    let Some(function) = call.function else { return ValueRange::ANY };
    let inner = |place: usize| call.args.get(place).map_or(ValueRange::ANY, |arg| of(arg, known));
    let constant = |place: usize| call.args.get(place).and_then(Expr::constant);
    let at_least = |least: f64| ValueRange::COUNT.from(least);
    let between = |least: f64, most: f64| ValueRange { least, most };
    match function.name {
        "rate" | "irate" | "increase" | "changes" | "resets" | "sqrt" | "exp" | "stddev_over_time"
        | "stdvar_over_time" | "time" => ValueRange::COUNT,
        "count_over_time" => at_least(1.0),
        "absent" | "absent_over_time" | "present_over_time" => ValueRange::only(1.0),
        "histogram_fraction" => ValueRange::SHARE,
        "scalar" | "vector" | "sort" | "sort_desc" | "sort_by_label" | "sort_by_label_desc" | "label_replace"
        | "label_join" | "avg_over_time" | "min_over_time" | "max_over_time" | "last_over_time" | "first_over_time" => {
            inner(0)
        }
        "sum_over_time" => inner(0).summed(),
        "quantile_over_time" if constant(0).is_some_and(|phi| (0.0..=1.0).contains(&phi)) => inner(1),
        "ceil" => inner(0).map(f64::ceil),
        "floor" => inner(0).map(f64::floor),
        "round" if call.args.len() == 1 => between(inner(0).least.floor(), inner(0).most.ceil()),
        "abs" => ValueRange::COUNT,
        "sgn" => between(-1.0, 1.0),
        "clamp_min" => constant(1).map_or(ValueRange::ANY, |least| inner(0).map(|end| end.max(least))),
        "clamp_max" => constant(1).map_or(ValueRange::ANY, |most| inner(0).map(|end| end.min(most))),
        "clamp" => match (constant(1), constant(2)) {
            (Some(least), Some(most)) if least <= most => inner(0).map(|end| end.clamp(least, most)),
            _ => ValueRange::ANY,
        },
        "day_of_month" => between(1.0, 31.0),
        "day_of_week" => between(0.0, 6.0),
        "day_of_year" => between(1.0, 366.0),
        "days_in_month" => between(28.0, 31.0),
        "hour" => between(0.0, 23.0),
        "minute" => between(0.0, 59.0),
        "month" => between(1.0, 12.0),
        _ => ValueRange::ANY,
    }
}

fn of_binary(binary: &BinaryExpr, known: Known<'_>) -> ValueRange {
    let (a, b) = (of(&binary.lhs, known), of(&binary.rhs, known));
    match binary.op {
        BinaryOp::And | BinaryOp::Unless => a,
        BinaryOp::Or => a.join(b),
        op if op.is_comparison() && binary.return_bool.is_some() => ValueRange::SHARE,
        // What is left is what was there: of a number and series the series, else what stands left.
        op if op.is_comparison() && binary.lhs.constant().is_some() => left_by(b, op.mirrored(), a),
        op if op.is_comparison() => left_by(a, op, b),
        BinaryOp::Add => sum(a, b),
        BinaryOp::Sub => sum(a, ValueRange { least: -b.most, most: -b.least }),
        BinaryOp::Mul => ValueRange::around(&[a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most]),
        BinaryOp::Div => {
            let quotient = quotient(a, b);
            share::most(binary).map_or(quotient, |most| quotient.meet(ValueRange { least: 0.0, most }))
        }
        _ => ValueRange::ANY,
    }
}

fn left_by(subject: ValueRange, op: BinaryOp, threshold: ValueRange) -> ValueRange {
    let (below, above) = (
        ValueRange { least: f64::NEG_INFINITY, most: threshold.most },
        ValueRange { least: threshold.least, most: f64::INFINITY },
    );
    match op {
        BinaryOp::Greater | BinaryOp::GreaterEqual => subject.meet(above),
        BinaryOp::Less | BinaryOp::LessEqual => subject.meet(below),
        BinaryOp::Equal => subject.meet(threshold),
        _ => subject,
    }
}

fn sum(a: ValueRange, b: ValueRange) -> ValueRange {
    let (least, most) = (a.least + b.least, a.most + b.most);
    let known = |end: f64, or: f64| if end.is_nan() { or } else { end };
    ValueRange { least: known(least, f64::NEG_INFINITY), most: known(most, f64::INFINITY) }
}

fn quotient(a: ValueRange, b: ValueRange) -> ValueRange {
    if b.least > 0.0 || b.most < 0.0 {
        ValueRange::around(&[a.least / b.least, a.least / b.most, a.most / b.least, a.most / b.most])
    } else if a.least >= 0.0 && b.least >= 0.0 {
        // By 0 it is infinite.
        ValueRange::COUNT
    } else {
        ValueRange::ANY
    }
}
