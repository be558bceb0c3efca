//! An alert compares a quantile with a number at or beyond the last finite bound of the histogram: it can never fire, or always does.
//!
//! ```yaml
//! - alert: StuckCoordinator       # bounds end at 1800
//!   expr: histogram_quantile(0.99, sum by (le) (rate(blocking_duration_seconds_bucket[5m]))) > 1800
//! ```
//!
//! ## Why it matters
//!
//! `histogram_quantile` gives the last finite bound for everything in the bucket above it. A quantile is never greater than that, however
//! long things take: the alert for the worst case is the one that is silent.
//!
//! ## How to mend it
//!
//! Ask exactly, for the share of events within the bound, which is true at the last bound too:
//!
//! ```promql
//! sum(rate(blocking_duration_seconds_bucket{le="1800.0"}[5m])) / sum(rate(blocking_duration_seconds_count[5m])) < 0.99
//! ```
//!
//! That is what `lapwing generate` makes of `quantile` in `monitoring.yaml`. Or add a bound well above the threshold in `telemetry.yaml`.
//!
//! ## When to allow it
//!
//! Never: it has no effect.

use lapwing_promql::BinaryOp;

use super::bounds::{compared, listed};
use crate::{Findings, Project, Rule, Severity, rule::Check, series::Known};

pub(crate) const RULE: Rule = Rule {
    id: "histogram/threshold-beyond-bounds",
    severity: Severity::Error,
    headline: "an alert waits for a quantile that the histogram can't give",
    source: include_str!("threshold_beyond_bounds.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let Some(known) = Known::of(project) else { return };
    for compared in compared(project, &known) {
        let (Some(last), threshold) = (compared.bounds.last().copied(), compared.threshold) else { continue };
        let effect = match compared.op {
            BinaryOp::Greater if threshold >= last => "can never fire",
            BinaryOp::GreaterEqual | BinaryOp::Equal if threshold > last => "can never fire",
            BinaryOp::Less if threshold > last => "fires always",
            BinaryOp::LessEqual if threshold >= last => "fires always",
            _ => continue,
        };
        let (alert, name) = (&compared.alert.name.value, &compared.metric.name);
        let finding = findings.add(
            compared.spot,
            format!("the alert `{alert}` {effect}: no quantile of `{name}` is above its last bound {last}"),
        );
        if let Some(spot) = compared.bounds_at {
            finding.also(spot, format!("the bounds are {}", listed(compared.bounds)));
        }
        finding.help(format!(
            "ask for the share within a bound (`{name}_bucket{{le=\"…\"}}` by `{name}_count`), or add bounds above {threshold}"
        ));
    }
}
