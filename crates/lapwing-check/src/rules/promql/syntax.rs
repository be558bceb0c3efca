//! The query can't be read: a parenthesis is missing, there is no such function, an argument has the wrong type, a regular expression is
//! none.
//!
//! ```yaml
//! - alert: SigilErrors
//!   expr: sum(ratte(sigil_error_total[5m])) > 1
//! ```
//!
//! ## Why it matters
//!
//! Prometheus refuses the whole file of rules for one such query, and a panel shows an error.
//!
//! ## How to mend it
//!
//! The finding points at the character where reading ended and says what was expected there.
//!
//! ## When to allow it
//!
//! When the query is for something that knows more than Prometheus (MetricsQL of VictoriaMetrics, say). Queries of panels may hold
//! Grafana's variables; those of rules may not.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "promql/syntax",
    severity: Severity::Error,
    headline: "a query can't be read",
    source: include_str!("syntax.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for asked in project.queries() {
        if let Some(error) = asked.query.error() {
            let finding = findings.add(asked.query.spot(&error.span), &error.message);
            if let Some(help) = &error.help {
                finding.help(help);
            }
        }
    }
}
