//! A label or an annotation of an alert is a template that Prometheus can't expand: braces, blocks or quotations that don't close, a function
//! or a variable that does not exist.
//!
//! ```yaml
//! annotations:
//!   summary: "{{ $lables.job }} is down"
//! ```
//!
//! ## Why it matters
//!
//! Prometheus refuses the file, or sends `<error expanding template: …>` to whoever is called.
//!
//! ## How to mend it
//!
//! ```yaml
//! annotations:
//!   summary: "{{ $labels.job }} is down"
//! ```
//!
//! The variables are `$labels`, `$value`, `$externalLabels` and `$externalURL`.
//!
//! ## When to allow it
//!
//! When the file is itself made from a template, in which such braces mean something else.

use crate::{
    Findings, Project, Rule, Severity,
    rule::Check,
    template::{Engine, Template},
};

pub(crate) const RULE: Rule = Rule {
    id: "alert/template-syntax",
    severity: Severity::Error,
    headline: "a template in an alert can't be expanded",
    source: include_str!("template_syntax.rs"),
    check: Check::Project(check),
};

const HELP: &str = "correct the template; text that is none is written as {{ `…` }}";

fn check(project: &Project, findings: &mut Findings) {
    for service in project.services() {
        let (Some((frame, _)), Some(watched)) = (&service.monitoring, &service.watched) else { continue };
        for alert in &watched.alerts {
            let description = alert.description.as_ref().map(|text| ("description", text));
            for (key, text) in [("summary", &alert.summary)].into_iter().chain(description) {
                for error in Template::read(text, Engine::Prometheus).errors {
                    findings
                        .add(
                            frame.spot(text.place_of(error.range)),
                            format!("`{key}` can't be expanded: {}", error.message),
                        )
                        .help(HELP);
                }
            }
        }
    }
    for (group, alert) in project.alerts() {
        for pair in group.labels.iter().chain(&alert.labels).chain(&alert.annotations) {
            for error in Template::read(&pair.value, Engine::Prometheus).errors {
                findings
                    .add(pair.value.within(error.range), format!("`{}` can't be expanded: {}", pair.key, error.message))
                    .help(HELP);
            }
        }
    }
}
