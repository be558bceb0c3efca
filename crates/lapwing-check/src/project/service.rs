//! Services as they are declared: what they emit, and how it is scraped.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use lapwing_config::{Configuration, Finding, monitoring::Monitoring};
use lapwing_document::{Node, Place, Source};
use lapwing_monitor::{Metric, Signals};

use super::{Project, Remark, rule_group::text};
use crate::{Frame, Spot, Text, Timing};

/// A service as it is declared, by the `telemetry.yaml` and `monitoring.yaml` of one folder.
#[derive(Debug, Default)]
pub struct Service {
    /// The folder of its declarations.
    pub folder: PathBuf,
    /// Its name: `service` in `monitoring.yaml`, else the folder's.
    pub name: String,
    /// `job` of its series in Prometheus.
    pub job: String,
    /// What it emits; none if there is no `telemetry.yaml`, or it can't be read.
    pub signals: Option<Signals>,
    /// What its `telemetry.yaml` says, without the environment; none if there is none, or it can't be read.
    pub(crate) configuration: Option<Configuration>,
    /// How often it is scraped; none if there is no `monitoring.yaml`.
    pub scrape_interval: Option<Duration>,
    /// How often its rules are evaluated; none if there is no `monitoring.yaml`.
    pub evaluation_interval: Option<Duration>,
    /// `telemetry.yaml`, and the way from its places to the file.
    pub telemetry: Option<(Arc<Frame>, Node)>,
    /// `monitoring.yaml`, and the way from its places to the file.
    pub monitoring: Option<(Arc<Frame>, Node)>,
    /// What `monitoring.yaml` says; none if there is none, or it can't be read.
    pub watched: Option<Monitoring>,
}

impl Service {
    fn in_folder<'s>(services: &'s mut Vec<Service>, file: &Path) -> &'s mut Service {
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let index = services.iter().position(|service| service.folder == folder).unwrap_or_else(|| {
            services.push(Service { folder, ..Service::default() });
            services.len() - 1
        });
        &mut services[index]
    }

    /// Where `telemetry.yaml` says how an instrument is aggregated, or else where it first names it.
    pub fn declared_at(&self, instrument: &str) -> Option<Spot> {
        let (frame, root) = self.telemetry.as_ref()?;
        let mut spot = None;
        let mut in_view = false;
        root.walk(&mut |path, node| {
            // A span can have the instrument's name.
            let other = matches!(path.key(), Some("span" | "event" | "field" | "source"));
            let view = path.key() == Some("instrument_name");
            if node.as_str() == Some(instrument) && !other && (spot.is_none() || (view && !in_view)) {
                spot = Some(frame.at(node));
                in_view = view;
            }
        });
        spot
    }

    /// Where `monitoring.yaml` says how often it is scraped; none if it leaves that to the default.
    pub(crate) fn scrape_interval_at(&self) -> Option<Spot> {
        let (frame, root) = self.monitoring.as_ref()?;
        Some(frame.at(root.at(&["scrape", "interval"])?))
    }

    /// Where the bounds of an instrument's histogram are.
    pub fn bounds_at(&self, instrument: &str) -> Option<Spot> {
        let (frame, root) = self.telemetry.as_ref()?;
        let views = root.at(&["meter_provider", "views"])?.items();
        let named = |view: &&Node| view.at(&["selector", "instrument_name"]).and_then(Node::as_str) == Some(instrument);
        let stream = views.iter().find(named)?;
        let bounds = stream.at(&["stream", "aggregation", "explicit_bucket_histogram", "boundaries"])?;
        Some(frame.at(bounds))
    }
}

/// Reads `telemetry.yaml`; gives what the library warns of at the service's start, or why it refuses to start.
pub(super) fn telemetry(
    services: &mut Vec<Service>,
    file: &Path,
    frame: &Arc<Frame>,
    root: &Node,
    source: &Source,
) -> Result<Vec<Remark>, Vec<Remark>> {
    let service = Service::in_folder(services, file);
    service.telemetry = Some((frame.clone(), root.clone()));
    // Values of the environment are a matter of where it runs.
    match lapwing_config::parse(source.text(), source.file(), &|_| None) {
        Ok(configuration) => {
            let warned = remarks(frame, &configuration.warnings);
            service.signals = Some(Signals::new(&configuration));
            service.configuration = Some(configuration);
            Ok(warned)
        }
        Err(error) => Err(remarks(frame, error.findings())),
    }
}

/// Reads `monitoring.yaml`; gives what is wrong with it.
pub(super) fn monitoring(
    services: &mut Vec<Service>,
    file: &Path,
    frame: &Arc<Frame>,
    root: &Node,
    source: &Source,
) -> Vec<Remark> {
    let service = Service::in_folder(services, file);
    service.monitoring = Some((frame.clone(), root.clone()));
    match lapwing_config::monitoring::parse(source.text(), source.file()) {
        Ok(watched) => {
            service.watched = Some(watched);
            Vec::new()
        }
        Err(error) => remarks(frame, error.findings()),
    }
}

fn remarks(frame: &Frame, findings: &[Finding]) -> Vec<Remark> {
    let remark = |finding: &Finding| {
        let (line, column) = (finding.position.line, finding.position.column);
        let spot = frame.spot(Place { line, column, width: finding.width });
        Remark { spot, message: finding.message.clone(), help: finding.help.clone() }
    };
    findings.iter().map(remark).collect()
}

/// Declarations that speak of signals which no file declares. Files that are there and only not among those that are
/// checked are no mistake.
pub(super) fn without_telemetry(project: &Project) -> Vec<Remark> {
    let missing = |service: &Service| {
        let (frame, root) = service.monitoring.as_ref()?;
        let watched = service.watched.as_ref().filter(|_| service.telemetry.is_none() && frame.is_file())?;
        let path = service.folder.join(&watched.telemetry);
        if path.is_file() {
            return None;
        }
        let key = root.get("telemetry");
        let spot = frame.at(key.or_else(|| root.get("service")).unwrap_or(root));
        let name = watched.telemetry.display();
        let message = format!("there is no file `{name}` beside it, which declares the signals of `{}`", service.name);
        let help = match key {
            Some(_) => "name the file, or write it",
            None => "write it, or name another in `telemetry`",
        };
        Some(Remark { spot, message, help: Some(help.to_owned()) })
    };
    project.services.iter().filter_map(missing).collect()
}

/// Fills in what is known once all files have been read.
pub(super) fn settle(services: &mut [Service]) {
    for service in services {
        let folder = service.folder.file_name().map(|name| name.to_string_lossy().into_owned());
        service.name = folder.unwrap_or_default();
        let Some((frame, root)) = &service.monitoring else {
            service.job = service.name.clone();
            continue;
        };
        if let Some(name) = text(frame, root, "service") {
            service.name = name.value;
        }
        let scrape = |key: &str| -> Option<Text> { frame.text(root.at(&["scrape", key])?) };
        service.job = scrape("job").map_or_else(|| service.name.clone(), |job| job.value);
        let interval = |key: &str, or: u64| {
            let written = scrape(key).map(Timing::new);
            written.map_or(Some(Duration::from_secs(or)), |timing| timing.value)
        };
        service.scrape_interval = interval("interval", 15);
        service.evaluation_interval = interval("evaluation_interval", 30);
    }
}

/// What all declared services emit.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'p> {
    services: &'p [Service],
}

impl<'p> Declared<'p> {
    pub(crate) fn new(services: &'p [Service]) -> Option<Self> {
        services.iter().any(|service| service.signals.is_some()).then_some(Declared { services })
    }

    /// The services that say what they emit.
    pub fn services(self) -> impl Iterator<Item = (&'p Service, &'p Signals)> {
        self.services.iter().filter_map(|service| Some((service, service.signals.as_ref()?)))
    }

    /// The metrics that samples of this name can belong to, with their services.
    pub fn samples(self, name: &str) -> impl Iterator<Item = (&'p Service, &'p Metric)> {
        self.services().filter_map(move |(service, signals)| Some((service, signals.sample(name)?)))
    }
}
