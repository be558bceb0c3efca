//! A label or an annotation of an alert speaks of `$labels.x`, and what the query gives has no label `x`: it was summed away, or no side of the
//! query has it.
//!
//! ```yaml
//! expr: sum by (job) (rate(sigil_error_total[5m])) > 1
//! annotations:
//!   summary: "{{ $labels.instance }} fails"
//! ```
//!
//! ## Why it matters
//!
//! It expands to nothing: "fails", says the message, and not what.
//!
//! ## How to mend it
//!
//! Keep the label in the query, or leave it out of the text:
//!
//! ```yaml
//! expr: sum by (job, instance) (rate(sigil_error_total[5m])) > 1
//! ```
//!
//! Labels that the rule itself sets are not among `$labels`.
//!
//! ## When to allow it
//!
//! Never: the text is never filled in.

use lapwing_promql::Presence;

use crate::{
    Findings, Project, Rule, Severity,
    rule::Check,
    template::{Engine, Template},
};

pub(crate) const RULE: Rule = Rule {
    id: "alert/template-unknown-label",
    severity: Severity::Warning,
    headline: "an alert speaks of a label that its query does not give",
    source: include_str!("template_unknown_label.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (_, alert) in project.alerts() {
        let Some(expr) = alert.expr.expr() else { continue };
        let labels = expr.result_labels();
        for pair in alert.labels.iter().chain(&alert.annotations) {
            for field in Template::read(&pair.value, Engine::Prometheus).fields {
                let steps: Vec<&str> = field.steps.iter().map(String::as_str).collect();
                let label = match steps.as_slice() {
                    ["$labels", label, ..] => label,
                    ["" | "$", "Labels", label, ..] if field.at_root => label,
                    _ => continue,
                };
                if labels.has(label) == Presence::No {
                    findings
                        .add(
                            pair.value.within(field.range),
                            format!("the query gives no label `{label}`: this is always empty"),
                        )
                        .also(alert.expr.spot(&expr.span), "what `$labels` are of")
                        .help("keep the label in the query, or leave it out here");
                }
            }
        }
    }
}
