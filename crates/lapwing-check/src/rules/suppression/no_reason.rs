//! Words allow a finding and don't say why.
//!
//! ```yaml
//! # lapwing: allow alert/no-runbook
//! - alert: SigilEncodeSlow
//! ```
//!
//! ## Why it matters
//!
//! A year later nobody knows whether the finding was wrong, was put off, or was hidden. Nobody dares to remove the words.
//!
//! ## How to mend it
//!
//! ```yaml
//! # lapwing: allow alert/no-runbook on trial until the end of March
//! - alert: SigilEncodeSlow
//! ```
//!
//! ## When to allow it
//!
//! Findings about such words can't be allowed by others.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "suppression/no-reason",
    severity: Severity::Error,
    headline: "a finding is allowed without a reason",
    source: include_str!("no_reason.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for suppression in
        project.suppressions.iter().filter(|suppression| !suppression.has_reason && suppression.wrong.is_none())
    {
        findings
            .add(suppression.spot, format!("`{}` is allowed without a reason", suppression.id))
            .help("say behind it in some words why it is allowed");
    }
}
