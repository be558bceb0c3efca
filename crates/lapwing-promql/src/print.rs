//! Writes a tree as a query: one line, one way for each meaning.

use std::fmt::{self, Display, Formatter};

use crate::{
    At, AtTime, BinaryExpr, BinaryOp, DurationLiteral, DurationValue, Expr, ExprKind, MatcherPart, Name, Offset, Side,
    StringLiteral, VectorSelector, literal,
};

/// A query that [`parse`](crate::parse) reads as the same tree, in one line and without comments.
///
/// Aggregations have their grouping in front, strings are in double quotes, numbers are decimal. Parentheses are those
/// of the tree, and those that a tree put together by hand needs besides.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number(value) => number(f, *value),
            ExprKind::String(text) => string(f, text),
            ExprKind::VectorSelector(selector) => {
                braces(f, selector)?;
                // A variable by itself could be anything, and not a selector.
                let alone =
                    selector.name.as_ref().is_some_and(|name| name.variables.iter().any(|v| v.span == name.span));
                if alone && selector.matchers.is_empty() && selector.offset.is_none() && selector.at.is_none() {
                    f.write_str("{}")?;
                }
                modifiers(f, selector.offset.as_ref(), selector.at.as_ref())
            }
            ExprKind::MatrixSelector(matrix) => {
                braces(f, &matrix.selector)?;
                write!(f, "[{}]", matrix.range)?;
                modifiers(f, matrix.selector.offset.as_ref(), matrix.selector.at.as_ref())
            }
            ExprKind::Subquery(subquery) => {
                operand(f, &subquery.expr, TIGHTEST)?;
                write!(f, "[{}:", subquery.range)?;
                if let Some(step) = &subquery.step {
                    write!(f, "{step}")?;
                }
                f.write_str("]")?;
                modifiers(f, subquery.offset.as_ref(), subquery.at.as_ref())
            }
            ExprKind::Call(call) => {
                write!(f, "{}(", call.name.text)?;
                list(f, &call.args)?;
                f.write_str(")")
            }
            ExprKind::Aggregation(aggregation) => {
                f.write_str(&aggregation.name.text)?;
                if let Some(grouping) = &aggregation.grouping {
                    f.write_str(if grouping.without { " without " } else { " by " })?;
                    labels(f, &grouping.labels)?;
                    f.write_str(" ")?;
                }
                f.write_str("(")?;
                list(f, aggregation.param.iter().chain([&aggregation.expr]))?;
                f.write_str(")")
            }
            ExprKind::Binary(binary) => write_binary(f, binary),
            ExprKind::Unary(unary) => {
                f.write_str(unary.op.as_str())?;
                // A sign takes in what binds tighter than `*`.
                operand(f, &unary.expr, BinaryOp::Mul.precedence() + 1)
            }
            ExprKind::Paren(inner) => write!(f, "({inner})"),
            ExprKind::Variable(name) => f.write_str(&name.text),
        }
    }
}

/// Above all operators: of what is no operator.
const TIGHTEST: u8 = 8;

/// How tight an expression holds together.
fn tightness(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Binary(binary) => binary.op.precedence(),
        // Between `*` and `^`, but as a right side it needs no parentheses: see `write_binary`.
        ExprKind::Unary(_) => BinaryOp::Mul.precedence(),
        _ => TIGHTEST,
    }
}

fn operand(f: &mut Formatter<'_>, expr: &Expr, at_least: u8) -> fmt::Result {
    let sign = matches!(expr.kind, ExprKind::Unary(_)) && at_least < TIGHTEST;
    if sign || tightness(expr) >= at_least { write!(f, "{expr}") } else { write!(f, "({expr})") }
}

fn write_binary(f: &mut Formatter<'_>, binary: &BinaryExpr) -> fmt::Result {
    let precedence = binary.op.precedence();
    let to_the_right = binary.op == BinaryOp::Pow;
    match (&binary.lhs.kind, to_the_right) {
        // `-a ^ b` is `-(a ^ b)`.
        (ExprKind::Unary(_), true) => write!(f, "({})", binary.lhs)?,
        _ => operand(f, &binary.lhs, precedence + u8::from(to_the_right))?,
    }
    write!(f, " {}", binary.op)?;
    if binary.return_bool.is_some() {
        f.write_str(" bool")?;
    }
    if let Some(matching) = &binary.matching {
        f.write_str(if matching.on { " on " } else { " ignoring " })?;
        labels(f, &matching.labels)?;
        if let Some(group) = &matching.group {
            f.write_str(if group.side == Side::Left { " group_left " } else { " group_right " })?;
            labels(f, &group.labels)?;
        }
    }
    f.write_str(" ")?;
    operand(f, &binary.rhs, precedence + u8::from(!to_the_right))
}

fn braces(f: &mut Formatter<'_>, selector: &VectorSelector) -> fmt::Result {
    let quoted = selector.name.as_ref().filter(|name| name.quoted);
    match &selector.name {
        Some(name) if !name.quoted => f.write_str(&name.text)?,
        _ => {}
    }
    if selector.matchers.is_empty() && quoted.is_none() {
        // Without a name it is the second argument of `info`.
        return if selector.name.is_none() { f.write_str("{}") } else { Ok(()) };
    }
    f.write_str("{")?;
    if let Some(name) = quoted {
        write_name(f, name)?;
    }
    for (place, part) in selector.matchers.iter().enumerate() {
        if place > 0 || quoted.is_some() {
            f.write_str(", ")?;
        }
        match part {
            MatcherPart::Variable(name) => f.write_str(&name.text)?,
            MatcherPart::Matcher(matcher) => {
                write_name(f, &matcher.name)?;
                f.write_str(matcher.op.as_str())?;
                string(f, &matcher.value)?;
            }
        }
    }
    f.write_str("}")
}

fn modifiers(f: &mut Formatter<'_>, offset: Option<&Offset>, at: Option<&At>) -> fmt::Result {
    match at.map(|at| &at.time) {
        Some(AtTime::Timestamp(seconds)) => write!(f, " @ {seconds}")?,
        Some(AtTime::Start) => f.write_str(" @ start()")?,
        Some(AtTime::End) => f.write_str(" @ end()")?,
        Some(AtTime::Variable(name)) => write!(f, " @ {}", name.text)?,
        None => {}
    }
    match offset {
        Some(offset) => write!(f, " offset {}{}", if offset.negative { "-" } else { "" }, offset.duration),
        None => Ok(()),
    }
}

fn list<'e>(f: &mut Formatter<'_>, exprs: impl IntoIterator<Item = &'e Expr>) -> fmt::Result {
    for (place, expr) in exprs.into_iter().enumerate() {
        f.write_str(if place > 0 { ", " } else { "" })?;
        write!(f, "{expr}")?;
    }
    Ok(())
}

fn labels(f: &mut Formatter<'_>, labels: &[Name]) -> fmt::Result {
    f.write_str("(")?;
    for (place, label) in labels.iter().enumerate() {
        f.write_str(if place > 0 { ", " } else { "" })?;
        write_name(f, label)?;
    }
    f.write_str(")")
}

fn write_name(f: &mut Formatter<'_>, name: &Name) -> fmt::Result {
    if name.quoted { literal::write_quoted(f, &name.text) } else { f.write_str(&name.text) }
}

/// In quotes, but a variable that brings its own.
fn string(f: &mut Formatter<'_>, string: &StringLiteral) -> fmt::Result {
    let bare = string.variables.first().is_some_and(|variable| variable.span.start == string.span.start);
    if bare { f.write_str(&string.text) } else { literal::write_quoted(f, &string.text) }
}

fn number(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    if value.is_infinite() {
        return f.write_str(if value > 0.0 { "Inf" } else { "-Inf" });
    }
    match value.abs() {
        size if size != 0.0 && !(1e-7..1e21).contains(&size) && !value.is_nan() => write!(f, "{value:e}"),
        _ => write!(f, "{value}"),
    }
}

impl Display for DurationLiteral {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.value {
            DurationValue::Fixed(duration) => literal::write_duration(f, *duration),
            DurationValue::Variable(name) => f.write_str(&name.text),
        }
    }
}
