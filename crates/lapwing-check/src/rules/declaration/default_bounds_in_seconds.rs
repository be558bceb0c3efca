//! A histogram of a field in seconds has OpenTelemetry's default bounds: 0, 5, 10, 25, … 10000, which are meant for milliseconds.
//!
//! ```yaml
//! histograms:
//!   - {field: wait, instrument: sigil.wait, unit: s}
//! ```
//!
//! ## Why it matters
//!
//! All that takes less than five seconds falls into one bucket. A quantile of it is a guess between 0 and 5, and an alert on it fires always or
//! never.
//!
//! ## How to mend it
//!
//! Give bounds, at the instrument or by a view:
//!
//! ```yaml
//! histograms:
//!   - {field: wait, instrument: sigil.wait, unit: s, boundaries: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]}
//! ```
//!
//! The durations of spans have bounds in seconds unless told otherwise.
//!
//! ## When to allow it
//!
//! When the values are in the thousands of seconds.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/default-bounds-in-seconds",
    severity: Severity::Error,
    headline: "a histogram in seconds has bounds that are meant for milliseconds",
    source: include_str!("default_bounds_in_seconds.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let default = lapwing_config::Instrument::default_boundaries(None);
    for (service, signals) in project.signals().into_iter().flat_map(crate::Declared::services) {
        for metric in signals.metrics().iter().filter(|metric| metric.unit == "s") {
            let Some(instrument) = &metric.instrument else { continue };
            if metric.bounds.as_ref() == Some(&default)
                && let Some(spot) = service.declared_at(instrument)
            {
                findings
                    .add(
                        spot,
                        format!("`{instrument}` is in seconds and has the default bounds, which are in milliseconds"),
                    )
                    .help("give it `boundaries` in seconds, such as [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]");
            }
        }
    }
}
