//! What an endpoint really serves.

mod endpoint;
mod exposition;
mod family;
mod line;

use std::path::PathBuf;

use lapwing_document::{Node, Place, Source};
use lapwing_monitor::{Metric, Signals};

pub use endpoint::{Endpoint, ScrapeError};
pub(crate) use exposition::Exposition;
pub(crate) use family::{Family, Sample, Type};

use crate::{File, FileId, Frame, Kind, Project, Service, Spot};

/// The marker of a series into which further ones are folded.
pub(crate) const OVERFLOW: &str = "otel_metric_overflow";

/// One scrape of an endpoint.
#[derive(Debug)]
pub struct Live {
    file: FileId,
    /// What was served; else why nothing was.
    pub(crate) served: Result<Exposition, Unreachable>,
    /// The service it is, by its place among the project's.
    service: Option<usize>,
    /// The name it gives itself, and the line with it.
    pub(crate) named: Option<(String, usize)>,
}

/// Why an endpoint serves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreachable {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Live {
    /// A line of what was served.
    pub(crate) fn line(&self, project: &Project, line: usize) -> Spot {
        let width = project.file(self.file).source.line(line).chars().count().max(1);
        self.spot(Place { line, column: 1, width })
    }

    pub(crate) fn spot(&self, place: Place) -> Spot {
        Spot { file: self.file, place }
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

/// What an endpoint serves against what is declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Against<'p> {
    project: &'p Project,
    live: &'p Live,
    pub(crate) exposition: &'p Exposition,
    pub(crate) service: &'p Service,
    pub(crate) signals: &'p Signals,
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

impl Project {
    /// Scrapes an endpoint as Prometheus does, within ten seconds, to hold what it serves against the declaration of its
    /// service: the one that `endpoint.service` names, else the one that `target_info` or `build_info` name, else the
    /// only one that is declared. What goes wrong at the endpoint is found by the rules `live/…`.
    ///
    /// # Errors
    /// If the URL is none, or no service of that name is declared.
    pub fn scrape(&mut self, endpoint: &Endpoint) -> Result<(), ScrapeError> {
        endpoint.check()?;
        let declared: Vec<usize> =
            (0..self.services.len()).filter(|&index| self.services[index].signals.is_some()).collect();
        let known = |name: &str| declared.iter().copied().find(|&index| self.services[index].is_called(name));
        let wanted = match &endpoint.service {
            None => None,
            Some(name) => Some(known(name).ok_or_else(|| ScrapeError::NoSuchService {
                name: name.clone(),
                known: declared.iter().map(|&index| self.services[index].name.clone()).collect(),
            })?),
        };
        let (body, served) = match endpoint.fetch() {
            Ok(answer) => {
                let exposition = Exposition::read(&answer.body, answer.content_type.as_deref());
                (answer.body, Ok(exposition))
            }
            Err(unreachable) => (String::new(), Err(unreachable)),
        };
        let named = served.as_ref().ok().and_then(Exposition::service);
        let only = || if let [only] = declared[..] { Some(only) } else { None };
        let service = wanted.or_else(|| match &named {
            Some((name, _)) => known(name),
            None => only(),
        });
        let file = FileId(self.files.len());
        // A lone carriage return is a character of the exposition, and no line break.
        let name = endpoint.url.clone();
        let source = Source::new(&name, &body.replace('\r', "\u{240d}"));
        let (path, kinds) = (PathBuf::from(&name), vec![Kind::Exposition]);
        self.files.push(File { path, name, source, kinds, is_generated: false });
        self.live.push(Live { file, served, service, named });
        Ok(())
    }

    /// What endpoints serve.
    pub fn live(&self) -> &[Live] {
        &self.live
    }
}

impl Service {
    /// Whether it goes by this name: its own, or `service.name` of its resource.
    fn is_called(&self, name: &str) -> bool {
        let resource = self.telemetry.as_ref().and_then(|(_, root)| root.at(&["resource", "attributes"]));
        let attributes = resource.map(Node::items).unwrap_or_default().iter();
        let named = |node: &Node, key: &str, value: &str| node.get(key).and_then(Node::as_text) == Some(value);
        let mut called = attributes.filter(|attribute| named(attribute, "name", "service.name"));
        self.name == name || called.any(|attribute| named(attribute, "value", name))
    }
}

/// So that findings of a scrape can name the file they are in.
impl Live {
    /// Which file of the project stands for it; its name is the URL.
    pub fn file_id(&self) -> FileId {
        self.file
    }

    /// All of it, for what has no line.
    pub(crate) fn whole(&self) -> Spot {
        Frame::file(self.file).spot(Place { line: 1, column: 1, width: 1 })
    }
}
