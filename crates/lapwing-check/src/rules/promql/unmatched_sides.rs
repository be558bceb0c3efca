//! An operation joins series that have the same labels on both sides, and one side has a label that the other has not.
//!
//! ```promql
//! sum by (backend) (rate(sigil_error_total[5m])) / sum(rate(sigil_encode_total[5m]))
//! ```
//!
//! ## Why it matters
//!
//! No series of one side belongs to one of the other, so the result is empty: the alert never fires, the panel says "No data". An `unless` takes
//! nothing away. There is no error, neither when the rule is loaded nor when the query is asked.
//!
//! ## How to mend it
//!
//! Give both sides the same labels, or say by which they match:
//!
//! ```promql
//! sum by (backend) (rate(sigil_error_total[5m])) / sum by (backend) (rate(sigil_encode_total[5m]))
//! sum by (backend) (rate(sigil_error_total[5m])) / ignoring (backend) group_left () sum(rate(sigil_encode_total[5m]))
//! ```
//!
//! ## When to allow it
//!
//! Where what is declared, or the query itself, says that all series have the label, it is an error, and never right. Where the query only names the
//! label, as `sum by (backend)` does, it is a warning: series without it do match, if there are any. `or` is not looked at, nor is a side of
//! which the labels are not known.

use lapwing_promql::{BinaryOp, Mismatch, OneSided, Side};

use crate::{
    Findings, Project, Query, Rule, Severity,
    queried::{OF_PROMETHEUS, Queried},
    rule::Check,
};

pub(crate) const RULE: Rule = Rule {
    id: "promql/unmatched-sides",
    severity: Severity::Error,
    headline: "the two sides of an operation have no series in common",
    source: include_str!("unmatched_sides.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let queried = Queried::of(project);
    for asked in project.queries() {
        let Some(expr) = asked.query.expr() else { continue };
        for mut mismatch in expr.mismatches(&|selector| queried.promised(selector)) {
            let operation = mismatch.operation;
            mismatch.labels.retain(|label| {
                // Where there is only one Prometheus they are named and absent.
                let named_only = !label.certain && OF_PROMETHEUS.contains(&label.name.as_str());
                // Told by `metric/unknown-label`.
                let lacking = if label.side == Side::Left { &operation.rhs } else { &operation.lhs };
                let on = operation.matching.as_ref().is_some_and(|matching| matching.on);
                let told = on && queried.declares_all_of(lacking);
                !(named_only || told)
            });
            if !mismatch.labels.is_empty() {
                tell(asked.query, &mismatch, findings);
            }
        }
    }
}

fn tell(query: &Query, mismatch: &Mismatch<'_>, findings: &mut Findings) {
    let (operation, labels) = (mismatch.operation, &mismatch.labels);
    let certain: Vec<&OneSided> = labels.iter().filter(|label| label.certain).collect();
    let op = operation.op;
    let message = match (op, certain.as_slice()) {
        (BinaryOp::Unless, []) => format!("`unless` takes nothing away that has {}", names(labels)),
        (BinaryOp::Unless, _) => format!("`unless` takes nothing away: only one side has {}", names(certain)),
        (_, []) => format!("`{op}` gives nothing for series that have {}: only one side has that", names(labels)),
        _ => format!("`{op}` gives nothing: only one side has {}", names(certain)),
    };
    let finding = findings.add(query.spot(&operation.op_span), message);
    if labels.iter().all(|label| !label.certain) {
        finding.severity(Severity::Warning);
    }
    let of = |side: Side| labels.iter().filter(move |label| label.side == side);
    for (side, other, expr) in [(Side::Left, Side::Right, &operation.lhs), (Side::Right, Side::Left, &operation.rhs)] {
        let (has, lacks) = (names(of(side)), names(of(other)));
        finding.also(
            query.spot(&expr.span),
            match (has.as_str(), lacks.as_str()) {
                ("", lacks) => format!("has no {lacks}"),
                (has, "") => format!("has {has}"),
                (has, lacks) => format!("has {has}, and no {lacks}"),
            },
        );
    }
    finding.help(help(mismatch));
}

fn help(mismatch: &Mismatch<'_>) -> String {
    let (op, labels) = (mismatch.operation.op, &mismatch.labels);
    let on = |side: Side| labels.iter().any(|label| label.side == side);
    let matching = mismatch.operation.matching.as_ref();
    let ignored = matching.into_iter().flat_map(|matching| &matching.labels).map(|label| label.text.as_str());
    let names = ignored.chain(labels.iter().map(|label| label.name.as_str())).collect::<Vec<_>>().join(", ");
    match (on(Side::Left), on(Side::Right)) {
        _ if matching.is_some_and(|matching| matching.on) => "match `on` labels that both sides have".to_owned(),
        _ if op.is_set() => {
            format!("give both sides the same labels, or match without them: `{op} ignoring ({names})`")
        }
        (true, true) => "give both sides the same labels, or match by those that both have: `on (…)`".to_owned(),
        (left, _) => {
            let group = if left { "group_left" } else { "group_right" };
            format!("give both sides the same labels, or match without them: `ignoring ({names}) {group} ()`")
        }
    }
}

fn names<'l>(labels: impl IntoIterator<Item = &'l OneSided>) -> String {
    labels.into_iter().map(|label| format!("`{}`", label.name)).collect::<Vec<_>>().join(", ")
}
