//! The endpoint can't be asked for its metrics: nobody listens there, it takes too long, or it answers with something else than 200.
//!
//! ```text
//! lapwing check --live http://127.0.0.1:8080/metrics otel-config/sigil
//! ```
//!
//! ## Why it matters
//!
//! Prometheus gets as little. `up` is 0, every rate stops, and alerts over this service's metrics can't fire; only those that watch `up` can.
//!
//! ## How to mend it
//!
//! The finding says which step failed and what to look at. With 401 give the token that the endpoint wants, in a file:
//!
//! ```text
//! lapwing check --live https://sigil.example.org/metrics --token-file token otel-config/sigil
//! ```
//!
//! ## When to allow it
//!
//! Never: leave `--live` out.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "live/unreachable",
    severity: Severity::Error,
    headline: "an endpoint serves no metrics",
    source: include_str!("unreachable.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for live in project.live() {
        if let Err(unreachable) = &live.served {
            findings.add(live.whole(), &unreachable.message).help(&unreachable.help);
        }
    }
}
