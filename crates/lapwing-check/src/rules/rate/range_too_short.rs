//! A query takes a `rate`, an `increase` or the like over a window that is shorter than two scrapes of what it asks for.
//!
//! ```yaml
//! - alert: SigilErrors
//!   expr: sum(rate(sigil_error_total[20s])) > 1     # scraped every 15s
//! ```
//!
//! ## Why it matters
//!
//! `rate` needs two samples in its window. In a window shorter than two scrapes there is often only one, and the result is empty: the alert
//! comes and goes, `for` never passes, panels have holes.
//!
//! ## How to mend it
//!
//! Take at least four times the scrape interval, so that one failed scrape does no harm; in panels `$__rate_interval` is that.
//!
//! The interval is that of `scrape.interval` in the service's `monitoring.yaml`, else of the job in a Prometheus configuration among the
//! paths. Where neither says it, the rule stays silent.
//!
//! ## When to allow it
//!
//! When the Prometheus that evaluates the query scrapes more often than these files say.

use lapwing_promql::ExprKind;

use crate::{Findings, Project, Rule, Severity, duration::written, rule::Check, series::Known};

pub(crate) const RULE: Rule = Rule {
    id: "rate/range-too-short",
    severity: Severity::Error,
    headline: "a window holds less than two scrapes",
    source: include_str!("range_too_short.rs"),
    check: Check::Project(check),
};

/// What needs two samples.
const NEEDS_TWO: [&str; 8] =
    ["rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing"];

fn check(project: &Project, findings: &mut Findings) {
    let known = Known::of(project);
    for asked in project.queries() {
        let Some(expr) = asked.query.expr() else { continue };
        for visit in expr.walk() {
            let ExprKind::Call(call) = &visit.expr.kind else { continue };
            let Some(function) = call.function.filter(|function| NEEDS_TWO.contains(&function.name)) else { continue };
            let Some(ExprKind::MatrixSelector(matrix)) = call.args.first().map(|arg| &arg.unwrapped().kind) else {
                continue;
            };
            let Some(range) = matrix.range.seconds() else { continue };
            let Some(scraped) = project.scrape_interval(known.as_ref(), &matrix.selector) else { continue };
            if range >= 2.0 * scraped.length.as_secs_f64() {
                continue;
            }
            let every = written(scraped.length);
            let finding = findings.add(
                asked.query.spot(&matrix.range.span),
                format!("`{}` needs two samples, and the window holds less than two scrapes", function.name),
            );
            finding.label(format!("scraped every {every}"));
            if let Some(spot) = scraped.spot {
                finding.also(spot, "the scrape interval");
            }
            finding.help(format!("take at least {}, four scrapes", written(4 * scraped.length)));
        }
    }
}
