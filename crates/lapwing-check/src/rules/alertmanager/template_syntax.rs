//! A setting of a receiver is a template that Alertmanager can't expand: braces, blocks or quotations that don't close, a function or a
//! variable that does not exist, or something that a notification does not have.
//!
//! ```yaml
//! text: "{{ .CommonAnotations.summary }}"
//! ```
//!
//! ## Why it matters
//!
//! Alertmanager takes such a file, as does `amtool check-config`, and fails when it notifies: the alert fires and nothing arrives.
//!
//! ## How to mend it
//!
//! ```yaml
//! text: "{{ .CommonAnnotations.summary }}"
//! ```
//!
//! A notification has `Receiver`, `Status`, `Alerts`, `GroupLabels`, `CommonLabels`, `CommonAnnotations` and `ExternalURL`.
//!
//! ## When to allow it
//!
//! When a newer Alertmanager has the function.

use crate::{
    Findings, Project, Rule, Severity,
    rule::Check,
    template::{Engine, Template},
};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/template-syntax",
    severity: Severity::Error,
    headline: "a template in a receiver can't be expanded",
    source: include_str!("template_syntax.rs"),
    check: Check::Project(check),
};

const FIELDS: [&str; 9] = [
    "Receiver",
    "Status",
    "Alerts",
    "GroupLabels",
    "CommonLabels",
    "CommonAnnotations",
    "ExternalURL",
    "GroupKey",
    "TruncatedAlerts",
];

fn check(project: &Project, findings: &mut Findings) {
    for config in project.alertmanagers() {
        for (_, text) in config.receivers.iter().flat_map(|receiver| receiver.templates(config)) {
            let template = Template::read(&text, Engine::Alertmanager);
            for error in template.errors {
                findings
                    .add(text.within(error.range), format!("the template can't be expanded: {}", error.message))
                    .help("correct it: Alertmanager takes the file, and fails when it notifies");
            }
            for field in template.fields.into_iter().filter(|field| field.at_root) {
                let (first, Some(name)) = (field.steps[0].as_str(), field.steps.get(1)) else { continue };
                if matches!(first, "" | "$") && !FIELDS.contains(&name.as_str()) {
                    let help = match lapwing_config::nearest(name, FIELDS) {
                        Some(near) => format!("did you mean `.{near}`?"),
                        None => format!("there are: {}", FIELDS.join(", ")),
                    };
                    findings.add(text.within(field.range), format!("a notification has no `.{name}`")).help(help);
                }
            }
        }
    }
}
