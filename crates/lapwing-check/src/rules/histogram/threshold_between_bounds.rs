//! An alert compares a quantile with a number that is none of the histogram's bounds.
//!
//! ```yaml
//! - alert: SigilEncodeSlow        # bounds are …, 0.2, 0.5, 1, …
//!   expr: histogram_quantile(0.95, sum by (le) (rate(sigil_encode_duration_seconds_bucket[5m]))) > 0.3
//! ```
//!
//! ## Why it matters
//!
//! A histogram knows how many events were within 0.2 s and within 0.5 s, and nothing of what is between. `histogram_quantile` assumes that
//! they are spread evenly. If all of them took 0.21 s, a quantile of up to 0.5 s is reported and the alert fires; if all took 0.49 s, it may
//! report 0.21 s and stay silent.
//!
//! ## How to mend it
//!
//! Take one of the bounds around the threshold, or add the threshold as a bound in `telemetry.yaml`. What is compared with a bound is exact.
//!
//! ## When to allow it
//!
//! When the bounds around are so near to each other that the error doesn't matter.

use lapwing_promql::BinaryOp;

use super::bounds::{compared, listed};
use crate::{Findings, Project, Rule, Severity, rule::Check, series::Known};

pub(crate) const RULE: Rule = Rule {
    id: "histogram/threshold-between-bounds",
    severity: Severity::Warning,
    headline: "an alert compares a quantile with what the histogram can't tell",
    source: include_str!("threshold_between_bounds.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let Some(known) = Known::of(project) else { return };
    for compared in compared(project, &known) {
        let threshold = compared.threshold;
        let Some(above) = compared.bounds.iter().copied().find(|bound| *bound >= threshold) else { continue };
        let below = compared.bounds.iter().copied().rfind(|bound| *bound < threshold).unwrap_or(0.0);
        let compares = compared.op.is_comparison() && compared.op != BinaryOp::NotEqual;
        if above == threshold || threshold <= 0.0 || !compares {
            continue;
        }
        let (alert, name) = (&compared.alert.name.value, &compared.metric.name);
        let finding = findings.add(
            compared.spot,
            format!("the alert `{alert}` compares with {threshold}, and `{name}` can't tell it from anything in {below} to {above}"),
        );
        finding.label(format!(
            "it acts anywhere from {} below to {} above",
            rounded(threshold - below),
            rounded(above - threshold)
        ));
        if let Some(spot) = compared.bounds_at {
            finding.also(spot, format!("the bounds are {}", listed(compared.bounds)));
        }
        let near = if below > 0.0 { format!("{below} or {above}") } else { above.to_string() };
        finding.help(format!("compare with {near}, or add {threshold} to the bounds"));
    }
}

/// Without what binary fractions leave behind the last digit.
fn rounded(number: f64) -> f64 {
    format!("{number:.6}").parse().unwrap_or(number)
}
