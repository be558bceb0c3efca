//! The service starts with its `telemetry.yaml`, but something in it has no effect, or another one than it reads: a key of the standard that the
//! Rust SDK cannot serve, a view that names an instrument and gives it another type or unit, a second view of one stream, a key beside `lapwing`
//! that is nearly it.
//!
//! ```yaml
//! views:
//!   - selector: {instrument_name: sigil.encode.duration, unit: ms}      # it is declared in seconds
//!     stream: {aggregation: {explicit_bucket_histogram: {boundaries: [5, 50, 500]}}}
//! ```
//!
//! ## Why it matters
//!
//! The library says the same in the log when the service starts, where it is read once something is amiss, if at all. Until then what stands there
//! is believed: buckets, samplers, limits and propagators that are not in use.
//!
//! ## How to mend it
//!
//! The finding says what happens instead. Correct it, or leave it out.
//!
//! ## When to allow it
//!
//! When the file is read by others too that do serve the key: the standard's files are made to be shared. Variables of the environment are not
//! looked up: what the file says without them is judged. While the file is refused, only what it is refused for is told. A view whose instrument
//! nothing declares is told by `declaration/unmatched-view`.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/not-as-written",
    severity: Severity::Warning,
    headline: "the service does something else than its configuration says",
    source: include_str!("not_as_written.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for warned in &project.warned {
        let finding = findings.add(warned.spot, &warned.message);
        if let Some(help) = &warned.help {
            finding.help(help);
        }
    }
}
