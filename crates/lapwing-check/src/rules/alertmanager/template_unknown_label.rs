//! A template of a receiver speaks of a label or an annotation that none of the alerts has that are routed there, or of a label by which no route
//! to it groups.
//!
//! ```yaml
//! route: {receiver: slack, group_by: [alertname]}
//! receivers:
//!   - name: slack
//!     slack_configs: [{text: "{{ .GroupLabels.cluster }}"}]
//! ```
//!
//! ## Why it matters
//!
//! It expands to nothing: the message does not say what it is about.
//!
//! ## How to mend it
//!
//! Group by the label, keep it in the alerts' queries, or leave it out. The name of an annotation is that in the rules.
//!
//! ## When to allow it
//!
//! When the alerts that have it come from rules that are kept elsewhere. What only asks whether there is the label, with `if` or `with`, is not
//! found.

use crate::{
    AlertmanagerConfig, Findings, Project, Route, Rule, Severity, Text,
    firing::{AlertLabels, Truth},
    routing::{End, Matching},
    rule::Check,
    template::{Engine, Template},
};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/template-unknown-label",
    severity: Severity::Warning,
    headline: "a notification speaks of a label or a text that its alerts do not have",
    source: include_str!("template_unknown_label.rs"),
    check: Check::Project(check),
};

/// Labels that nearly all alerts have.
const COMMON: [&str; 5] = ["alertname", "severity", "service", "job", "instance"];

fn check(project: &Project, findings: &mut Findings) {
    let matching = Matching::default();
    let alerts = AlertLabels::all(project);
    for config in project.alertmanagers().iter().filter(|config| !config.object) {
        let mut grouped: Vec<(&str, &Text)> = Vec::new();
        if let Some(root) = &config.route {
            groups(root, None, &root.group_by, &mut grouped);
        }
        let ends: Vec<_> = alerts.iter().map(|labels| matching.ends(config, labels)).collect();
        for receiver in &config.receivers {
            let Some(name) = receiver.name.as_deref() else { continue };
            let reach = |ends: &[End<'_>]| ends.iter().any(|end| end.receiver.is_some_and(|own| own.value == name));
            let reaching: Vec<_> =
                alerts.iter().zip(&ends).filter(|(_, ends)| reach(ends)).map(|(labels, _)| labels).collect();
            let by: Vec<&Text> = grouped.iter().filter(|(receiver, _)| *receiver == name).map(|(_, by)| *by).collect();
            for (_, text) in receiver.templates(config) {
                let fields = Template::read(&text, Engine::Alertmanager).fields;
                for field in fields.into_iter().filter(|field| !field.is_condition) {
                    let steps: Vec<&str> = field.steps.iter().map(String::as_str).collect();
                    let ["" | "$", kind, label, ..] = steps.as_slice() else { continue };
                    // Methods of the labels, such as `.CommonLabels.SortedPairs`.
                    if label.starts_with(|c: char| c.is_ascii_uppercase()) {
                        continue;
                    }
                    let spot = || text.within(field.range.clone());
                    let missing = !reaching.is_empty() && reaching.iter().all(|labels| labels.has(label) == Truth::No);
                    match *kind {
                        "GroupLabels"
                            if routed(config, name) && !by.iter().any(|by| by.value == *label || by.value == "...") =>
                        {
                            findings
                                .add(spot(), format!("no route to `{name}` groups by `{label}`: this is always empty"))
                                .help("add it to `group_by`, or ask `.CommonLabels`");
                        }
                        "CommonLabels" | "Labels" if missing => {
                            findings
                                .add(
                                    spot(),
                                    format!(
                                        "no alert that reaches `{name}` has the label `{label}`: this is always empty"
                                    ),
                                )
                                .help(match lapwing_config::nearest(label, COMMON) {
                                    Some(near) => format!("did you mean `{near}`?"),
                                    None => "keep the label in the alerts' queries, or leave it out here".to_owned(),
                                });
                        }
                        "CommonAnnotations" | "Annotations"
                            if !reaching.is_empty()
                                && reaching.iter().all(|labels| labels.alert.annotation(label).is_none()) =>
                        {
                            let known = reaching.iter().flat_map(|labels| &labels.alert.annotations);
                            let help = match lapwing_config::nearest(label, known.map(|pair| pair.key.as_str())) {
                                Some(near) => format!("did you mean `{near}`?"),
                                None => "add it to the alerts, or leave it out here".to_owned(),
                            };
                            findings
                                .add(
                                    spot(),
                                    format!("no alert that reaches `{name}` has the annotation `{label}`: this is always empty"),
                                )
                                .help(help);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// By which labels what is sent to each receiver is grouped.
fn groups<'c>(route: &'c Route, receiver: Option<&'c str>, by: &'c [Text], all: &mut Vec<(&'c str, &'c Text)>) {
    let receiver = route.receiver.as_deref().or(receiver);
    let by = if route.group_by.is_empty() { by } else { &route.group_by };
    if let Some(receiver) = receiver {
        all.extend(by.iter().map(|by| (receiver, by)));
    }
    route.routes.iter().for_each(|child| groups(child, receiver, by, all));
}

/// Whether any route names the receiver.
fn routed(config: &AlertmanagerConfig, name: &str) -> bool {
    config.routes().iter().any(|route| route.receiver.as_ref().is_some_and(|own| own.value == name))
}
