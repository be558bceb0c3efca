//! What a Prometheus is started with.

use std::{fs, path::PathBuf, time::Duration};

use crate::{
    Located, Prometheus, PrometheusError, Protocol, Scrape,
    launch::{self, Launch, flag},
    prometheus_config::PrometheusConfig,
};

/// What a Prometheus is started with.
///
/// | wish | default |
/// | --- | --- |
/// | [`interval`](Self::interval) | 1 s |
/// | [`evaluation_interval`](Self::evaluation_interval) | as `interval` |
/// | [`listen`](Self::listen) | a free port on 127.0.0.1 |
/// | [`storage`](Self::storage), [`log`](Self::log) | in a temporary folder, deleted at the end |
/// | [`config_file`](Self::config_file) | a file made from the other wishes |
#[derive(Clone, Debug)]
pub struct PrometheusBuilder {
    located: Located,
    config: PrometheusConfig,
    config_file: Option<PathBuf>,
    features: Vec<String>,
    arguments: Vec<String>,
    listen: String,
    storage: Option<PathBuf>,
    log: Option<PathBuf>,
}

impl Prometheus {
    /// Of the given programs.
    pub fn builder(located: &Located) -> PrometheusBuilder {
        PrometheusBuilder::new(located)
    }
}

impl PrometheusBuilder {
    fn new(located: &Located) -> Self {
        PrometheusBuilder {
            located: located.clone(),
            config: PrometheusConfig::default(),
            config_file: None,
            features: Vec::new(),
            arguments: Vec::new(),
            listen: "127.0.0.1:0".to_owned(),
            storage: None,
            log: None,
        }
    }

    /// Adds a service to scrape.
    pub fn scrape(mut self, scrape: Scrape) -> Self {
        self.config.scrapes.push(scrape);
        self
    }

    /// Time between scrapes and between rule evaluations, and limit of one scrape; default 1 s, kept to the millisecond.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.config.interval = interval;
        self
    }

    /// Time between rule evaluations where it isn't that between scrapes.
    pub fn evaluation_interval(mut self, interval: Duration) -> Self {
        self.config.evaluation = Some(interval);
        self
    }

    /// Keeps exemplars (feature `exemplar-storage`); off by default.
    pub fn exemplars(self) -> Self {
        self.feature("exemplar-storage")
    }

    /// Turns a feature flag on, such as `native-histograms`.
    pub fn feature(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        if !self.features.contains(&name) {
            self.features.push(name);
        }
        self
    }

    /// Adds a file of rules; may hold `*` in its last part. Read again by [`Prometheus::reload`].
    pub fn rule_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.config.rules.push(file.into());
        self
    }

    /// Adds an Alertmanager, `host:port`, that alerts are sent to.
    ///
    /// Prometheus takes 5 s from its start to know of it (see [`PrometheusClient::alertmanagers`](crate::PrometheusClient::alertmanagers)).
    /// What fires before is sent when it is sent again, after [`resend_delay`](Self::resend_delay).
    pub fn alertmanager(mut self, address: impl Into<String>) -> Self {
        self.config.alertmanagers.push(address.into());
        self
    }

    /// Time after which an alert that still fires is sent again; default 1 min.
    pub fn resend_delay(self, delay: Duration) -> Self {
        self.argument(format!("--rules.alert.resend-delay={}ms", delay.as_millis()))
    }

    /// A label that every alert carries on its way out.
    pub fn external_label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.config.external_labels.insert(name.into(), value.into());
        self
    }

    /// URL that links in alerts begin with; default made from the machine's name and the port asked for, which is 0 where none is.
    pub fn external_url(self, url: impl AsRef<str>) -> Self {
        self.argument(format!("--web.external-url={}", url.as_ref()))
    }

    /// A configuration of the caller's, in place of scrapes, rules, Alertmanagers, labels and intervals of this builder.
    pub fn config_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.config_file = Some(file.into());
        self
    }

    /// Adds a flag, such as `--storage.tsdb.retention.time=1h`.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// `host:port` to listen on; default `127.0.0.1:0`, a free port of the system's choice.
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// Folder for its data, which stays; default in its temporary folder.
    pub fn storage(mut self, folder: impl Into<PathBuf>) -> Self {
        self.storage = Some(folder.into());
        self
    }

    /// File for its log; default a file in its temporary folder.
    pub fn log(mut self, file: impl Into<PathBuf>) -> Self {
        self.log = Some(file.into());
        self
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// A format that this version can't be told to scrape; a folder that can't be written; what Prometheus itself says of a
    /// configuration or rule file it can't read.
    pub fn start(mut self) -> Result<Prometheus, PrometheusError> {
        self.check_protocols()?;
        if self.config.scrapes.iter().any(|scrape| scrape.protocol == Some(Protocol::Protobuf)) {
            self = self.feature("native-histograms");
        }
        let folder = tempfile::Builder::new().prefix("lapwing-prometheus-").tempdir()?;
        let in_folder = |name: &str| folder.path().join(name);
        let file = match &self.config_file {
            Some(file) => file.clone(),
            None => {
                let file = in_folder("prometheus.yml");
                fs::write(&file, self.config.text(self.located.major()))?;
                file
            }
        };
        let storage = self.storage.unwrap_or_else(|| in_folder("data"));
        let mut arguments =
            vec![flag("config.file", &file), flag("storage.tsdb.path", &storage), "--web.enable-lifecycle".to_owned()];
        if !self.features.is_empty() {
            arguments.push(format!("--enable-feature={}", self.features.join(",")));
        }
        arguments.append(&mut self.arguments);
        let log = self.log.unwrap_or_else(|| in_folder("prometheus.log"));
        let launch = Launch {
            family: &launch::PROMETHEUS,
            located: self.located,
            program: "prometheus",
            folder: None,
            arguments,
            listen: self.listen,
            log,
        };
        Prometheus::launched(launch, file, folder)
    }

    fn check_protocols(&self) -> Result<(), PrometheusError> {
        if self.located.major() >= 3 {
            return Ok(());
        }
        let mut told = self.config.scrapes.iter().filter_map(|scrape| Some((&scrape.job, scrape.protocol?)));
        let refused = told.find(|(_, wish)| !matches!(wish, Protocol::OpenMetrics | Protocol::Protobuf));
        refused.map_or(Ok(()), |(job, protocol)| {
            Err(PrometheusError::Protocol { version: self.located.version.clone(), job: job.clone(), protocol })
        })
    }
}
