//! A route sends to a receiver that is not among `receivers`.
//!
//! ```yaml
//! route: {receiver: slack}
//! receivers:
//!   - name: slck
//! ```
//!
//! ## Why it matters
//!
//! Alertmanager refuses the whole file: at its start it stays down, at a reload it goes on with what it had.
//!
//! ## How to mend it
//!
//! Name a receiver that exists, or add it under `receivers`.
//!
//! ## When to allow it
//!
//! When the receiver is added to the file before Alertmanager reads it.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/undefined-receiver",
    severity: Severity::Error,
    headline: "a route names a receiver that does not exist",
    source: include_str!("undefined_receiver.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for config in project.alertmanagers() {
        for route in config.routes() {
            let Some(name) = route.receiver.as_ref().filter(|name| config.receiver(name).is_none()) else { continue };
            let known = || config.receivers.iter().filter_map(|receiver| receiver.name.as_deref());
            let help = match lapwing_config::nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add a receiver of this name; there are: {}", known().collect::<Vec<_>>().join(", ")),
            };
            findings.add(name.spot(), format!("there is no receiver `{}`", name.value)).help(help);
        }
    }
}
