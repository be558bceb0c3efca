//! A matcher is neither `label="value"` nor one with `!=`, `=~` or `!~`.
//!
//! ```yaml
//! matchers: ['severity: critical']
//! ```
//!
//! ## Why it matters
//!
//! Alertmanager refuses the file: at its start it stays down, at a reload it goes on with what it had.
//!
//! ## How to mend it
//!
//! ```yaml
//! matchers: ['severity="critical"']
//! ```
//!
//! ## When to allow it
//!
//! Never. Quoted names of labels, which Alertmanager reads since 0.27, are `compatibility/new-setting`.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/wrong-matcher",
    severity: Severity::Error,
    headline: "a matcher that can't be read",
    source: include_str!("wrong_matcher.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for config in project.alertmanagers() {
        let routes = config.routes();
        let of_routes = routes.iter().flat_map(|route| &route.wrong_matchers);
        for wrong in of_routes.chain(config.inhibitions.iter().flat_map(|inhibition| &inhibition.wrong_matchers)) {
            if !wrong.trim_start_matches(['{', ' ']).starts_with('"') {
                findings
                    .add(wrong.spot(), "the matcher can't be read")
                    .help("write it as `label=\"value\"`, or with `!=`, `=~` or `!~`");
            }
        }
    }
}
