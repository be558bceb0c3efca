//! Runbooks: a page for each alert, and an index for each service.

mod condition;
mod page;
mod panels;
mod told;

use std::path::PathBuf;

use lapwing_config::monitoring::Severity;

use crate::{
    AlertRule, GenerateError, GeneratedFile, Options, Root, Service, alert_rules,
    dashboard::{Dashboard, Watch},
    expression::duration,
    generated_file::provenance,
    watchdog, words,
};

pub(crate) use panels::Panels;

/// The runbooks of all alerts of these services, and the Watchdog's.
pub(crate) fn files(services: &[&Service]) -> Result<Vec<GeneratedFile>, GenerateError> {
    let mut files = Vec::new();
    for &service in services {
        let rules = alert_rules(service)?;
        let watch = Watch::new(service, &rules);
        let dashboard = Dashboard::of_service(service)?;
        let panels = Panels::new(service, &dashboard);
        let folder = format!("runbooks/{}", service.monitoring.service.value);
        let alerts = by_name(&rules);
        files.push(file(&[service], format!("{folder}/README.md"), &index(service, &alerts)));
        for (name, rules) in &alerts {
            let text = page::of_alert(service, name, rules, &watch, &panels);
            files.push(file(&[service], format!("{folder}/{name}.md"), &text));
        }
    }
    if !services.is_empty() {
        files.push(file(services, "runbooks/Watchdog.md".to_owned(), &page::of_watchdog(services, &watchdog())));
    }
    Ok(files)
}

fn file(services: &[&Service], path: String, text: &str) -> GeneratedFile {
    let made = provenance(services, Options::default());
    GeneratedFile {
        root: Root::Docs,
        path: PathBuf::from(path),
        text: format!("<!-- {made} -->\n\n{}\n", text.trim_end()),
    }
}

/// Rules of one name, in the order of the first of each.
fn by_name(rules: &[AlertRule]) -> Vec<(&str, Vec<&AlertRule>)> {
    let mut alerts: Vec<(&str, Vec<&AlertRule>)> = Vec::new();
    for rule in rules {
        match alerts.iter_mut().find(|(name, _)| *name == rule.name) {
            Some((_, all)) => all.push(rule),
            None => alerts.push((&rule.name, vec![rule])),
        }
    }
    alerts
}

fn index(service: &Service, alerts: &[(&str, Vec<&AlertRule>)]) -> String {
    let mut text = format!(
        "# Runbooks of {}\n\n| alert | severity | told | what it says |\n| --- | --- | --- | --- |\n",
        service.monitoring.service.value
    );
    let mut sorted: Vec<_> = alerts.iter().collect();
    sorted.sort_by_key(|(name, rules)| (std::cmp::Reverse(rules[0].severity), *name));
    for (name, rules) in sorted {
        let told = told::of(&service.monitoring, rules[0]).names();
        let told = if told.is_empty() { "nobody".to_owned() } else { words::listed(&told) };
        text += &format!(
            "| [{name}]({name}.md) | {} | {told} | {} |\n",
            rules[0].severity.as_str(),
            cell(&page::summary(rules))
        );
    }
    text += "| [Watchdog](../Watchdog.md) | none | see there | Alerting works |\n";
    if !service.monitoring.objectives.is_empty() {
        text += "\n## Objectives\n\n| objective | target | window | what is promised |\n| --- | --- | --- | --- |\n";
        for objective in &service.monitoring.objectives {
            let window = duration(objective.window);
            let summary = cell(objective.summary.trim());
            text += &format!("| {} | {} % | {window} | {summary} |\n", objective.name.value, objective.target.value);
        }
    }
    text
}

/// `text` in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

/// What a severity asks of people.
fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "somebody is woken (a page)",
        Severity::Warning => "somebody looks at it in working hours (a ticket)",
        Severity::Info => "worth knowing; nobody has to act",
        Severity::None => "nobody has to do anything while it fires",
    }
}
