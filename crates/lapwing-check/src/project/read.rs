//! From a file to what it says.

use std::{path::Path, sync::Arc};

use lapwing_document::{Document, Node, Options, Place, Problem, Scalar, Source, Syntax};

use super::{
    AlertmanagerConfig, Dashboard, File, Project, PrometheusConfig, ReadOptions, RuleGroup, Unreadable, service,
};
use crate::{FileId, Frame, Kind, suppression};

/// Reads a file into `project`.
pub(super) fn file(project: &mut Project, path: &Path, options: &ReadOptions) {
    let shown = options.base.as_ref().and_then(|base| path.strip_prefix(base).ok()).unwrap_or(path);
    let name = shown.to_string_lossy().replace('\\', "/");
    let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
    let id = FileId(project.files.len());
    let frame = Frame::file(id);
    let text = match std::fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
            (before, "the file is no UTF-8 from here on".to_owned())
        }),
        Err(error) => Err((String::new(), format!("the file can't be read: {error}"))),
    };
    let text = text.unwrap_or_else(|(before, message)| {
        let source = Source::new("", &before);
        let line = source.line_count();
        let place = Place { line, column: source.line(line).chars().count() + 1, width: 1 };
        project.unreadable.push(Unreadable { spot: frame.spot(place), message, help: None });
        before
    });
    let document = Document::parse(&name, &text, &Options::LENIENT);
    let mut reader = Reader { project, path, kinds: Vec::new() };
    reader.document(&frame, &document, &text);
    let kinds = reader.kinds;
    let (mut source, roots, _) = document.into_parts();
    let secrets = project.alertmanagers.iter().filter(|config| config.frame.file_id() == id);
    secrets.flat_map(AlertmanagerConfig::inline_secrets).for_each(|secret| source.mask(secret.extent));
    if Syntax::of(&name) == Syntax::Yaml {
        project.suppressions.extend(suppression::in_comments(&frame, &source, &roots));
    }
    project.files.push(File { name, path: path.to_owned(), source, kinds });
}

struct Reader<'p> {
    project: &'p mut Project,
    path: &'p Path,
    kinds: Vec<Kind>,
}

impl Reader<'_> {
    fn document(&mut self, frame: &Arc<Frame>, document: &Document, text: &str) {
        let before = self.kinds.len();
        for root in document.roots() {
            self.root(frame, root, text);
        }
        let known = self.kinds.len() > before;
        // What is only odd in a document that nothing is checked in is not ours to tell.
        let problems = document.problems().iter().filter(|problem| known || problem.fatal);
        let unreadable = problems.map(|problem: &Problem| Unreadable {
            spot: frame.spot(problem.place),
            message: problem.message.clone(),
            help: problem.help.clone(),
        });
        self.project.unreadable.extend(unreadable);
    }

    fn root(&mut self, frame: &Arc<Frame>, root: &Node, text: &str) {
        let Some(kind) = Kind::of(root) else { return };
        let namespace = root.at(&["metadata", "namespace"]).and_then(Node::as_text);
        let project = &mut *self.project;
        match kind {
            Kind::List => {
                let items = root.get("items").map(Node::items).unwrap_or_default();
                return items.iter().for_each(|item| self.root(frame, item, text));
            }
            Kind::Wrapper => {
                for key in ["data", "stringData"] {
                    for entry in root.get(key).map(Node::entries).unwrap_or_default() {
                        if let Some(scalar) = entry.value.scalar() {
                            self.wrapped(frame, &entry.key, scalar);
                        }
                    }
                }
                return;
            }
            Kind::Rules => project.rule_groups.extend(RuleGroup::all(frame, root, None)),
            Kind::PrometheusRule => {
                let spec = root.get("spec").unwrap_or(root);
                project.rule_groups.extend(RuleGroup::all(frame, spec, Some(namespace.unwrap_or_default())));
            }
            Kind::Alertmanager => {
                project.alertmanagers.push(AlertmanagerConfig::read(frame, root, false, None));
            }
            Kind::AlertmanagerConfig => {
                let spec = root.get("spec").unwrap_or(root);
                project.alertmanagers.push(AlertmanagerConfig::read(frame, spec, true, namespace));
            }
            Kind::Prometheus => project.prometheus.push(PrometheusConfig::read(frame, root)),
            Kind::Dashboard => {
                let dashboard = Dashboard::read(frame, root);
                project.suppressions.extend(suppression::in_descriptions(&dashboard));
                project.dashboards.push(dashboard);
            }
            Kind::Telemetry => {
                let unreadable = service::telemetry(&mut project.services, self.path, frame, root, text);
                project.unreadable.extend(unreadable);
            }
            Kind::Monitoring => {
                let unreadable = service::monitoring(&mut project.services, self.path, frame, root, text);
                project.unreadable.extend(unreadable);
            }
            Kind::Datasources => {
                let sources = root.get("datasources").map(Node::items).unwrap_or_default();
                let key = |source: &Node, key: &str| frame.text(source.get(key)?);
                let names = sources.iter().flat_map(|source| [key(source, "uid"), key(source, "name")]);
                project.datasources.extend(names.flatten());
            }
            Kind::RuleTests | Kind::Exposition => {}
        }
        self.kinds.push(kind);
    }

    /// A document that is the value of a key of a ConfigMap or Secret.
    fn wrapped(&mut self, frame: &Arc<Frame>, key: &str, scalar: &Scalar) {
        let ending = key.rsplit_once('.').map_or("", |(_, ending)| ending);
        if matches!(ending, "yaml" | "yml" | "json") {
            let document = Document::parse(key, &scalar.text, &Options::LENIENT);
            self.document(&Frame::inside(frame, scalar), &document, &scalar.text);
        }
    }
}
