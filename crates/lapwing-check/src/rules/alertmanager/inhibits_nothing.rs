//! The two sides of an inhibition have the same matchers: it silences nothing.
//!
//! ```yaml
//! inhibit_rules:
//!   - source_matchers: ['alertname="SigilNodeDown"']
//!     target_matchers: ['alertname="SigilNodeDown"']
//!     equal: [cluster]
//! ```
//!
//! ## Why it matters
//!
//! Meant is that the first of many like it silences the others. But Alertmanager keeps alerts from silencing themselves and each other: one that
//! matches both sides is not silenced by another that does. All of them are sent.
//!
//! ## How to mend it
//!
//! Let them be one message: a route whose `group_by` has what they share.
//!
//! ```yaml
//! route: {receiver: slack, group_by: [alertname, cluster]}
//! ```
//!
//! Or name in `source_matchers` what only the alert has that is to silence the others.
//!
//! ## When to allow it
//!
//! Never: it has no effect.

use crate::{Findings, Inhibition, LabelMatcher, LabelOp, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/inhibits-nothing",
    severity: Severity::Warning,
    headline: "an inhibition has the same alerts on both sides",
    source: include_str!("inhibits_nothing.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let configs = project.alertmanagers().iter();
    for inhibition in configs.flat_map(|config| &config.inhibitions) {
        let spot = |side: &[LabelMatcher]| side.first().map_or(inhibition.spot, |matcher| matcher.spot);
        if silences_nothing(inhibition) && inhibition.wrong_matchers.is_empty() {
            findings
                .add(
                    spot(&inhibition.target),
                    "the inhibition silences nothing: what is to be silenced is what silences",
                )
                .label("an alert that matches both sides is not silenced by another that does")
                .also(spot(&inhibition.source), "the same")
                .help("group the alerts in a route by what they share, or let `source_matchers` take less");
        }
    }
}

/// Whether all that matches one side matches the other.
pub(super) fn silences_nothing(inhibition: &Inhibition) -> bool {
    within(&inhibition.source, &inhibition.target) && within(&inhibition.target, &inhibition.source)
}

/// Whether each matcher of one side is one of the other.
fn within(one: &[LabelMatcher], other: &[LabelMatcher]) -> bool {
    let key = |matcher: &LabelMatcher| -> (String, LabelOp, String) {
        (matcher.label.clone(), matcher.op, matcher.value.clone())
    };
    one.iter().all(|matcher| other.iter().any(|own| key(own) == key(matcher)))
}
