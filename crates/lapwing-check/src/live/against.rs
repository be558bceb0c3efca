//! What an endpoint serves, held against what is declared.

use lapwing_document::{Node, Place};
use lapwing_monitor::{Metric, Signals};

use super::{Exposition, Family, Live};
use crate::{Project, Service, Spot};

/// What an endpoint serves against what is declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Against<'p> {
    project: &'p Project,
    live: &'p Live,
    pub(crate) exposition: &'p Exposition,
    pub(crate) service: &'p Service,
    pub(crate) signals: &'p Signals,
}

impl Live {
    /// A line of what was served.
    pub(crate) fn line(&self, project: &Project, line: usize) -> Spot {
        let width = project.file(self.file).source.line(line).chars().count().max(1);
        self.spot(Place { line, column: 1, width })
    }

    /// What it serves and what is declared, if both are known.
    pub(crate) fn against<'p>(&'p self, project: &'p Project) -> Option<Against<'p>> {
        let service = &project.services[self.service?];
        Some(Against {
            project,
            live: self,
            exposition: self.served.as_ref().ok()?,
            service,
            signals: service.signals.as_ref()?,
        })
    }
}

impl<'p> Against<'p> {
    /// Each pair of the project.
    pub(crate) fn all(project: &'p Project) -> impl Iterator<Item = Against<'p>> {
        project.live.iter().filter_map(|live| live.against(project))
    }

    /// Each metric that is both declared and served.
    pub(crate) fn both(self) -> impl Iterator<Item = (&'p Metric, &'p Family)> {
        let declared = self.signals.metrics().iter();
        declared.filter_map(move |metric| Some((metric, self.exposition.family(&metric.name)?)))
    }

    /// A line of what is served.
    pub(crate) fn line(self, line: usize) -> Spot {
        self.live.line(self.project, line)
    }

    /// Where a metric is declared; for what Lapwing adds, where it could be.
    pub(crate) fn declared(self, metric: &Metric) -> Spot {
        let declared = metric.instrument.as_ref().and_then(|instrument| self.service.declared_at(instrument));
        declared.unwrap_or_else(|| self.declarations())
    }

    /// The key under which signals are declared.
    pub(crate) fn declarations(self) -> Spot {
        let Some((frame, root)) = &self.service.telemetry else { return self.line(1) };
        let lapwing = root.at(&["instrumentation/development", "rust", "lapwing"]);
        let rules = lapwing.and_then(|node| key(node, "rules").or_else(|| key(node, "gauges")));
        let place = rules.or_else(|| root.entries().first().map(|entry| entry.key_place));
        frame.spot(place.unwrap_or(root.place))
    }
}

fn key(node: &Node, name: &str) -> Option<Place> {
    node.entries().iter().find(|entry| entry.key == name).map(|entry| entry.key_place)
}
