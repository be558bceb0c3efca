//! The endpoint names its service, by `target_info` or `build_info`, and no `telemetry.yaml` among the files declares one of this name.
//!
//! ```text
//! target_info{service_name="signer"} 1
//! ```
//!
//! ## Why it matters
//!
//! There is nothing to hold against what it serves, so nothing else is found. Or it is not the service you meant to ask.
//!
//! ## How to mend it
//!
//! Give the folder of its `telemetry.yaml`. If it goes by another name there (`service` in `monitoring.yaml`, else the folder's name), say which
//! one it is:
//!
//! ```text
//! lapwing check --live http://127.0.0.1:8080/metrics --service sigil otel-config
//! ```
//!
//! ## When to allow it
//!
//! Never: `--service` says what is meant.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "live/unknown-service",
    severity: Severity::Warning,
    headline: "an endpoint is of a service that no file declares",
    source: include_str!("unknown_service.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for live in project.live() {
        let declared: Vec<&str> = project
            .services()
            .iter()
            .filter(|service| service.signals.is_some())
            .map(|service| service.name.as_str())
            .collect();
        if live.served.is_err() || live.against(project).is_some() || declared.is_empty() {
            continue;
        }
        let known = declared.join(", ");
        let (spot, message) = match &live.named {
            Some((name, line)) => (
                live.line(project, *line),
                format!("the endpoint is of the service `{name}`, which no telemetry.yaml here declares"),
            ),
            None => (live.whole(), "the endpoint doesn't say which service it is of".to_owned()),
        };
        findings.add(spot, message).help(format!(
            "declared here: {known}; say which it is by `--service`, or give the folder of its telemetry.yaml"
        ));
    }
}
