//! `monitoring.yaml` names an instrument that the `telemetry.yaml` beside it does not declare, and that neither Lapwing nor Prometheus adds.
//!
//! ```yaml
//! good: {instrument: sigil.encode.duratoin, within: 500ms}
//! ```
//!
//! ## Why it matters
//!
//! Nothing can be made of it: `lapwing generate` refuses the file. In rules written by hand such a name makes an alert that never fires.
//!
//! ## How to mend it
//!
//! Correct the name, or declare the instrument. The name is OpenTelemetry's, with dots; for what Lapwing and Prometheus add, such as `up`, it is
//! Prometheus'.
//!
//! ## When to allow it
//!
//! Never.

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/unknown-instrument",
    severity: Severity::Error,
    headline: "what is watched is not measured",
    source: include_str!("unknown_instrument.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (service, signals) in project.signals().into_iter().flat_map(crate::Declared::services) {
        let Some((frame, _)) = &service.monitoring else { continue };
        for (_, node) in service.watched() {
            let Some(name) = node.as_str().filter(|name| signals.instrument(name).is_none()) else { continue };
            let known = signals.metrics().iter().map(|metric| metric.instrument.as_deref().unwrap_or(&metric.name));
            let help = match lapwing_config::nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "declare it in telemetry.yaml, or name one that is declared there".to_owned(),
            };
            findings.add(frame.at(node), format!("telemetry.yaml declares no instrument `{name}`")).help(help);
        }
    }
}
