//! The condition of an alert in `monitoring.yaml` is always true, or never: a rate and an increase are never below 0, a share is between 0 and 1.
//!
//! ```yaml
//! condition: {share: {instrument: sigil.encode, part: {outcome: error}}, above: 5}
//! ```
//!
//! ## Why it matters
//!
//! An alert that never fires looks like one that has nothing to say. One that always fires is soon silenced.
//!
//! ## How to mend it
//!
//! A share of 5 % is written as 0.05. Of what must not happen at all, ask whether its increase is above 0.
//!
//! ## When to allow it
//!
//! To try out where alerts go, for as long as that takes.

use lapwing_config::monitoring::{Comparison, Condition, Query};

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/threshold-out-of-range",
    severity: Severity::Error,
    headline: "an alert's condition is always true, or never",
    source: include_str!("threshold_out_of_range.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for service in project.services() {
        let (Some((frame, _)), Some(watched)) = (&service.monitoring, &service.watched) else { continue };
        for alert in &watched.alerts {
            let Condition::Threshold { query, comparison, threshold, .. } = &alert.condition else { continue };
            let (least, most, range) = match query {
                Query::Rate { .. } => (0.0, f64::INFINITY, "a rate is never below 0"),
                Query::Increase(_) => (0.0, f64::INFINITY, "an increase is never below 0"),
                Query::Share { .. } => (0.0, 1.0, "a share is between 0 and 1"),
                _ => continue,
            };
            let limit = threshold.value;
            let fires = match comparison {
                Comparison::Above if limit < least => "always",
                Comparison::Above if limit >= most => "never",
                Comparison::Below if limit > most => "always",
                Comparison::Below if limit <= least => "never",
                Comparison::Equals if !(least..=most).contains(&limit) => "never",
                _ => continue,
            };
            let percent = matches!(query, Query::Share { .. }) && limit > 1.0 && limit < 100.0;
            let help = match percent {
                true => format!("{limit} % is written as {}", limit / 100.0),
                false => "take a threshold that it can pass either way".to_owned(),
            };
            findings
                .add(
                    frame.spot(threshold.place()),
                    format!("the condition of `{}` is {fires} true: {range}", alert.name.value),
                )
                .help(help);
        }
    }
}
