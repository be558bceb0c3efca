//! A query asks for a label, or groups by one, that the series of the metric never have.
//!
//! ```yaml
//! - alert: SigilErrors
//!   expr: sum by (operation) (rate(sigil_error_total{result="timeout"}[5m])) > 1     # there is no label `result`
//! ```
//!
//! ## Why it matters
//!
//! A matcher for a label that isn't there selects nothing, so the alert never fires; a negative one (`result!="ok"`) selects everything.
//! Grouping by such a label sums up what should stay apart, and the alert's text has a hole where the label's value should be.
//!
//! ## How to mend it
//!
//! Correct the name; the finding names the labels there are. Or add the label to the instrument in `telemetry.yaml`.
//!
//! Labels that a target's series get from Prometheus or its discovery are known: `job`, `instance`, `namespace`, `pod`, `cluster` and
//! the like, and those that a Prometheus configuration among the paths adds (`labels`, `external_labels`, `target_label`).
//!
//! ## When to allow it
//!
//! When a Prometheus whose configuration isn't among the paths adds the label.

use lapwing_promql::{BinaryExpr, ExprKind, Name, Presence, Side};

use crate::{
    Asked, Findings, Project, Rule, Severity,
    rule::Check,
    series::{Known, Selected},
};

pub(crate) const RULE: Rule = Rule {
    id: "metric/unknown-label",
    severity: Severity::Error,
    headline: "a query asks for a label that the metric doesn't have",
    source: include_str!("unknown_label.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let Some(known) = Known::of(project) else { return };
    for selected in known.selected(project) {
        matchers(&known, &selected, findings);
    }
    grouping(project, &known, findings);
}

fn matchers(known: &Known<'_>, selected: &Selected<'_>, findings: &mut Findings) {
    let metrics = selected.metrics();
    let Some((_, first)) = metrics.first() else { return };
    for matcher in selected.used.selector.label_matchers() {
        let Some(label) = matcher.name.fixed() else { continue };
        if metrics.iter().any(|(_, metric)| known.has_label(metric, selected.name.0, label)) {
            continue;
        }
        let effect = match matcher.requires_label() {
            Some(true) => "so this selects nothing",
            _ => "so this matcher has no effect",
        };
        let name = selected.name.0;
        findings
            .add(selected.asked.query.spot(&matcher.name.span), format!("`{name}` has no label `{label}`"))
            .label(effect)
            .help(there_are(label, first.labels.iter().map(|label| label.name.as_str()).collect()));
    }
}

fn grouping(project: &Project, known: &Known<'_>, findings: &mut Findings) {
    for asked in project.queries() {
        let Some(expr) = asked.query.expr() else { continue };
        for visit in expr.walk() {
            if let ExprKind::Binary(binary) = &visit.expr.kind {
                matching(&asked, known, binary, findings);
            }
            let ExprKind::Aggregation(aggregation) = &visit.expr.kind else { continue };
            let Some(grouping) = aggregation.grouping.as_ref().filter(|grouping| !grouping.without) else { continue };
            let labels = known.labels(&aggregation.expr);
            for name in &grouping.labels {
                // A missing `le` is told by `histogram/quantile-without-le`, where it matters.
                let Some(label) = name.fixed().filter(|label| *label != "le") else { continue };
                if labels.has(label) == Presence::No && known.declares_all_of(&aggregation.expr) {
                    let all = known_labels(known, &aggregation.expr);
                    findings
                        .add(asked.query.spot(&name.span), format!("no series here has the label `{label}`"))
                        .label("nothing is kept apart by it")
                        .help(there_are(label, all.iter().map(String::as_str).collect()));
                }
            }
        }
    }
}

/// Labels that both sides of an operator are matched on, or that one takes over from the other.
fn matching(asked: &Asked<'_>, known: &Known<'_>, binary: &BinaryExpr, findings: &mut Findings) {
    let Some(matching) = &binary.matching else { return };
    let sides = [(Side::Left, &binary.lhs), (Side::Right, &binary.rhs)];
    let on = matching.on.then_some(&matching.labels).into_iter().flatten();
    let on = on.flat_map(|name| sides.map(|side| (name, side)));
    let taken = matching.group.iter().flat_map(|group| {
        let one = sides.into_iter().find(|(side, _)| *side != group.side);
        group.labels.iter().filter_map(move |name| Some((name, one?)))
    });
    let mut told: Vec<&Name> = Vec::new();
    for (name, (side, expr)) in on.chain(taken) {
        let Some(label) = name.fixed().filter(|_| !told.contains(&name)) else { continue };
        if known.labels(expr).has(label) == Presence::No && known.declares_all_of(expr) {
            let all = known_labels(known, expr);
            let side = if side == Side::Left { "left" } else { "right" };
            told.push(name);
            findings
                .add(asked.query.spot(&name.span), format!("no series on the {side} has the label `{label}`"))
                .help(there_are(label, all.iter().map(String::as_str).collect()));
        }
    }
}

fn known_labels(known: &Known<'_>, expr: &lapwing_promql::Expr) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for used in expr.selectors() {
        if let crate::series::Series::Declared(metrics) = known.series(used.selector) {
            let labels = metrics.iter().flat_map(|(_, metric)| metric.labels.iter().map(|label| label.name.clone()));
            all.extend(labels);
        }
    }
    all.sort();
    all.dedup();
    all
}

fn there_are(label: &str, all: Vec<&str>) -> String {
    match (lapwing_config::nearest(label, all.iter().copied()), all.is_empty()) {
        (Some(nearest), _) => format!("did you mean `{nearest}`?"),
        (None, true) => "it has none but those of its target, such as `instance`".to_owned(),
        (None, false) => format!("its own labels: `{}`", all.join("`, `")),
    }
}
