//! Tests of alerts whose condition is PromQL, where it is of a form that says what makes it true.

use std::time::Duration;

use lapwing_promql::{BinaryOp, Dialect, Expr, ExprKind, MatchOp, UnaryOp, VectorSelector, parse};

use super::{
    Sample, Scene,
    case::Case,
    labels::{Labels, Series},
};
use crate::Service;

/// A comparison of a number with a selector, a rate, an increase or a prediction, possibly aggregated; of others nothing is known.
pub(super) fn case(service: &Service, expr: &str, evaluation: Duration) -> Option<Case> {
    let expr = parse(expr, Dialect::Prometheus).ok()?;
    let ExprKind::Binary(binary) = &bare(&expr).kind else { return presence(service, bare(&expr)) };
    let above = match binary.op {
        BinaryOp::Greater | BinaryOp::GreaterEqual => true,
        BinaryOp::Less | BinaryOp::LessEqual => false,
        _ => return None,
    };
    let threshold = number(&binary.rhs)?;
    let step = threshold.abs().max(1.0) / 100.0;
    let sign = if above { 1.0 } else { -1.0 };
    let (near, far) = (step, 100.0 * step);
    let subject = bare(&binary.lhs);
    let scenes = |series: &Series, samples: [Sample; 2]| {
        let value = |sample: &Sample| if let Sample::Is(value) = sample { Some(*value) } else { None };
        samples.map(|sample| Scene { series: vec![(series.clone(), sample)], value: value(&sample) })
    };
    match &subject.kind {
        ExprKind::VectorSelector(selector) => {
            let series = series(service, selector)?;
            let [within, beyond] =
                scenes(&series, [Sample::Is(threshold - sign * near), Sample::Is(threshold + sign * near)]);
            let [good, bad] = scenes(&series, [Sample::Is(threshold - sign * far), Sample::Is(threshold + sign * far)]);
            Some(Case { near: Some((within, beyond)), ..Case::new(Duration::ZERO, (good, bad)) })
        }
        ExprKind::Call(call) => {
            let ExprKind::MatrixSelector(matrix) = &call.args.first()?.kind else { return None };
            let series = series(service, &matrix.selector)?;
            let window = Duration::from_secs_f64(matrix.range.seconds()?);
            match call.name.fixed()? {
                name @ ("rate" | "increase") if threshold > 0.0 => {
                    let per = if name == "rate" { 1.0 } else { window.as_secs_f64() };
                    let slope = |factor: f64| Sample::Moves(factor * threshold / per);
                    let (inside, outside) = if above { (0.99, 1.01) } else { (1.01, 0.99) };
                    let [within, beyond] = scenes(&series, [slope(inside), slope(outside)]);
                    let (good, bad) = if above { (0.0, 10.0) } else { (10.0, 0.0) };
                    let [good, bad] = scenes(&series, [slope(good), slope(bad)]);
                    Some(Case { near: Some((within, beyond)), ..Case::new(window, (good, bad)) })
                }
                "predict_linear" => {
                    // From a quiet level so steep that a few samples decide; a leap back turns the line at once.
                    let ahead = number(call.args.get(1)?)?;
                    let level = threshold - sign * far;
                    let steep = Sample::Moves(sign * 100.0 * far / ahead.min(evaluation.as_secs_f64()));
                    let [good, bad] = scenes(&series, [Sample::Is(level), steep]);
                    let leap = Scene::of(vec![(series, Sample::Is(level - sign * 1e6 * far))]);
                    Some(Case { after: Some(leap), ..Case::new(4 * evaluation, (good, bad)) })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A selector alone fires for series that are there, `absent` of one for series that aren't.
fn presence(service: &Service, expr: &Expr) -> Option<Case> {
    let (selector, there) = match &expr.kind {
        ExprKind::VectorSelector(selector) => (selector, true),
        ExprKind::Call(call) if call.name.fixed()? == "absent" => match &call.args.first()?.kind {
            ExprKind::VectorSelector(selector) => (selector, false),
            _ => return None,
        },
        _ => return None,
    };
    let series = series(service, selector)?;
    let scene = |there: bool| Scene::of(vec![(series.clone(), if there { Sample::Is(1.0) } else { Sample::Gone })]);
    Some(Case::new(Duration::ZERO, (scene(!there), scene(there))))
}

/// Without parentheses and aggregations that a single series goes through unchanged.
fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => bare(inner),
        ExprKind::Aggregation(aggregation)
            if ["sum", "min", "max", "avg"].contains(&aggregation.name.text.to_ascii_lowercase().as_str()) =>
        {
            bare(&aggregation.expr)
        }
        _ => expr,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(number) => Some(*number),
        ExprKind::Paren(inner) => number(inner),
        ExprKind::Unary(unary) if unary.op == UnaryOp::Minus => number(&unary.expr).map(|number| -number),
        _ => None,
    }
}

/// A series that is selected, with all labels that such a one has, if all matchers say which value they select.
fn series(service: &Service, selector: &VectorSelector) -> Option<Series> {
    let (name, _) = selector.metric()?;
    if selector.offset.is_some() || selector.at.is_some() {
        return None;
    }
    let refused = |label: &str| -> Vec<String> {
        selector.matchers_of(label).map(|matcher| matcher.value.text.clone()).collect()
    };
    let labels = Labels::of(service);
    let mut labels = match service.signals.sample(name) {
        Some(metric) => labels.all(metric, &refused),
        None => labels,
    };
    for matcher in selector.label_matchers() {
        let label = matcher.name.fixed()?;
        if label == "__name__" {
            continue;
        }
        match matcher.op {
            MatchOp::Equal => labels = labels.with(label, matcher.value.fixed()?),
            MatchOp::NotEqual => {
                let value = matcher.value.fixed()?;
                if labels.get(label).unwrap_or_default() == value {
                    return None;
                }
            }
            _ => return None,
        }
    }
    Some(labels.series(name))
}
