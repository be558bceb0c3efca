//! The file can't be read: it is no YAML or JSON, no UTF-8, holds a key twice, is a `telemetry.yaml` that is refused at the service's
//! start, or a `monitoring.yaml` that nothing can be made of, such as one without a `telemetry.yaml`.
//!
//! ```yaml
//! groups:
//!   - name: sigil
//!     rules: [
//! ```
//!
//! ## Why it matters
//!
//! Prometheus, Alertmanager and Grafana refuse the file too, and go on with what they had before: the change you believe in is not there.
//! What stands behind the place is not checked either.
//!
//! ## How to mend it
//!
//! The finding says what was expected at the place. Template files (Helm, Jinja) are no YAML until they are rendered: check what they
//! render to.
//!
//! ## When to allow it
//!
//! For a file that is wrong on purpose, such as a test's: `# lapwing: allow-file file/unreadable reason` works even there. Better leave it
//! out of the paths.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "file/unreadable",
    severity: Severity::Error,
    headline: "a file can't be read",
    source: include_str!("unreadable.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for unreadable in &project.unreadable {
        let finding = findings.add(unreadable.spot, &unreadable.message);
        if let Some(help) = &unreadable.help {
            finding.help(help);
        }
    }
}
