//! An alert waits for less time than passes between two evaluations.
//!
//! ```yaml
//! groups:
//!   - name: sigil
//!     interval: 30s
//!     rules:
//!       - alert: SigilCircuitOpen
//!         for: 10s
//! ```
//!
//! ## Why it matters
//!
//! `for` counts in evaluations: the alert is pending at one, and fires at the first one after the time has passed. 10 s at an evaluation
//! every 30 s are 30 s in truth, and nothing is waited for in between: two bad moments half a minute apart fire it.
//!
//! ## How to mend it
//!
//! Wait for at least two evaluations, evaluate more often (`interval` of the group), or leave `for` out to fire at once.
//!
//! The interval is that of the group, else `global.evaluation_interval` of a Prometheus configuration among the paths, else that of the
//! services' `monitoring.yaml`. Where none says it, the rule stays silent.
//!
//! ## When to allow it
//!
//! When the rules run elsewhere at a shorter interval.

use std::time::Duration;

use crate::{Findings, Project, Rule, Severity, duration::written, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alert/for-shorter-than-evaluation",
    severity: Severity::Warning,
    headline: "an alert waits for less than an evaluation",
    source: include_str!("for_shorter_than_evaluation.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (group, alert) in project.alerts() {
        let Some(for_) = &alert.for_ else { continue };
        let Some(length) = for_.value.filter(|length| *length > Duration::ZERO) else { continue };
        let Some(evaluated) = project.evaluation_interval(group).filter(|evaluated| length < evaluated.length) else {
            continue;
        };
        let every = written(evaluated.length);
        let message =
            format!("the alert `{}` waits for {}, and is evaluated every {every}", alert.name.value, written(length));
        let finding = findings.add(for_.spot(), message);
        finding.label(format!("is {every} in truth")).help("wait for two evaluations at least, or leave `for` out");
        if let Some(spot) = evaluated.spot {
            finding.also(spot, "the evaluation interval");
        }
    }
}
