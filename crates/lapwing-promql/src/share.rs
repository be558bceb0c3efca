//! Divisions of a part by the whole it is a part of.

use std::collections::BTreeSet;

use crate::{
    Aggregator, BinaryExpr, BinaryOp, Expr, ExprKind, Grouping, MatchOp, Matcher, Name, Offset, VectorMatching,
    VectorSelector,
};

/// The most that a division can give, as what is divided counts some of what it is divided by: series of the same
/// counter with more matchers, or of a bucket and its histogram's count, over the same time. It is 1, or 100 of percent.
pub(crate) fn most(division: &BinaryExpr) -> Option<f64> {
    let matched = division.matching.as_ref().map_or(Some(Labels::all()), Labels::matched)?;
    let (factor, part) = scaled(&division.lhs);
    let whole = denominator(&division.rhs);
    let counts = |part| is_zero(part) || is_part(part, whole, &matched);
    (factor > 0.0 && alternatives(part).into_iter().all(counts)).then_some(factor)
}

/// What an expression is multiplied by, and what is.
fn scaled(expr: &Expr) -> (f64, &Expr) {
    let (mut factor, mut expr) = (1.0, expr.unwrapped());
    while let ExprKind::Binary(product) = &expr.kind
        && product.op == BinaryOp::Mul
        && let (number, inner) = match product.rhs.constant() {
            Some(number) => (Some(number), &product.lhs),
            None => (product.lhs.constant(), &product.rhs),
        }
        && let Some(number) = number
    {
        (factor, expr) = (factor * number, inner.unwrapped());
    }
    (factor, expr)
}

/// What stands between `or`, each without what leaves values as they are.
fn alternatives(expr: &Expr) -> Vec<&Expr> {
    let (mut found, mut open) = (Vec::new(), vec![expr]);
    while let Some(expr) = open.pop().map(kept) {
        match &expr.kind {
            ExprKind::Binary(binary) if binary.op == BinaryOp::Or => open.extend([&binary.rhs, &binary.lhs]),
            _ => found.push(expr),
        }
    }
    found
}

/// What gives the values and labels, within parentheses and comparisons with numbers that leave some of them out.
fn kept(mut expr: &Expr) -> &Expr {
    loop {
        expr = match &expr.kind {
            ExprKind::Paren(inner) => inner,
            ExprKind::Binary(binary) if matches!(binary.op, BinaryOp::And | BinaryOp::Unless) => &binary.lhs,
            ExprKind::Binary(binary) if binary.op.is_comparison() && binary.return_bool.is_none() => {
                match (binary.lhs.constant(), binary.rhs.constant()) {
                    (None, Some(_)) => &binary.lhs,
                    (Some(_), None) => &binary.rhs,
                    _ => return expr,
                }
            }
            _ => return expr,
        }
    }
}

/// The same, also of what makes values only greater.
fn denominator(mut expr: &Expr) -> &Expr {
    loop {
        expr = kept(expr);
        match &expr.kind {
            ExprKind::Call(call) if call.function.is_some_and(|function| function.name == "clamp_min") => {
                match call.args.first() {
                    Some(arg) => expr = arg,
                    None => return expr,
                }
            }
            _ => return expr,
        }
    }
}

fn is_zero(expr: &Expr) -> bool {
    let argument = match &expr.kind {
        ExprKind::Call(call) if call.function.is_some_and(|function| function.name == "vector") => call.args.first(),
        _ => Some(expr),
    };
    argument.and_then(Expr::constant) == Some(0.0)
}

fn is_part(part: &Expr, whole: &Expr, matched: &Labels) -> bool {
    if let ExprKind::Binary(sum) = &whole.kind
        && sum.op == BinaryOp::Add
        && sum.matching.is_none()
    {
        let sides = [(&sum.lhs, &sum.rhs), (&sum.rhs, &sum.lhs)];
        return sides.into_iter().any(|(one, other)| is_part(part, denominator(one), matched) && counts(kept(other)));
    }
    match (Counted::some(part), Counted::all(whole)) {
        (Some(part), Some(whole)) => part.is_part_of(&whole, matched),
        _ => false,
    }
}

/// Whether it is the number of something, which is never below 0.
fn counts(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary(sum) if sum.op == BinaryOp::Add => {
            [&sum.lhs, &sum.rhs].into_iter().all(|side| counts(kept(side)))
        }
        _ => Counted::some(expr).is_some(),
    }
}

/// Events of a counter, or a number of series, by some labels.
struct Counted<'e> {
    /// `rate` and the like, `count`, or nothing of a counter as it is.
    function: &'static str,
    seconds: Option<f64>,
    selector: &'e VectorSelector,
    by: Labels<'e>,
}

impl<'e> Counted<'e> {
    /// What is counted at most: comparisons may leave some of it out.
    fn some(expr: &'e Expr) -> Option<Counted<'e>> {
        Counted::of(expr, kept)
    }

    /// What is counted, nothing left out.
    fn all(expr: &'e Expr) -> Option<Counted<'e>> {
        Counted::of(expr, Expr::unwrapped)
    }

    fn of(expr: &'e Expr, within: fn(&'e Expr) -> &'e Expr) -> Option<Counted<'e>> {
        let ExprKind::Aggregation(aggregation) = &expr.kind else {
            return Counted::series(expr, false);
        };
        let by = Labels::grouped(aggregation.grouping.as_ref())?;
        let counted = match aggregation.op? {
            Aggregator::Sum => Counted::series(within(&aggregation.expr), false),
            Aggregator::Count => Counted::series(within(&aggregation.expr), true),
            _ => None,
        };
        counted.map(|counted| Counted { by, ..counted })
    }

    fn series(expr: &'e Expr, number: bool) -> Option<Counted<'e>> {
        let by = Labels::all();
        match &expr.kind {
            ExprKind::VectorSelector(selector) if number => {
                Some(Counted { function: "count", seconds: None, selector, by })
            }
            ExprKind::VectorSelector(selector) => {
                let (name, _) = selector.metric()?;
                let counter = ["_total", "_count", "_bucket"].iter().any(|suffix| name.ends_with(suffix));
                counter.then_some(Counted { function: "", seconds: None, selector, by })
            }
            ExprKind::Call(call) if !number => {
                let function = call.function?.name;
                let (true, Some(ExprKind::MatrixSelector(matrix))) = (
                    matches!(function, "rate" | "irate" | "increase"),
                    call.args.first().map(|arg| &arg.unwrapped().kind),
                ) else {
                    return None;
                };
                Some(Counted { function, seconds: Some(matrix.range.seconds()?), selector: &matrix.selector, by })
            }
            _ => None,
        }
    }

    /// Whether everything it counts is counted in what it is divided by, where series are matched by these labels.
    fn is_part_of(&self, whole: &Counted<'_>, matched: &Labels) -> bool {
        let offset = |counted: &Counted<'_>| {
            let offset = |offset: &Offset| Some((offset.negative, offset.duration.seconds()?));
            counted.selector.offset.as_ref().map(offset)
        };
        let same_time = self.function == whole.function
            && self.seconds == whole.seconds
            && offset(self) == offset(whole)
            && self.selector.at.is_none()
            && whole.selector.at.is_none();
        let (Some((name, _)), Some((of, _))) = (self.selector.metric(), whole.selector.metric()) else { return false };
        let bucket = name.strip_suffix("_bucket");
        let infinite = whole
            .selector
            .matchers_of("le")
            .any(|matcher| matcher.op == MatchOp::Equal && matches!(matcher.value.fixed(), Some("+Inf" | "Inf")));
        let of_all_buckets =
            bucket.is_some_and(|base| of.strip_suffix("_count") == Some(base) || (of == name && infinite));
        // Several buckets count the same events.
        let one_bucket = self.by.contains("le")
            || self
                .selector
                .matchers_of("le")
                .any(|matcher| matcher.op == MatchOp::Equal && matcher.value.fixed().is_some());
        let named = if of_all_buckets { one_bucket } else { name == of };
        if !same_time || !named || self.selector.has_open_matchers() || whole.selector.has_open_matchers() {
            return false;
        }
        let asked = |matcher: &&Matcher| {
            let label = matcher.name.fixed();
            label != Some("__name__") && !(of_all_buckets && label == Some("le"))
        };
        let by = if of_all_buckets { whole.by.without("le") } else { whole.by.clone() };
        whole.selector.label_matchers().filter(asked).all(|matcher| is_implied(matcher, self.selector))
            // The group that a series is divided by is told by labels that both have.
            && by.is_within(&self.by)
            && by.is_within(matched)
    }
}

/// Whether a selector only selects what a matcher does too.
fn is_implied(matcher: &Matcher, selector: &VectorSelector) -> bool {
    let Some(label) = matcher.name.fixed() else { return false };
    selector.matchers_of(label).any(|own| {
        let same = own.op == matcher.op && own.value.fixed().is_some() && own.value.fixed() == matcher.value.fixed();
        let within =
            own.op == MatchOp::Equal && own.value.fixed().and_then(|value| matcher.matches(value)) == Some(true);
        same || within
    })
}

/// Some labels, or all but some.
#[derive(Clone)]
struct Labels<'e> {
    but: bool,
    labels: BTreeSet<&'e str>,
}

impl<'e> Labels<'e> {
    fn all() -> Labels<'e> {
        Labels { but: true, labels: BTreeSet::new() }
    }

    fn of(but: bool, names: &'e [Name]) -> Option<Labels<'e>> {
        Some(Labels { but, labels: names.iter().map(Name::fixed).collect::<Option<_>>()? })
    }

    fn grouped(grouping: Option<&'e Grouping>) -> Option<Labels<'e>> {
        match grouping {
            Some(grouping) => Labels::of(grouping.without, &grouping.labels),
            None => Some(Labels { but: false, labels: BTreeSet::new() }),
        }
    }

    fn matched(matching: &'e VectorMatching) -> Option<Labels<'e>> {
        Labels::of(!matching.on, &matching.labels)
    }

    fn contains(&self, label: &str) -> bool {
        self.labels.contains(label) != self.but
    }

    fn without(&self, label: &'e str) -> Labels<'e> {
        let mut labels = self.labels.clone();
        if self.but {
            labels.insert(label)
        } else {
            labels.remove(label)
        };
        Labels { but: self.but, labels }
    }

    fn is_within(&self, other: &Labels) -> bool {
        match (self.but, other.but) {
            (false, _) => self.labels.iter().all(|label| other.contains(label)),
            (true, true) => other.labels.is_subset(&self.labels),
            (true, false) => false,
        }
    }
}
