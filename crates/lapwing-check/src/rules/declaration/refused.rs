//! `lapwing generate` makes nothing of what `monitoring.yaml` declares: a label or a value that the instrument does not have, a quantile of a
//! counter, an objective on a gauge, a query that is no PromQL, a limit beyond the last bound, a condition without the `tests` that it needs, two
//! alerts of one name, a critical alert that no route takes. What rules of their own find is not told twice.
//!
//! ```yaml
//! condition: {quantile: {instrument: sigil.encode, q: 0.95}, above: 1}   # a counter has no quantiles
//! ```
//!
//! ## Why it matters
//!
//! What was made before stays: rules, routes and dashboards no longer are what is declared, and the change is not watched.
//!
//! ## How to mend it
//!
//! The finding says what is wrong and what there is instead. Of an alert, an objective or a panel the first error is told.
//!
//! ## When to allow it
//!
//! Never: `lapwing generate` makes nothing of any service in that folder until it is mended. It is not looked for where there is no
//! `telemetry.yaml` among the paths.

use std::{collections::BTreeMap, path::Path, slice};

use lapwing_config::monitoring::{Located, Monitoring};
use lapwing_document::{Node, Place};
use lapwing_monitor::{GenerateError, Options, generate};

use crate::{Findings, Project, Rule, Service, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/refused",
    severity: Severity::Error,
    headline: "nothing can be made of what is declared",
    source: include_str!("refused.rs"),
    check: Check::Project(check),
};

/// Each error takes one more attempt.
const MOST: usize = 32;

fn check(project: &Project, findings: &mut Findings) {
    let mut folders: BTreeMap<Option<&Path>, Vec<(&Service, lapwing_monitor::Service)>> = BTreeMap::new();
    for service in project.services() {
        if let (Some(monitoring), Some(signals)) = (&service.watched, &service.signals) {
            let made = lapwing_monitor::Service::new(monitoring.clone(), signals.clone());
            if alone(service, made.clone(), findings) {
                folders.entry(service.folder.parent()).or_default().push((service, made));
            }
        }
    }
    for mut services in folders.into_values().filter(|services| services.len() > 1) {
        while let Err(error) =
            generate(&services.iter().map(|(_, made)| made.clone()).collect::<Vec<_>>(), &Options::default())
        {
            let named = |(_, made): &(_, lapwing_monitor::Service)| made.monitoring.service.value == error.service;
            let Some(index) = services.iter().rposition(named) else { break };
            let (service, _) = services.remove(index);
            tell(service, &error, findings);
        }
    }
}

/// Whether a service by itself is made.
fn alone(service: &Service, mut made: lapwing_monitor::Service, findings: &mut Findings) -> bool {
    for attempt in 0..MOST {
        match generate(slice::from_ref(&made), &Options::default()) {
            Ok(_) => return attempt == 0,
            Err(error) => {
                tell(service, &error, findings);
                if !leave_out(service, &error, &mut made.monitoring) {
                    return false;
                }
            }
        }
    }
    false
}

fn tell(service: &Service, error: &GenerateError, findings: &mut Findings) {
    let Some((frame, _)) = &service.monitoring else { return };
    let place = Place { line: error.position.line, column: error.position.column, width: error.width };
    let finding = findings.add(frame.spot(place), &error.message);
    if let Some(help) = &error.help {
        finding.help(help);
    }
}

/// Takes away the alert, the objective, the panel or the variable in which the error is, so that what else is wrong can be told; whether
/// there is such.
fn leave_out(service: &Service, error: &GenerateError, made: &mut Monitoring) -> bool {
    let Some((_, root)) = &service.monitoring else { return false };
    let holds = |node: &Node, position| node.extent.start <= position && position < node.extent.end;
    let nodes = |path: &[&str]| root.at(path).map(Node::items).unwrap_or_default();
    let panels =
        nodes(&["dashboard", "rows"]).iter().flat_map(|row| row.get("panels").map(Node::items).unwrap_or_default());
    let mut all =
        nodes(&["alerts"]).iter().chain(nodes(&["objectives"])).chain(nodes(&["dashboard", "variables"])).chain(panels);
    let Some(wrong) = all.find(|node| holds(node, error.position)) else { return false };
    let stays = |at: &Located<String>| !holds(wrong, at.position());
    let size = |made: &Monitoring| {
        let panels: usize = made.dashboard.rows.iter().map(|row| row.panels.len()).sum();
        made.alerts.len() + made.objectives.len() + made.dashboard.variables.len() + panels
    };
    let before = size(made);
    made.alerts.retain(|alert| stays(&alert.name));
    made.objectives.retain(|objective| stays(&objective.name));
    made.dashboard.variables.retain(|variable| stays(&variable.label));
    made.dashboard.rows.iter_mut().for_each(|row| row.panels.retain(|panel| stays(&panel.title)));
    size(made) < before
}
