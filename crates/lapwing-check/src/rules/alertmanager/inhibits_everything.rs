//! An inhibition has no `equal`, so that one alert silences others wherever they are (for information where the target names alerts, a service
//! or alike, and not only a severity); or it has labels in `equal` that no alert of either side has; or it can
//! silence an alert that always fires, such as Watchdog.
//!
//! ```yaml
//! inhibit_rules:
//!   - source_matchers: ['severity="critical"']
//!     target_matchers: ['severity!="critical"']
//! ```
//!
//! ## Why it matters
//!
//! One critical alert anywhere silences all others everywhere. If it silences Watchdog, whoever waits for its heartbeat is told that monitoring is
//! dead. A label in `equal` that both alerts lack counts as equal: with `equal: [sevice]` an alert of one service silences those of all.
//!
//! ## How to mend it
//!
//! ```yaml
//!     target_matchers: ['severity=~"warning|info"']
//!     equal: [alertname, service]
//! ```
//!
//! ## When to allow it
//!
//! When the source means that nothing else can be believed, such as a maintenance of all.

use super::inhibits_nothing::silences_nothing;
use crate::{
    Findings, Inhibition, LabelMatcher, LabelOp, Project, PrometheusConfig, Rule, Severity, Spot, Text,
    firing::{AlertLabels, Truth},
    routing::Matching,
    rule::Check,
};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/inhibits-everything",
    severity: Severity::Warning,
    headline: "an inhibition silences more than it means to",
    source: include_str!("inhibits_everything.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let matching = Matching::default();
    let alerts: Vec<_> = AlertLabels::all(project).into_iter().map(|labels| (labels.alert, labels)).collect();
    for config in project.alertmanagers().iter().filter(|config| !config.object) {
        for inhibition in config.inhibitions.iter().filter(|inhibition| inhibition.wrong_matchers.is_empty()) {
            let spot = inhibition.target.first().map_or(inhibition.spot, |matcher| matcher.spot);
            if inhibition.equal.is_empty() && inhibition.target.is_empty() && !inhibition.source.is_empty() {
                findings
                    .add(spot, "the inhibition silences every alert")
                    .help("name the alerts that it silences in `target_matchers`, and what they share with the source in `equal`");
                continue;
            }
            let takes = |matchers: &[_], labels: &AlertLabels<'_>| matching.all(matchers, labels);
            if !relabels(project) {
                let side = |matchers: &[_]| -> Vec<&AlertLabels<'_>> {
                    let all = alerts.iter().map(|(_, labels)| labels);
                    all.filter(|labels| takes(matchers, labels) != Truth::No).collect()
                };
                let (sources, targets) = (side(&inhibition.source), side(&inhibition.target));
                let both = !sources.is_empty() && !targets.is_empty();
                let lacked =
                    |label: &&Text| sources.iter().chain(&targets).all(|labels| labels.has(label) == Truth::No);
                for label in inhibition.equal.iter().filter(|_| both).filter(lacked) {
                    findings
                        .add(
                            label.spot(),
                            format!("no alert that silences or is silenced here has the label `{}`", label.value),
                        )
                        .label("what both lack counts as equal")
                        .help("name a label that the alerts have, such as `alertname` or `service`");
                }
            }
            let heartbeat = alerts.iter().find(|(alert, labels)| {
                // What matches both sides is not silenced by what does too.
                is_heartbeat(&alert.name)
                    && takes(&inhibition.target, labels) == Truth::Yes
                    && takes(&inhibition.source, labels) == Truth::No
            });
            let silencer = heartbeat.and_then(|(heartbeat, silenced)| {
                let lacks = |labels: &AlertLabels<'_>, label: &Text| labels.has(label) == Truth::No;
                let equal = |source: &AlertLabels<'_>| {
                    inhibition.equal.iter().all(|label| lacks(source, label) && lacks(silenced, label))
                };
                let mut sources = alerts.iter().filter(|(_, labels)| takes(&inhibition.source, labels) == Truth::Yes);
                sources.find(|(_, labels)| equal(labels)).map(|(source, _)| (source, heartbeat))
            });
            if let Some((source, heartbeat)) = silencer {
                findings
                    .add(
                        spot,
                        format!(
                            "`{}` silences `{}`, which has to fire always",
                            source.name.value, heartbeat.name.value
                        ),
                    )
                    .also(heartbeat.name.spot(), "silenced")
                    .help("leave it out of `target_matchers`, such as by its severity");
            } else if inhibition.equal.is_empty() && !share(inhibition) && !silences_nothing(inhibition) {
                everywhere(inhibition, spot, findings);
            }
        }
    }
}

/// That nothing ties what is silenced to what silences.
fn everywhere(inhibition: &Inhibition, spot: Spot, findings: &mut Findings) {
    let narrow = inhibition.target.iter().any(|matcher| matcher.label != "severity" && is_narrow(matcher));
    let message = match narrow {
        true => "one alert that matches the source silences all of these, whatever they are about",
        false => "one alert that matches the source silences these everywhere, whatever they are about",
    };
    findings
        .add(spot, message)
        .severity(if narrow { Severity::Info } else { Severity::Warning })
        .help("name in `equal` what both have to share, such as `equal: [alertname, service]`");
}

/// Whether Prometheus gives labels to alerts on their way, which labels can't be told.
fn relabels(project: &Project) -> bool {
    let relabels = |config: &PrometheusConfig| config.node.at(&["alerting", "alert_relabel_configs"]).is_some();
    project.prometheus().iter().any(relabels)
}

/// Whether both sides ask for the same of a label other than the severity, so that what is silenced has that in common with what silences.
fn share(inhibition: &Inhibition) -> bool {
    let fixed = |matcher: &&LabelMatcher| matcher.label != "severity" && matcher.op == LabelOp::Equal;
    let same = |one: &LabelMatcher, other: &LabelMatcher| one.label == other.label && one.value == other.value;
    let mut source = inhibition.source.iter().filter(fixed);
    source.any(|one| inhibition.target.iter().filter(fixed).any(|other| same(one, other)))
}

/// Whether a matcher takes only alerts that have what it names.
fn is_narrow(matcher: &LabelMatcher) -> bool {
    match matcher.op {
        LabelOp::Equal => !matcher.value.is_empty(),
        LabelOp::Regex => !matches!(matcher.value.as_str(), ".*" | ".+" | ""),
        LabelOp::NotEqual | LabelOp::NotRegex => false,
    }
}

/// Whether an alert of this name fires always, so that its silence tells.
fn is_heartbeat(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("watchdog") || name.contains("deadman") || name.contains("heartbeat")
}
