//! Words allow what no rule finds, or what can't be allowed; or the word itself is none, such as `ignore`, or `Allow` with a capital letter.
//!
//! ```yaml
//! # lapwing: allow alert/norunbook on trial until the end of March
//! - alert: SigilEncodeSlow
//! ```
//!
//! ## Why it matters
//!
//! They have no effect: the finding they mean is still there, or will be.
//!
//! ## How to mend it
//!
//! Correct the id; `lapwing explain` lists all. A family (`alert/*`) can't be allowed as a whole, and neither can `suppression/*`.
//!
//! ## When to allow it
//!
//! Findings about such words can't be allowed by others.

use crate::{Findings, Project, Rule, Severity, allowance::Outcome, rule::Check, suppression::Suppression};

pub(crate) const RULE: Rule = Rule {
    id: "suppression/unknown",
    severity: Severity::Error,
    headline: "a finding is allowed that there is not",
    source: include_str!("unknown.rs"),
    check: Check::Outcome(check),
};

fn check(project: &Project, outcome: &Outcome, findings: &mut Findings) {
    for suppression in &project.suppressions {
        let id = &suppression.id;
        if let Some([address, word]) = &suppression.wrong {
            if means_to_allow(word) || outcome.ids.contains(&id.as_str()) {
                findings
                    .add(suppression.spot, format!("`{address} {word}` allows nothing"))
                    .help("write `lapwing: allow` or `lapwing: allow-file`, in small letters, with the rule and the reason behind it");
            }
        } else if !outcome.ids.contains(&id.as_str()) {
            let finding = findings.add(suppression.id_spot, format!("there is no rule `{id}`"));
            match lapwing_config::nearest(id, outcome.ids.iter().copied()) {
                Some(nearest) => finding.help(format!("did you mean `{nearest}`?")),
                None => finding.help("`lapwing explain` lists all rules"),
            };
        } else if !Suppression::can_allow(id) {
            findings.add(suppression.id_spot, format!("`{id}` can't be allowed")).help("mend what it finds");
        }
    }
}

/// Whether a word, in small letters or not, is written to allow something.
fn means_to_allow(word: &str) -> bool {
    let word = word.to_lowercase();
    let others = ["ignore", "ignore-file", "disable", "disable-file", "suppress", "skip", "silence", "except"];
    let near = || lapwing_config::nearest(&word, ["allow", "allow-file"]).is_some();
    ["allow", "allow-file"].contains(&word.as_str()) || others.contains(&word.as_str()) || near()
}
