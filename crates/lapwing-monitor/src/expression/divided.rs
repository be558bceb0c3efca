//! PromQL whose times are divided, for drills.

use std::ops::Range;

use lapwing_promql::{Dialect, DurationLiteral, DurationValue, Expr, ExprKind, Offset, SyntaxError, parse};

use super::duration;

/// `text` with every length of time divided by `by`, to the millisecond and never less than one: ranges, steps of subqueries, offsets,
/// and how far `predict_linear` looks ahead. All else stays as written; so do times that are only numbers to PromQL, such as the 3600 of
/// `time() - x > 3600`.
pub(super) fn divided(text: &str, by: u32) -> Result<String, SyntaxError> {
    let expr = parse(text, Dialect::Prometheus)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for visit in expr.walk() {
        match &visit.expr.kind {
            ExprKind::VectorSelector(selector) => edits.extend(offset(selector.offset.as_ref(), by)),
            ExprKind::MatrixSelector(matrix) => {
                edits.extend(literal(&matrix.range, by));
                edits.extend(offset(matrix.selector.offset.as_ref(), by));
            }
            ExprKind::Subquery(subquery) => {
                edits.extend(literal(&subquery.range, by));
                edits.extend(subquery.step.as_ref().and_then(|step| literal(step, by)));
                edits.extend(offset(subquery.offset.as_ref(), by));
            }
            ExprKind::Call(call) if call.name.text == "predict_linear" => {
                edits.extend(call.args.get(1).into_iter().flat_map(|ahead| seconds(ahead, by)));
            }
            _ => {}
        }
    }
    // From the last on, so that those before keep their places.
    edits.sort_by_key(|(span, _)| std::cmp::Reverse((span.start, span.end)));
    let mut text = text.to_owned();
    for (span, new) in edits {
        text.replace_range(span, &new);
    }
    Ok(text)
}

fn literal(literal: &DurationLiteral, by: u32) -> Option<(Range<usize>, String)> {
    match literal.value {
        DurationValue::Fixed(length) if !length.is_zero() => Some((literal.span.clone(), duration(length / by))),
        _ => None,
    }
}

fn offset(offset: Option<&Offset>, by: u32) -> Option<(Range<usize>, String)> {
    literal(&offset?.duration, by)
}

/// A number is divided here, anything else where it is asked. That can hold times of its own, so it isn't replaced but put in parentheses.
fn seconds(ahead: &Expr, by: u32) -> Vec<(Range<usize>, String)> {
    let Range { start, end } = ahead.span;
    let over = |what: &str| (end..end, format!("{what} / {by}"));
    match ahead.constant() {
        Some(number) => vec![(start..end, (number / f64::from(by)).to_string())],
        None if matches!(ahead.kind, ExprKind::Paren(_) | ExprKind::Call(_)) => vec![over("")],
        None => vec![(start..start, "(".to_owned()), over(")")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_of_time_is_divided() {
        let cases = [
            ("predict_linear(free[6h], 86400) < 0", "predict_linear(free[6m], 1440) < 0"),
            ("predict_linear(free[6h], 24 * 3600) < 0", "predict_linear(free[6m], 1440) < 0"),
            ("predict_linear(free[1h], -(1d)) < 0", "predict_linear(free[1m], -1440) < 0"),
            ("predict_linear(free[1h], scalar(ahead)) < 0", "predict_linear(free[1m], scalar(ahead) / 60) < 0"),
            (
                "predict_linear(free[1h], scalar(ahead offset 1h) + 60) < 0",
                "predict_linear(free[1m], (scalar(ahead offset 1m) + 60) / 60) < 0",
            ),
            ("rate(x[5m]) > 0.5", "rate(x[5s]) > 0.5"),
            ("x - x offset 1h", "x - x offset 1m"),
            ("rate(x[5m] offset -1d)", "rate(x[5s] offset -24m)"),
            ("max_over_time(rate(x[5m])[1h:30s] offset 2h)", "max_over_time(rate(x[5s])[1m:500ms] offset 2m)"),
            ("max_over_time(x[1h:])", "max_over_time(x[1m:])"),
            ("rate(x[300])", "rate(x[5s])"),
            ("x{a=\"[5m] offset 1h\"} @ 3600 offset 0s > 3600", "x{a=\"[5m] offset 1h\"} @ 3600 offset 0s > 3600"),
            ("# [1h]\nrate(\u{a}  x[1h]) # ä", "# [1h]\nrate(\u{a}  x[1m]) # ä"),
            ("rate(x[1ms])", "rate(x[1ms])"),
        ];
        for (text, expected) in cases {
            assert_eq!(divided(text, 60).as_deref(), Ok(expected), "{text}");
            assert!(parse(expected, Dialect::Prometheus).is_ok(), "{expected}");
        }
        assert_eq!(divided("rate(x[1m])", 7).as_deref(), Ok("rate(x[8s571ms])"));
    }

    #[test]
    fn divided_by_one_it_is_as_written() {
        let text = "sum ( rate(x[1h30m]) ) > 1";
        assert_eq!(divided(text, 1).as_deref(), Ok(text));
        assert!(divided("rate(x[5m]", 60).is_err());
    }
}
