//! What the endpoint serves is not what its Content-Type says, or holds no sample at all.
//!
//! ```text
//! # TYPE sign_total counter
//! sign_total{outcome="ok} 12
//! ```
//!
//! ## Why it matters
//!
//! One wrong line is enough: Prometheus takes nothing of the scrape and sets `up` to 0. Two samples of one series are worse, as nothing is
//! seen of it: one is taken, the other dropped. So is an empty answer: `up` stays 1.
//!
//! ## How to mend it
//!
//! Mend what writes the line. Lapwing's endpoint writes none of this: look for a proxy in between, a compression nobody asked for, or metrics
//! that are written by hand.
//!
//! ## When to allow it
//!
//! Never: Prometheus doesn't.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "live/malformed",
    severity: Severity::Error,
    headline: "what an endpoint serves breaks the format",
    source: include_str!("malformed.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for live in project.live() {
        let Ok(exposition) = &live.served else { continue };
        for malformed in &exposition.malformed {
            findings.add(live.spot(malformed.place), &malformed.message).help(malformed.help);
        }
    }
}
