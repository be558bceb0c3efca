//! Types, as Prometheus checks them before it runs a query.

use crate::{
    Aggregation, Aggregator, BinaryExpr, Call, Expr, ExprKind, MatcherPart, Side, SyntaxError, ValueType,
    VectorMatching, VectorSelector,
};

/// Checks all of it: the type it gives, and the error that stands first. Linear, with no stack that grows.
pub(crate) fn check(expr: &Expr) -> (ValueType, Option<SyntaxError>) {
    let visits = expr.walk();
    let mut types: Vec<Vec<ValueType>> = vec![Vec::new(); visits.len()];
    let (mut whole, mut first) = (ValueType::Unknown, None);
    // Backwards, all within an expression is known before it; its last child comes first.
    for (place, visit) in visits.iter().enumerate().rev() {
        let mut within = std::mem::take(&mut types[place]);
        within.reverse();
        let parent = visit.parent.map(|parent| &visits[parent].expr.kind);
        let found = check_node(visit.expr, parent, &within).unwrap_or_else(|error| {
            first = Some(error);
            // Whatever it is in has nothing to add.
            ValueType::Unknown
        });
        match visit.parent {
            Some(parent) => types[parent].push(found),
            None => whole = found,
        }
    }
    (whole, first)
}

/// Checks one expression, given the types of those within.
fn check_node(expr: &Expr, parent: Option<&ExprKind>, within: &[ValueType]) -> Result<ValueType, SyntaxError> {
    let inner = within.first().copied().unwrap_or(ValueType::Unknown);
    match &expr.kind {
        ExprKind::Number(_) => Ok(ValueType::Scalar),
        ExprKind::String(_) => Ok(ValueType::String),
        ExprKind::Variable(_) => Ok(ValueType::Unknown),
        ExprKind::VectorSelector(selector) => {
            // The second argument of `info` may match everything.
            let of_info = matches!(parent, Some(ExprKind::Call(call)) if is_info_matchers(call, expr));
            if !of_info {
                check_selector(selector)?;
            }
            Ok(ValueType::Vector)
        }
        ExprKind::MatrixSelector(matrix) => {
            check_selector(&matrix.selector)?;
            Ok(ValueType::Matrix)
        }
        ExprKind::Subquery(subquery) => {
            if !inner.fits(ValueType::Vector) {
                let message = format!("a subquery takes an instant vector, this is {inner}");
                return Err(SyntaxError::new(subquery.expr.span.clone(), message));
            }
            Ok(ValueType::Matrix)
        }
        ExprKind::Call(call) => check_call(call, expr, within),
        ExprKind::Aggregation(aggregation) => check_aggregation(aggregation, within),
        ExprKind::Binary(binary) => check_binary(binary, within),
        ExprKind::Unary(unary) => match inner {
            ValueType::Scalar | ValueType::Vector | ValueType::Unknown => Ok(inner),
            other => {
                let message = format!("a sign goes with a scalar or an instant vector, this is {other}");
                Err(SyntaxError::new(unary.expr.span.clone(), message))
            }
        },
        ExprKind::Paren(_) => Ok(inner),
    }
}

fn is_info_matchers(call: &Call, expr: &Expr) -> bool {
    call.function.is_some_and(|function| function.name == "info")
        && call.args.get(1).is_some_and(|arg| std::ptr::eq(arg, expr))
}

fn check_selector(selector: &VectorSelector) -> Result<(), SyntaxError> {
    let matchers = selector.matchers.iter().filter_map(|part| match part {
        MatcherPart::Matcher(matcher) => Some(matcher),
        MatcherPart::Variable(_) => None,
    });
    let Some(name) = &selector.name else {
        let open = selector.matchers.iter().any(|part| matches!(part, MatcherPart::Variable(_)));
        if open || matchers.clone().any(|matcher| matcher.requires_label() != Some(false)) {
            return Ok(());
        }
        let error = SyntaxError::new(selector.span.clone(), "the selector would select every series");
        return Err(error.help("give a metric's name, or a matcher that doesn't match the empty string"));
    };
    if name.quoted && name.text.is_empty() {
        return Err(SyntaxError::new(name.span.clone(), "the metric's name is empty"));
    }
    match matchers.into_iter().find(|matcher| !name.quoted && matcher.name.fixed() == Some("__name__")) {
        Some(second) => {
            let message = format!("the metric's name is given twice, `{}` and `{}`", name.text, second.value.text);
            Err(SyntaxError::new(second.span.clone(), message))
        }
        None => Ok(()),
    }
}

fn check_call(call: &Call, expr: &Expr, within: &[ValueType]) -> Result<ValueType, SyntaxError> {
    let Some(function) = call.function else { return Ok(ValueType::Unknown) };
    let (most, given) = (function.args.len(), call.args.len());
    let least = most - function.optional;
    if given < least || given > most && !function.variadic {
        let expected = match (least, most) {
            (0, 0) => "no argument".to_owned(),
            (1, 1) => "1 argument".to_owned(),
            _ if function.variadic => format!("at least {least} arguments"),
            _ if least == most => format!("{most} arguments"),
            _ => format!("{least} to {most} arguments"),
        };
        let message = format!("`{}` takes {expected}, not {given}", function.name);
        return Err(SyntaxError::new(expr.span.clone(), message));
    }
    for (place, (arg, found)) in call.args.iter().zip(within.iter().copied()).enumerate() {
        if function.name == "info" && place == 1 {
            check_info(arg)?;
            continue;
        }
        let wanted = function.args[place.min(most - 1)];
        if !found.fits(wanted) {
            let message = format!("`{}` takes {wanted} here, this is {found}", function.name);
            let error = SyntaxError::new(arg.span.clone(), message);
            return Err(match (wanted, found, &arg.unwrapped().kind) {
                (ValueType::Matrix, ValueType::Vector, ExprKind::VectorSelector(_)) => error.help("add a range: [5m]"),
                (ValueType::Matrix, ValueType::Vector, _) => error.help("make it a subquery: [5m:]"),
                (ValueType::Vector, ValueType::Matrix, _) => {
                    error.help("leave the range away, or put a function around it such as rate")
                }
                (ValueType::Vector, ValueType::Scalar, _) => error.help("`vector(…)` makes it an instant vector"),
                (ValueType::Scalar, ValueType::Vector, _) => error.help("`scalar(…)` makes the only series a scalar"),
                _ => error,
            });
        }
    }
    Ok(function.returns)
}

/// The second argument of `info` are matchers without a metric's name, and may match everything.
fn check_info(arg: &Expr) -> Result<(), SyntaxError> {
    match &arg.kind {
        ExprKind::VectorSelector(selector) if selector.name.is_none() => Ok(()),
        ExprKind::Variable(_) => Ok(()),
        _ => Err(SyntaxError::new(arg.span.clone(), "`info` takes matchers in braces here, without a metric's name")),
    }
}

fn check_aggregation(aggregation: &Aggregation, within: &[ValueType]) -> Result<ValueType, SyntaxError> {
    let name = &aggregation.name.text;
    let inner = within.last().copied().unwrap_or(ValueType::Unknown);
    if !inner.fits(ValueType::Vector) {
        let error = SyntaxError::new(
            aggregation.expr.span.clone(),
            format!("`{name}` takes an instant vector, this is {inner}"),
        );
        return Err(match inner {
            ValueType::Matrix => {
                error.help(format!("over time there is `{name}_over_time`, or put rate around the range"))
            }
            _ => error,
        });
    }
    if let Some(param) = &aggregation.param {
        let found = within[0];
        let wanted = match aggregation.op {
            Some(Aggregator::CountValues) => ValueType::String,
            Some(_) => ValueType::Scalar,
            None => found,
        };
        if !found.fits(wanted) {
            let message = format!("`{name}` takes {wanted} as its parameter, this is {found}");
            return Err(SyntaxError::new(param.span.clone(), message));
        }
    }
    Ok(ValueType::Vector)
}

fn check_binary(binary: &BinaryExpr, within: &[ValueType]) -> Result<ValueType, SyntaxError> {
    let (lhs, rhs) = (within[0], within[1]);
    let op = binary.op;
    let at_op = |message: String| Err(SyntaxError::new(binary.op_span.clone(), message));
    for (side, found) in [(&binary.lhs, lhs), (&binary.rhs, rhs)] {
        if matches!(found, ValueType::Matrix | ValueType::String) {
            let message = format!("`{op}` takes scalars and instant vectors, this is {found}");
            return Err(SyntaxError::new(side.span.clone(), message));
        }
    }
    if let Some(place) = binary.return_bool.as_ref().filter(|_| !op.is_comparison()) {
        return Err(SyntaxError::new(place.clone(), format!("bool goes with comparisons only, not with `{op}`")));
    }
    let scalars = (lhs == ValueType::Scalar, rhs == ValueType::Scalar);
    if scalars == (true, true) && op.is_comparison() && binary.return_bool.is_none() {
        let error = SyntaxError::new(binary.op_span.clone(), "scalars are compared with bool only");
        return Err(error.help(format!("write `{op} bool`")));
    }
    if (scalars.0 || scalars.1) && op.is_set() {
        return at_op(format!("`{op}` joins instant vectors, not scalars"));
    }
    if let Some(matching) = &binary.matching {
        check_matching(matching, binary, scalars.0 || scalars.1)?;
    }
    Ok(match (lhs, rhs) {
        (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
        (ValueType::Vector, _) | (_, ValueType::Vector) => ValueType::Vector,
        _ if op.is_set() => ValueType::Vector,
        _ => ValueType::Unknown,
    })
}

fn check_matching(matching: &VectorMatching, binary: &BinaryExpr, scalar: bool) -> Result<(), SyntaxError> {
    if scalar && !matching.labels.is_empty() {
        return Err(SyntaxError::new(matching.span.clone(), "only instant vectors are matched by labels"));
    }
    let Some(group) = &matching.group else { return Ok(()) };
    if binary.op.is_set() {
        let word = if group.side == Side::Left { "group_left" } else { "group_right" };
        let message = format!("{word} doesn't go with `{}`, which matches many to many", binary.op);
        return Err(SyntaxError::new(group.span.clone(), message));
    }
    let twice = group.labels.iter().find(|label| matching.labels.iter().any(|other| other.text == label.text));
    match twice.filter(|_| matching.on) {
        Some(label) => {
            let message = format!("`{}` is matched on already, and can't be taken over as well", label.text);
            Err(SyntaxError::new(label.span.clone(), message))
        }
        None => Ok(()),
    }
}

impl Expr {
    /// What it gives; unknown where a Grafana variable decides. Linear.
    pub fn value_type(&self) -> ValueType {
        check(self).0
    }
}
