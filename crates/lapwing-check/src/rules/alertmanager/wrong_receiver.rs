//! A critical alert ends only in receivers that page nobody, while others of the same configuration do; or an alert of the severity `info` or
//! `none` pages. The labels of each alert rule among the files are taken through the tree of routes as Alertmanager does.
//!
//! ```yaml
//! route:
//!   receiver: slack
//!   routes:
//!     - {matchers: ['severity="page"'], receiver: pagerduty}   # the rules say critical
//! ```
//!
//! ## Why it matters
//!
//! A message in a channel wakes nobody. A page for what can wait teaches people to sleep through pages.
//!
//! ## How to mend it
//!
//! Match the labels that the rules set:
//!
//! ```yaml
//!     - {matchers: ['severity="critical"'], receiver: pagerduty}
//! ```
//!
//! An alert has the labels of its rule, those that its query keeps, and the `external_labels` of a Prometheus configuration among the paths; a
//! route for another label (`team="pay"`, where no rule sets a team) does not take it. Where a label may come from series that nothing here
//! declares, as in `up == 0`, or is one that a Prometheus adds (`cluster`, `region`) whose configuration is not here, nothing is said of that
//! alert.
//!
//! PagerDuty, Opsgenie, VictorOps, Pushover and incident.io page. What a webhook or SNS does is not known: nothing is said of those.
//!
//! ## When to allow it
//!
//! When a critical alert is meant for the day, or when somebody else's Alertmanager pages. If Prometheus adds the label that the route asks for,
//! name its configuration among the paths instead.

use crate::{
    Findings, Project, Receiver, Rule, Severity,
    firing::AlertLabels,
    routing::{End, Matching, Reach},
    rule::Check,
};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/wrong-receiver",
    severity: Severity::Error,
    headline: "an alert pages nobody though it is critical, or pages though it is not",
    source: include_str!("wrong_receiver.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let matching = Matching::default();
    let all = AlertLabels::all(project);
    for config in project.alertmanagers().iter().filter(|config| !config.object) {
        let pager = config.receivers.iter().find(|receiver| receiver.reach() == Reach::Pager);
        let Some(pager) = pager.and_then(|pager| pager.name.as_ref()) else { continue };
        for labels in &all {
            let (group, alert) = (labels.group, labels.alert);
            let of_group = || group.labels.iter().find(|pair| pair.key == "severity");
            let Some(severity) = alert.label("severity").or_else(of_group) else { continue };
            let name = &alert.name.value;
            let ends = matching.ends(config, labels);
            let reach = |end: &End<'_>| config.receiver(end.receiver?).map(Receiver::reach);
            match severity.value.value.as_str() {
                "critical" | "page" => {
                    let desk = |end: &End<'_>| matches!(reach(end), Some(Reach::Desk));
                    if ends.iter().all(desk)
                        && let Some(end) = ends.first()
                        && let Some(receiver) = end.receiver
                    {
                        findings
                            .add(
                                severity.value.spot(),
                                format!("the alert `{name}` is {} and pages nobody", &*severity.value),
                            )
                            .also(receiver.spot(), "it ends here")
                            .help(format!("route it to `{}`, or lower its severity", pager.value));
                    }
                }
                "info" | "none" => {
                    let page = ends.iter().find(|end| end.certain && reach(end) == Some(Reach::Pager));
                    if let Some(receiver) = page.and_then(|end| end.receiver) {
                        findings
                            .add(severity.value.spot(), format!("the alert `{name}` is {} and pages", &*severity.value))
                            .also(receiver.spot(), "it ends here")
                            .help("let the route to the pager match `severity=\"critical\"`, or raise the severity");
                    }
                }
                _ => {}
            }
        }
    }
}
