//! The runbook of the alert is given as a path, and there is no such file: neither beside the rules nor from any folder above them.
//!
//! ```yaml
//! - alert: SigilEncodeSlow
//!   annotations: {runbook_url: docs/runbooks/sigil/SigilEncodSlow.md}
//! ```
//!
//! ## Why it matters
//!
//! The link is followed for the first time at night, and leads nowhere.
//!
//! ## How to mend it
//!
//! Write the file, or correct the path; it counts from the folder of the rules or from any folder above it, such as the root of the
//! repository.
//!
//! ## When to allow it
//!
//! When the file is only there where the rules are deployed. URLs and templates are not looked at.

use std::path::Path;

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alert/runbook-missing",
    severity: Severity::Error,
    headline: "the runbook of an alert does not exist",
    source: include_str!("runbook_missing.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (_, alert) in project.alerts() {
        for key in ["runbook_url", "runbook"] {
            let Some(runbook) = alert.annotation(key) else { continue };
            let path = runbook.value.split(['#', '?']).next().unwrap_or_default().trim();
            let file = path.strip_prefix('/').unwrap_or(path);
            let is_path = !path.contains(':') && !path.contains("{{") && file.ends_with(".md") && !file.contains(' ');
            let rules = &project.file(runbook.value.spot().file).path;
            if is_path && !exists(rules, file) {
                findings
                    .add(
                        runbook.value.spot(),
                        format!("the runbook of the alert `{}` does not exist", alert.name.value),
                    )
                    .label("no such file")
                    .help(format!("write `{file}`, or correct the path; it counts from any folder above the rules"));
            }
        }
    }
}

/// Whether the file is there, from the folder of the rules or one above it.
fn exists(rules: &Path, file: &str) -> bool {
    let rules = std::path::absolute(rules).unwrap_or_else(|_| rules.to_owned());
    rules.ancestors().skip(1).any(|folder| folder.join(file).is_file())
}
