//! The files that are checked, and what they say.

mod alertmanager;
mod asked;
mod dashboard;
mod elements;
mod prometheus;
mod read;
mod rule_group;
mod secret;
mod service;
mod walk;

use std::path::{Path, PathBuf};

use lapwing_document::Source;

pub(crate) use alertmanager::either;
pub use alertmanager::{AlertmanagerConfig, Inhibition, LabelMatcher, LabelOp, Receiver, Route};
pub use asked::{Asked, Asker};
pub use dashboard::{Cell, Dashboard, Datasource, Panel, Target, Variable};
pub use prometheus::{PrometheusConfig, ScrapeJob};
pub use rule_group::{AlertRule, Pair, RecordingRule, RuleGroup};
pub use secret::InlineSecret;
pub use service::{Declared, Service};

use crate::{FileId, Kind, Live, Spot, Text, suppression::Suppression};

/// The files that are checked, and what they say.
#[derive(Debug, Default)]
pub struct Project {
    pub(crate) files: Vec<File>,
    pub(crate) services: Vec<Service>,
    pub(crate) rule_groups: Vec<RuleGroup>,
    pub(crate) alertmanagers: Vec<AlertmanagerConfig>,
    pub(crate) dashboards: Vec<Dashboard>,
    pub(crate) prometheus: Vec<PrometheusConfig>,
    /// The uids and names of data sources that are provisioned for Grafana.
    pub(crate) datasources: Vec<Text>,
    pub(crate) unreadable: Vec<Remark>,
    /// What the library warns of when a service starts with a `telemetry.yaml`.
    pub(crate) warned: Vec<Remark>,
    pub(crate) suppressions: Vec<Suppression>,
    pub(crate) live: Vec<Live>,
}

/// How files are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// File names are shown from here; else as they were given.
    pub base: Option<PathBuf>,
}

/// A file.
#[derive(Debug)]
pub struct File {
    /// Its name as it is shown, with `/`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its text by lines; empty if it can't be read.
    pub source: Source,
    /// What is in it; empty if nothing is checked in it.
    pub kinds: Vec<Kind>,
    /// Whether it says that it was made of declarations.
    pub(crate) is_generated: bool,
}

/// What whoever reads a file says of a part of it.
#[derive(Clone, Debug)]
pub(crate) struct Remark {
    pub(crate) spot: Spot,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// Why there is nothing to check.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no such path.
    #[error("there is no file or folder `{}`", .0.display())]
    NoSuchPath(PathBuf),
    /// A folder can't be listed.
    #[error("cannot list the folder `{}`: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Project {
    /// Reads files and folders. Of folders `*.yaml`, `*.yml` and `*.json`, at any depth; not what is hidden, nor
    /// `target` and `node_modules`. What a document is, is decided by what stands in it; a `telemetry.yaml` or
    /// `monitoring.yaml` is a declaration whatever stands in it. A file that can't be read or
    /// parsed is found by the rule `file/unreadable`.
    ///
    /// # Errors
    /// If a path does not exist, or a folder can't be listed.
    pub fn read(paths: &[impl AsRef<Path>], options: &ReadOptions) -> Result<Project, ProjectError> {
        let mut project = Project::default();
        for path in walk::files(paths)? {
            read::file(&mut project, &path, options);
        }
        service::settle(&mut project.services);
        project.unreadable.extend(service::without_telemetry(&project));
        Ok(project)
    }

    /// All files, in the order in which they were read.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// A file.
    pub fn file(&self, id: FileId) -> &File {
        &self.files[id.0]
    }

    /// The services that are declared.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// What the declared services emit; none if there is no `telemetry.yaml` that can be read, so that nothing can be
    /// said about what exists.
    pub fn signals(&self) -> Option<Declared<'_>> {
        Declared::new(&self.services)
    }

    /// Groups of rules.
    pub fn rule_groups(&self) -> &[RuleGroup] {
        &self.rule_groups
    }

    /// Alerts, each with its group.
    pub fn alerts(&self) -> impl Iterator<Item = (&RuleGroup, &AlertRule)> {
        self.rule_groups.iter().flat_map(|group| group.alerts.iter().map(move |alert| (group, alert)))
    }

    /// What is recorded, each with its group.
    pub fn recordings(&self) -> impl Iterator<Item = (&RuleGroup, &RecordingRule)> {
        self.rule_groups.iter().flat_map(|group| group.recordings.iter().map(move |rule| (group, rule)))
    }

    /// Where alerts go.
    pub fn alertmanagers(&self) -> &[AlertmanagerConfig] {
        &self.alertmanagers
    }

    /// Dashboards.
    pub fn dashboards(&self) -> &[Dashboard] {
        &self.dashboards
    }

    /// What endpoints serve.
    pub fn live(&self) -> &[Live] {
        &self.live
    }

    /// Configurations of Prometheus.
    pub fn prometheus(&self) -> &[PrometheusConfig] {
        &self.prometheus
    }
}
