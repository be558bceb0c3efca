//! From what stands in a generated file to where it is declared.

use std::collections::HashMap;

use lapwing_document::{Node, Position};
use lapwing_monitor::AlertOrigin;

use crate::{FileId, Project, Service, Spot};

/// An alert, an objective or a panel in a `monitoring.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    /// Its name.
    pub(crate) name: Spot,
    /// Where it begins.
    pub(crate) start: Position,
    /// Behind its last character.
    pub(crate) end: Position,
}

/// A part of a generated file, to the next one, and where it is declared if it is.
type Part = (Position, Option<Declared>);

/// The parts of generated files that are declared, in their order.
pub(crate) struct Origins(HashMap<FileId, Vec<Part>>);

impl Origins {
    pub(crate) fn of(project: &Project) -> Origins {
        let mut parts: HashMap<FileId, Vec<Part>> = HashMap::new();
        let mut add = |spot: Spot, position: Position, declared| {
            if project.file(spot.file).is_generated {
                parts.entry(spot.file).or_default().push((position, declared));
            }
        };
        let alerts = alerts(project);
        let begins = |spot: Spot| Position { line: spot.place.line, column: 1 };
        for (_, alert) in project.alerts() {
            let service = alert.label("service").map_or("", |pair| pair.value.value.as_str());
            let declared = alerts.get(&(service.to_owned(), alert.name.value.clone())).copied();
            add(alert.name.spot(), begins(alert.name.spot()), declared);
        }
        for (_, rule) in project.recordings() {
            add(rule.name.spot(), begins(rule.name.spot()), None);
        }
        for dashboard in project.dashboards() {
            let Some(description) = dashboard.description.as_deref() else { continue };
            let panels: HashMap<String, Declared> = project
                .services()
                .iter()
                .filter(|service| is_made_from(description, service))
                .flat_map(panels)
                .collect();
            for panel in &dashboard.panels {
                let (start, _) = dashboard.frame.extent(panel.node.extent);
                let declared = panel.title.as_ref().and_then(|title| panels.get(&title.value)).copied();
                add(panel.spot, start, declared);
            }
        }
        parts.values_mut().for_each(|parts| parts.sort_by_key(|(position, _)| *position));
        Origins(parts)
    }

    /// Where that is declared of which something stands here.
    pub(crate) fn declared(&self, spot: Spot) -> Option<Declared> {
        let parts = self.0.get(&spot.file)?;
        let behind = parts.partition_point(|(position, _)| *position <= spot.place.position());
        parts[..behind].last().and_then(|(_, declared)| *declared)
    }
}

/// By service and name.
fn alerts(project: &Project) -> HashMap<(String, String), Declared> {
    let mut found = HashMap::new();
    for service in project.services() {
        let (Some(monitoring), Some(signals)) = (&service.watched, &service.signals) else { continue };
        let made = lapwing_monitor::Service::new(monitoring.clone(), signals.clone());
        for rule in lapwing_monitor::alert_rules(&made).unwrap_or_default() {
            let declared = match rule.origin {
                AlertOrigin::Declared(index) => item(service, "alerts", index),
                AlertOrigin::Objective { index, .. } => item(service, "objectives", index),
                AlertOrigin::Standard(_) => None,
            };
            if let Some(declared) = declared {
                found.insert((monitoring.service.value.clone(), rule.name), declared);
            }
        }
    }
    found
}

fn item(service: &Service, key: &str, index: usize) -> Option<Declared> {
    let (_, root) = service.monitoring.as_ref()?;
    declared(service, root.get(key)?.items().get(index)?, "name")
}

/// By title.
fn panels(service: &Service) -> Vec<(String, Declared)> {
    let Some((_, root)) = &service.monitoring else { return Vec::new() };
    let rows = root.at(&["dashboard", "rows"]).map(Node::items).unwrap_or_default();
    let panels = rows.iter().flat_map(|row| row.get("panels").map(Node::items).unwrap_or_default());
    let titled = |panel: &Node| Some((panel.get("title")?.as_text()?.to_owned(), declared(service, panel, "title")?));
    panels.filter_map(titled).collect()
}

fn declared(service: &Service, node: &Node, name: &str) -> Option<Declared> {
    let (frame, _) = service.monitoring.as_ref()?;
    let (start, end) = frame.extent(node.extent);
    Some(Declared { name: frame.at(node.get(name)?), start, end })
}

/// Whether the description of a generated dashboard names the declarations of a service.
fn is_made_from(description: &str, service: &Service) -> bool {
    let folder = service.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    description.contains(&format!("/{folder}/monitoring.yaml"))
}
