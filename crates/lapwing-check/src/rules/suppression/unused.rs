//! Words allow a finding that is not there.
//!
//! ```yaml
//! # lapwing: allow alert/no-runbook on trial until the end of March
//! - alert: SigilEncodeSlow
//!   annotations: {runbook_url: https://example.org/runbooks/sigil/SigilEncodeSlow.md}
//! ```
//!
//! ## Why it matters
//!
//! What was wrong has been mended, or the words stand in the wrong place. Left there they would hide the next flaw of that kind.
//!
//! ## How to mend it
//!
//! Remove them, or move them: a comment on a line of its own is for what begins on the next line (all of an alert, of a route, of an
//! expression), one behind something for what begins on its own line.
//!
//! ## When to allow it
//!
//! Findings about such words can't be allowed by others.

use crate::{Findings, Project, Rule, Severity, allowance::Outcome, rule::Check, suppression::Suppression};

pub(crate) const RULE: Rule = Rule {
    id: "suppression/unused",
    severity: Severity::Warning,
    headline: "a finding is allowed that is not there",
    source: include_str!("unused.rs"),
    check: Check::Outcome(check),
};

fn check(project: &Project, outcome: &Outcome, findings: &mut Findings) {
    for (suppression, used) in project.suppressions.iter().zip(&outcome.used) {
        let id = &suppression.id;
        if !used && suppression.wrong.is_none() && Suppression::can_allow(id) && outcome.ids.contains(&id.as_str()) {
            let file = suppression.spot.file;
            let elsewhere = findings.found().iter().filter(|finding| finding.id == id && finding.spot().file == file);
            let help = match elsewhere.map(|finding| finding.spot().place.line).min() {
                Some(line) => format!("it is found on line {line}: move the words before that line, or remove them"),
                None => "remove the words".to_owned(),
            };
            findings.add(suppression.spot, format!("`{id}` is allowed and not found here")).help(help);
        }
    }
}
