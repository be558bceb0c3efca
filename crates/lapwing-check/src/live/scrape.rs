//! Scraping an endpoint, to hold what it serves against the declaration of its service.

use std::path::PathBuf;

use lapwing_document::{Node, Source};

use super::{Endpoint, Exposition, Live, ScrapeError};
use crate::{File, FileId, Kind, Project, Service};

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
