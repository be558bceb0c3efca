//! An alert compares with a number that its query never comes to: a share is between 0 and 1, a rate never below 0, a count never 0. The alert
//! never fires, or always does.
//!
//! ```yaml
//! - alert: SigilErrors
//!   expr: sum(rate(sigil_encode_total{outcome="error"}[5m])) / sum(rate(sigil_encode_total[5m])) > 5
//! ```
//!
//! ## Why it matters
//!
//! An alert that never fires looks like one that has nothing to say. One that always fires is soon silenced.
//!
//! ## How to mend it
//!
//! A share of 5 % is written as 0.05, or the query is multiplied by 100:
//!
//! ```promql
//! sum(rate(sigil_encode_total{outcome="error"}[5m])) / sum(rate(sigil_encode_total[5m])) > 0.05
//! ```
//!
//! Of nothing there is no `count`, not even 0: ask `absent(up{job="sigil"})` instead of `count(up{job="sigil"}) == 0`.
//!
//! A division is taken for a share where it can be seen that one side is a part of the other: series of the same counter with more matchers, a
//! bucket of a histogram by its `_count`, or what a recording rule among the files records of such. Of other divisions nothing is said.
//! `rate` extrapolates every counter by itself, so that a share can come out slightly above 1 for a moment; no alert can rely on that.
//!
//! ## When to allow it
//!
//! To try out where alerts go, for as long as that takes.

use std::{cell::RefCell, collections::HashMap};

use lapwing_config::monitoring::Condition;
use lapwing_monitor::Kind;
use lapwing_promql::{Aggregator, BinaryOp, Comparison, Expr, ExprKind, ValueRange, VectorSelector};

use crate::{AlertRule, Findings, Project, Rule, Severity, rule::Check, series::Known};

pub(crate) const RULE: Rule = Rule {
    id: "alert/threshold-out-of-range",
    severity: Severity::Error,
    headline: "an alert compares with what its query never comes to",
    source: include_str!("threshold_out_of_range.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let ranges = Ranges::of(project);
    for (_, alert) in project.alerts().filter(|(_, alert)| !is_told_at_its_declaration(project, alert)) {
        let Some(expr) = alert.expr.expr() else { continue };
        for comparison in expr.comparisons().iter().filter(|comparison| !comparison.returns_bool) {
            let (subject, limit) = (ranges.expr(comparison.subject), ranges.expr(comparison.threshold));
            let holds = if !subject.may(comparison.op, limit) {
                "never"
            } else if comparison.expr.span == expr.unwrapped().span && always(comparison.op, subject, limit) {
                "always"
            } else {
                continue;
            };
            findings
                .add(
                    alert.expr.spot(&comparison.threshold.span),
                    format!(
                        "a condition of the alert `{}` {holds} holds: what it compares {}",
                        alert.name.value,
                        said(subject)
                    ),
                )
                .help(help(comparison, subject));
        }
    }
}

/// Whether the alert is made of a threshold in `monitoring.yaml`: there `declaration/threshold-out-of-range` tells of it.
fn is_told_at_its_declaration(project: &Project, alert: &AlertRule) -> bool {
    let mut declared =
        project.services().iter().filter_map(|service| service.watched.as_ref()).flat_map(|watched| &watched.alerts);
    project.file(alert.name.spot().file).is_generated
        && declared
            .any(|own| own.name.value == alert.name.value && matches!(own.condition, Condition::Threshold { .. }))
}

/// Whether it leaves nothing out. What is never 0 is only asked whether it is there.
fn always(op: BinaryOp, subject: ValueRange, limit: ValueRange) -> bool {
    let opposite = match op {
        BinaryOp::Greater => BinaryOp::LessEqual,
        BinaryOp::GreaterEqual => BinaryOp::Less,
        BinaryOp::Less => BinaryOp::GreaterEqual,
        BinaryOp::LessEqual => BinaryOp::Greater,
        BinaryOp::NotEqual => BinaryOp::Equal,
        _ => return false,
    };
    subject.least <= 0.0 && subject.least < subject.most && !subject.may(opposite, limit)
}

fn said(range: ValueRange) -> String {
    let ValueRange { least, most } = range;
    match (least.is_finite(), most.is_finite()) {
        (true, true) if least == most => format!("is always {least}"),
        (true, true) => format!("is between {least} and {most}"),
        (true, false) => format!("is never below {least}"),
        (false, true) => format!("is never above {most}"),
        (false, false) => "is a number".to_owned(),
    }
}

fn help(comparison: &Comparison<'_>, subject: ValueRange) -> String {
    let counts = matches!(&comparison.subject.unwrapped().kind,
        ExprKind::Aggregation(aggregation) if aggregation.op == Some(Aggregator::Count));
    match comparison.value {
        Some(limit) if subject == ValueRange::SHARE && limit > 1.0 && limit < 100.0 => {
            format!("{limit} % is written as {}", limit / 100.0)
        }
        Some(_) if counts => "of nothing there is no count: ask `absent(…)`, or `(count(…) or vector(0))`".to_owned(),
        _ => "take a threshold that it can pass either way".to_owned(),
    }
}

/// Between which numbers series lie, by what is declared and recorded.
struct Ranges<'p> {
    known: Option<Known<'p>>,
    recorded: HashMap<&'p str, Vec<Option<&'p Expr>>>,
    /// Of what is recorded, once it was asked for; of what is recorded of itself nothing is known.
    found: RefCell<HashMap<&'p str, ValueRange>>,
}

impl<'p> Ranges<'p> {
    fn of(project: &'p Project) -> Ranges<'p> {
        let mut recorded: HashMap<&str, Vec<_>> = HashMap::new();
        for (_, rule) in project.recordings() {
            recorded.entry(rule.name.value.as_str()).or_default().push(rule.expr.expr());
        }
        Ranges { known: Known::of(project), recorded, found: RefCell::default() }
    }

    fn expr(&self, expr: &Expr) -> ValueRange {
        expr.value_range(&|selector| self.series(selector))
    }

    fn series(&self, selector: &VectorSelector) -> ValueRange {
        let Some((name, _)) = selector.metric() else { return ValueRange::ANY };
        match name {
            "up" | "probe_success" => return ValueRange::SHARE,
            "ALERTS" => return ValueRange::only(1.0),
            _ => {}
        }
        if let Some((name, rules)) = self.recorded.get_key_value(name) {
            return self.recorded(name, rules);
        }
        let Some(crate::series::Series::Declared(metrics)) = self.known.as_ref().map(|known| known.series(selector))
        else {
            return ValueRange::ANY;
        };
        let counted = metrics.iter().all(|(_, metric)| match metric.kind {
            Kind::Counter => true,
            Kind::Histogram => !name.ends_with("_sum"),
            Kind::Gauge => false,
        });
        if counted { ValueRange::ANY.from(0.0) } else { ValueRange::ANY }
    }

    fn recorded(&self, name: &'p str, rules: &[Option<&'p Expr>]) -> ValueRange {
        if let Some(found) = self.found.borrow().get(name) {
            return *found;
        }
        self.found.borrow_mut().insert(name, ValueRange::ANY);
        let ranges = rules.iter().map(|rule| rule.map_or(ValueRange::ANY, |rule| self.expr(rule)));
        let range = ranges.reduce(ValueRange::join).unwrap_or(ValueRange::ANY);
        self.found.borrow_mut().insert(name, range);
        range
    }
}
