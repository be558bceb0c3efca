//! How labels go through a query.

use crate::{
    Aggregation, Aggregator, BinaryExpr, Call, Expr, ExprKind, MatchOp, Name, Presence, ResultLabels, Side, UnaryOp,
    VectorMatching, VectorSelector, re2,
};

/// What is known of the labels of what a selector selects, before its matchers.
pub(crate) type Known<'k> = &'k dyn Fn(&VectorSelector) -> ResultLabels;

impl Expr {
    /// Which labels the series of the result have, by what the query alone says.
    ///
    /// ```
    /// use lapwing_promql::{Dialect, Presence, parse};
    ///
    /// let expr = parse(r#"sum by (job, code) (rate(x{job="api"}[5m]))"#, Dialect::Prometheus)?;
    /// let labels = expr.result_labels();
    /// assert_eq!(labels.has("job"), Presence::Yes);
    /// assert_eq!(labels.has("code"), Presence::Maybe);
    /// assert_eq!(labels.has("instance"), Presence::No);
    /// # Ok::<(), lapwing_promql::SyntaxError>(())
    /// ```
    pub fn result_labels(&self) -> ResultLabels {
        self.result_labels_of(&|_| ResultLabels::unknown())
    }

    /// Which labels the series of the result have, given those of the series in the database. `known` tells them for a
    /// selector, of which the matchers are heeded afterwards.
    pub fn result_labels_of(&self, known: &dyn Fn(&VectorSelector) -> ResultLabels) -> ResultLabels {
        self.labels_of_parts(known, &mut |_, _, _| {})
    }

    /// The same; `operation` is told of each operation between instant vectors and the labels of its sides, from the inside out.
    pub(crate) fn labels_of_parts<'e>(
        &'e self,
        known: Known<'_>,
        operation: &mut dyn FnMut(&'e Expr, &'e BinaryExpr, [&ResultLabels; 2]),
    ) -> ResultLabels {
        let visits = self.walk();
        let mut result = None;
        // Each expression comes behind those it is in: backwards, all within are known. The last child was met first.
        let mut children: Vec<Vec<Labels>> = vec![Vec::new(); visits.len()];
        for place in (0..visits.len()).rev() {
            let mut within = std::mem::take(&mut children[place]);
            within.reverse();
            let expr = visits[place].expr;
            if let (ExprKind::Binary(binary), [Labels { series: Some(lhs) }, Labels { series: Some(rhs) }]) =
                (&expr.kind, within.as_slice())
            {
                operation(expr, binary, [lhs, rhs]);
            }
            let labels = of(expr, within, known);
            match visits[place].parent {
                Some(parent) => children[parent].push(labels),
                None => result = labels.series,
            }
        }
        result.unwrap_or_else(ResultLabels::none)
    }
}

/// The labels of an expression's series; numbers and strings have no series.
#[derive(Clone, Debug)]
struct Labels {
    series: Option<ResultLabels>,
}

impl Labels {
    fn into_series(self) -> ResultLabels {
        self.series.unwrap_or_else(ResultLabels::none)
    }
}

fn of(expr: &Expr, within: Vec<Labels>, known: Known<'_>) -> Labels {
    let mut within = within.into_iter();
    let mut next = || within.next().unwrap_or(Labels { series: None });
    let series = match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => None,
        ExprKind::Variable(_) => Some(ResultLabels::unknown()),
        ExprKind::VectorSelector(selector) => Some(known(selector).selected(selector)),
        ExprKind::MatrixSelector(matrix) => Some(known(&matrix.selector).selected(&matrix.selector)),
        ExprKind::Subquery(_) | ExprKind::Paren(_) => next().series,
        ExprKind::Unary(unary) => match unary.op {
            UnaryOp::Plus => next().series,
            UnaryOp::Minus => next().series.map(|labels| labels.without("__name__")),
        },
        ExprKind::Call(call) => of_call(call, within.collect()),
        ExprKind::Aggregation(aggregation) => {
            let body = within.next_back().unwrap_or(Labels { series: None });
            Some(of_aggregation(aggregation, body.into_series()))
        }
        ExprKind::Binary(binary) => of_binary(binary, next(), next()),
    };
    Labels { series }
}

fn of_call(call: &Call, args: Vec<Labels>) -> Option<ResultLabels> {
    let Some(function) = call.function else { return Some(ResultLabels::unknown()) };
    let series = args.into_iter().find_map(|arg| arg.series);
    let Some(labels) = series else {
        return (function.returns == crate::ValueType::Vector).then(ResultLabels::none);
    };
    Some(match function.name {
        "scalar" => return None,
        "absent" | "absent_over_time" => call.args.first().map_or_else(ResultLabels::none, absent),
        "sort" | "sort_desc" | "sort_by_label" | "sort_by_label_desc" | "last_over_time" | "first_over_time" => labels,
        "histogram_quantile" | "histogram_fraction" => labels.without("__name__").without("le"),
        "label_replace" => label_replace(call, labels),
        "label_join" => label_join(call, labels),
        "info" => info(labels),
        _ => labels.without("__name__"),
    })
}

/// `absent` gives labels that `=` asks for once, and that nothing else is asked of.
fn absent(arg: &Expr) -> ResultLabels {
    let selector = match &arg.unwrapped().kind {
        ExprKind::VectorSelector(selector) => selector,
        ExprKind::MatrixSelector(matrix) => &matrix.selector,
        ExprKind::Variable(_) => return ResultLabels::unknown(),
        _ => return ResultLabels::none(),
    };
    let mut labels = if selector.has_open_matchers() { ResultLabels::unknown() } else { ResultLabels::none() };
    for matcher in selector.label_matchers() {
        let Some(label) = matcher.name.fixed().filter(|label| *label != "__name__") else { continue };
        let single = matcher.op == MatchOp::Equal && selector.matchers_of(label).count() == 1;
        let presence = match matcher.value.fixed() {
            Some(value) if single && !value.is_empty() => Presence::Yes,
            None if single => Presence::Maybe,
            _ => Presence::No,
        };
        labels.set(label, presence);
    }
    labels.without("__name__")
}

fn label_replace(call: &Call, mut labels: ResultLabels) -> ResultLabels {
    let argument = |place: usize| match call.args.get(place).map(|arg| &arg.unwrapped().kind) {
        Some(ExprKind::String(text)) => text.fixed(),
        _ => None,
    };
    let Some(target) = argument(1) else { return ResultLabels::unknown() };
    let before = labels.has(target);
    let after = match (argument(2), argument(3), argument(4)) {
        (Some(replacement), Some(source), Some(pattern)) => {
            let literal = !replacement.contains('$');
            let regex = re2::compile(pattern).ok();
            let always = match labels.has(source) {
                // All values, but the empty one that no series has, or the other way round.
                Presence::Yes => matches!(pattern, "(.*)" | "(.+)" | ".*" | ".+"),
                Presence::No => regex.as_ref().is_some_and(|regex| regex.is_match("")),
                Presence::Maybe => matches!(pattern, "(.*)" | ".*"),
            };
            let never = labels.has(source) == Presence::No && regex.is_some_and(|regex| !regex.is_match(""));
            let replaced = match replacement {
                "" => Presence::No,
                _ if literal => Presence::Yes,
                "$1" | "${1}" if matches!(pattern, "(.*)" | "(.+)") => labels.has(source),
                _ => Presence::Maybe,
            };
            match (always, never) {
                (true, _) => replaced,
                (_, true) => before,
                _ => before.or(replaced),
            }
        }
        _ => Presence::Maybe,
    };
    labels.set(target, after);
    labels
}

fn label_join(call: &Call, mut labels: ResultLabels) -> ResultLabels {
    let mut texts = call.args.iter().skip(1).map(|arg| match &arg.unwrapped().kind {
        ExprKind::String(text) => text.fixed(),
        _ => None,
    });
    let Some(Some(target)) = texts.next() else { return ResultLabels::unknown() };
    let separator = texts.next().flatten();
    let sources: Vec<_> = texts.map(|source| source.map_or(Presence::Maybe, |source| labels.has(source))).collect();
    let separated = sources.len() > 1 && separator.is_some_and(|separator| !separator.is_empty());
    let joined = if separated || sources.contains(&Presence::Yes) {
        Presence::Yes
    } else if separator.is_some() && sources.iter().all(|source| *source == Presence::No) {
        Presence::No
    } else {
        Presence::Maybe
    };
    labels.set(target, joined);
    labels
}

/// `info` adds labels that aren't known here.
fn info(labels: ResultLabels) -> ResultLabels {
    let present = labels.named().filter(|(_, presence)| *presence == Presence::Yes);
    present.fold(ResultLabels::unknown(), |labels, (label, presence)| labels.with(label, presence))
}

fn of_aggregation(aggregation: &Aggregation, body: ResultLabels) -> ResultLabels {
    if aggregation.op.is_some_and(Aggregator::keeps_series) {
        return body;
    }
    let labels = match &aggregation.grouping {
        None => ResultLabels::none(),
        Some(grouping) if grouping.without => {
            let open = grouping.labels.iter().any(|label| label.fixed().is_none());
            let start = if open { body.or(&ResultLabels::none()) } else { body };
            fixed(&grouping.labels).fold(start.without("__name__"), ResultLabels::without)
        }
        Some(grouping) => {
            let open = grouping.labels.iter().any(|label| label.fixed().is_none());
            let start = if open { body.or(&ResultLabels::none()) } else { ResultLabels::none() };
            fixed(&grouping.labels).fold(start, |labels, label| labels.with(label, body.has(label)))
        }
    };
    match (aggregation.op, aggregation.param.as_ref().map(|param| &param.unwrapped().kind)) {
        (Some(Aggregator::CountValues), Some(ExprKind::String(text))) => match text.fixed() {
            Some("") => labels,
            Some(label) => labels.with(label, Presence::Yes),
            None => ResultLabels::unknown(),
        },
        (Some(Aggregator::CountValues), _) => ResultLabels::unknown(),
        // The variable may stand for `topk`, which keeps everything.
        (None, _) => labels.or(&ResultLabels::unknown()),
        _ => labels,
    }
}

fn fixed(labels: &[Name]) -> impl Iterator<Item = &str> {
    labels.iter().filter_map(Name::fixed)
}

fn of_binary(binary: &BinaryExpr, lhs: Labels, rhs: Labels) -> Option<ResultLabels> {
    let drops_name = !binary.op.is_set() && (!binary.op.is_comparison() || binary.return_bool.is_some());
    let named = |labels: ResultLabels| if drops_name { labels.without("__name__") } else { labels };
    let (lhs, rhs) = match (lhs.series, rhs.series) {
        (None, None) => return None,
        (Some(labels), None) | (None, Some(labels)) => return Some(named(labels)),
        (Some(lhs), Some(rhs)) => (lhs, rhs),
    };
    Some(match binary.op {
        crate::BinaryOp::Or => lhs.or(&rhs),
        op if op.is_set() => lhs,
        _ => named(matched(binary.matching.as_ref(), lhs, rhs)),
    })
}

/// Series of both sides that belong together.
fn matched(matching: Option<&VectorMatching>, lhs: ResultLabels, rhs: ResultLabels) -> ResultLabels {
    let name = lhs.has("__name__");
    let Some(matching) = matching else {
        return lhs.both(&rhs).with("__name__", name);
    };
    let open = matching.labels.iter().any(|label| label.fixed().is_none());
    let Some(group) = &matching.group else {
        if open {
            return ResultLabels::unknown();
        }
        return match matching.on {
            true => lhs.both(&rhs).only(fixed(&matching.labels)),
            false => fixed(&matching.labels).fold(lhs.both(&rhs).with("__name__", name), ResultLabels::without),
        };
    };
    let (many, one) = if group.side == Side::Left { (lhs, rhs) } else { (rhs, lhs) };
    let mut labels = many.clone();
    if matching.on {
        for label in fixed(&matching.labels) {
            labels.set(label, many.has(label).both(one.has(label)));
        }
    } else if !open {
        labels = many.both(&one);
        for label in fixed(&matching.labels).chain(["__name__"]) {
            labels.set(label, many.has(label));
        }
    }
    for label in &group.labels {
        match label.fixed() {
            Some(label) => labels.set(label, one.has(label)),
            None => return ResultLabels::unknown(),
        }
    }
    labels
}
