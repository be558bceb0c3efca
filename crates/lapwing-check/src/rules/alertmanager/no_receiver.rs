//! Alerts are routed to a receiver without any channel: they fire, and nobody hears of it. The labels of each alert rule among the files are
//! taken through the tree of routes as Alertmanager does.
//!
//! ```yaml
//! route: {receiver: default}
//! receivers:
//!   - name: default
//! ```
//!
//! ## Why it matters
//!
//! Nothing looks wrong: the alert shows as firing in Prometheus and in Alertmanager. Such routes stay unnoticed until the first outage.
//!
//! ## How to mend it
//!
//! Give the receiver a channel, or route the alerts to one that has some:
//!
//! ```yaml
//! receivers:
//!   - name: default
//!     slack_configs: [{api_url_file: /etc/alertmanager/slack_url, channel: "#alerts", send_resolved: true}]
//! ```
//!
//! A receiver that is meant to drop what it gets says so by its name: `null`, `none`, `blackhole`, `devnull` or `drop`.
//!
//! ## When to allow it
//!
//! When the channels are added where it is deployed. If no rules, or no configuration of Alertmanager, are among the files, nothing is said.

use crate::{
    AlertRule, Findings, Project, Receiver, Rule, Severity, Text,
    firing::AlertLabels,
    routing::{Matching, Reach},
    rule::Check,
};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/no-receiver",
    severity: Severity::Error,
    headline: "alerts end in a receiver that reaches nobody",
    source: include_str!("no_receiver.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let matching = Matching::default();
    let all = AlertLabels::all(project);
    for config in project.alertmanagers().iter().filter(|config| !config.object) {
        let mut ended: Vec<(&Receiver, Vec<&AlertRule>)> = Vec::new();
        for labels in &all {
            let alert = labels.alert;
            let ends = matching.ends(config, labels);
            let receivers: Vec<_> = ends.iter().filter_map(|end| config.receiver(end.receiver?)).collect();
            // Where a receiver is missing, or the alert may end elsewhere, that decides.
            let nowhere = |receiver: &&Receiver| receiver.reach() == Reach::Nobody && !receiver.is_meant_to_drop();
            if receivers.len() == ends.len() && receivers.iter().all(nowhere) {
                let Some(first) = receivers.first() else { continue };
                match ended.iter_mut().find(|(receiver, _)| std::ptr::eq(*receiver, *first)) {
                    Some((_, alerts)) => alerts.push(alert),
                    None => ended.push((first, vec![alert])),
                }
            }
        }
        for (receiver, alerts) in ended {
            let spot = receiver.name.as_ref().map_or(receiver.spot, Text::spot);
            let name = receiver.name.as_deref().unwrap_or_default();
            let first = alerts[0];
            let verb = match alerts.len() - 1 {
                0 => "reaches".to_owned(),
                1 => "and one more reach".to_owned(),
                more => format!("and {more} more reach"),
            };
            findings
                .add(spot, format!("`{}` {verb} nobody: the receiver `{name}` has no channel", first.name.value))
                .label("no channel")
                .also(first.name.spot(), "ends there")
                .help("give the receiver a channel such as `slack_configs`, or route the alerts to another");
        }
    }
}
