//! A rule divides by a rate that is zero when nothing happens.
//!
//! ```yaml
//! - record: sigil:encode_errors:ratio_rate5m
//!   expr: sum(rate(sigil_encode_total{outcome="error"}[5m])) / sum(rate(sigil_encode_total[5m]))
//! ```
//!
//! ## Why it matters
//!
//! Zero by zero is NaN, and NaN spreads: an average over it is NaN, a panel shows a gap or "NaN", and a comparison with it is false, so that
//! what is recorded can't tell "all is well" from "nothing happened". An alert that doesn't compare at all fires with NaN.
//!
//! ## How to mend it
//!
//! Leave out what has no traffic:
//!
//! ```promql
//! sum(rate(sigil_encode_total{outcome="error"}[5m])) / (sum(rate(sigil_encode_total[5m])) > 0)
//! ```
//!
//! ## When to allow it
//!
//! When whoever reads it is prepared for NaN: burn rates that are only compared, say. Alerts that compare the ratio, and panels, are not
//! looked at: a comparison drops NaN.

use crate::{Asker, Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "division/no-traffic",
    severity: Severity::Info,
    headline: "a rule divides by zero when nothing happens",
    source: include_str!("no_traffic.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for asked in project.queries() {
        let (fires, Some(expr)) = (matches!(asked.by, Asker::Alert(..)), asked.query.expr()) else { continue };
        if matches!(asked.by, Asker::Panel(..) | Asker::Variable(..)) {
            continue;
        }
        for division in expr.unguarded_divisions().into_iter().filter(|division| division.comparison.is_none()) {
            let finding = findings.add(
                asked.query.spot(&division.denominator.span),
                if fires {
                    "the alert fires with NaN when nothing happens"
                } else {
                    "what is recorded is NaN when nothing happens"
                },
            );
            finding.label("zero without traffic").help("divide by `(… > 0)`, which leaves out what has no traffic");
            if fires {
                finding.severity(Severity::Error);
            }
        }
    }
}
