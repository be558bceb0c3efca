//! A Prometheus of one's own.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use crate::{
    ApiError, ExemplarSeries, Located, Process, ProcessError, PrometheusClient, Protocol, Sample, Scrape, Series,
    TargetStatus, scrape::configuration,
};

const READY: Duration = Duration::from_secs(30);

/// Why Prometheus could not be started.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// Its folder could not be made.
    #[error("cannot prepare a folder for prometheus; check that the temporary folder is writable: {0}")]
    Folder(#[from] io::Error),
    /// It doesn't run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The wish can't be had from this version.
    #[error(
        "prometheus {version} can't be told to scrape `{job}` as {protocol:?} only; let the service answer that format, or use 3.x"
    )]
    Protocol {
        /// Which version.
        version: String,
        /// Which job.
        job: String,
        /// Which wish.
        protocol: Protocol,
    },
}

/// What a Prometheus is started with.
#[derive(Clone, Debug)]
pub struct PrometheusBuilder {
    located: Located,
    scrapes: Vec<Scrape>,
    rules: Vec<PathBuf>,
    features: Vec<String>,
    interval: Duration,
    listen: String,
    log: Option<PathBuf>,
}

impl PrometheusBuilder {
    /// Adds a service to scrape.
    pub fn scrape(mut self, scrape: Scrape) -> Self {
        self.scrapes.push(scrape);
        self
    }

    /// Time between scrapes and between rule evaluations, and limit of one scrape; default 1 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
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

    /// Adds a file of rules.
    pub fn rule_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.rules.push(file.into());
        self
    }

    /// `host:port` to listen on; default `127.0.0.1:0`, a free port of the system's choice.
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// File for its log; default a file in its temporary folder.
    pub fn log(mut self, file: impl Into<PathBuf>) -> Self {
        self.log = Some(file.into());
        self
    }

    /// Starts it on an empty store in a temporary folder, and waits until it is ready.
    pub fn start(mut self) -> Result<Prometheus, PrometheusError> {
        let major = self.located.major();
        for scrape in self.scrapes.iter().filter(|_| major < 3) {
            let protocol = match scrape.protocol {
                None | Some(Protocol::OpenMetrics) => continue,
                Some(Protocol::Protobuf) => continue,
                Some(protocol) => protocol,
            };
            let version = self.located.version.clone();
            return Err(PrometheusError::Protocol { version, job: scrape.job.clone(), protocol });
        }
        if self.scrapes.iter().any(|scrape| scrape.protocol == Some(Protocol::Protobuf)) {
            self = self.feature("native-histograms");
        }

        let folder = tempfile::Builder::new().prefix("lapwing-prometheus-").tempdir()?;
        let file = folder.path().join("prometheus.yml");
        fs::write(&file, configuration(&self.scrapes, &self.rules, self.interval, major))?;
        let log = self.log.unwrap_or_else(|| folder.path().join("prometheus.log"));
        let command = self.located.command("prometheus");
        let mut process = Process::of_command(format!("prometheus {}", self.located.version), command, log)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={}", self.listen))
            .arg("--web.enable-lifecycle")
            .args((!self.features.is_empty()).then(|| format!("--enable-feature={}", self.features.join(","))))
            .spawn()?;
        // Asked for port 0, it says in its log which one it got.
        let address = process.wait_line("the address it listens on", READY, listening_on)?;
        process.wait_ready(&format!("http://{address}/-/ready"), READY)?;
        Ok(Prometheus {
            process,
            client: PrometheusClient::new(address),
            version: self.located.version,
            _folder: folder,
        })
    }
}

/// `… msg="Listening on" [component=web] address=127.0.0.1:36383`, in 2.42 and 3.x.
fn listening_on(line: &str) -> Option<String> {
    let rest = line.split_once("msg=\"Listening on\"")?.1;
    let address = rest.split_once("address=")?.1.split_whitespace().next()?;
    Some(address.to_owned())
}

/// A running Prometheus; stopped, and its data deleted, when it is dropped.
#[derive(Debug)]
pub struct Prometheus {
    // Dropped in this order: the process first, then what it writes to.
    process: Process,
    client: PrometheusClient,
    version: String,
    _folder: TempDir,
}

impl Prometheus {
    /// Of the given programs.
    pub fn builder(located: &Located) -> PrometheusBuilder {
        PrometheusBuilder {
            located: located.clone(),
            scrapes: Vec::new(),
            rules: Vec::new(),
            features: Vec::new(),
            interval: Duration::from_secs(1),
            listen: "127.0.0.1:0".to_owned(),
            log: None,
        }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        self.client.address()
    }

    /// Version, such as `2.42.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A client that may go to other threads.
    pub fn client(&self) -> &PrometheusClient {
        &self.client
    }

    /// The child itself.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        self.process.log()
    }

    /// Stops it and awaits its end.
    pub fn stop(mut self) -> Result<(), PrometheusError> {
        self.process.stop()?;
        Ok(())
    }

    /// See [`PrometheusClient::query`].
    pub fn query(&self, promql: &str) -> Result<Vec<Sample>, ApiError> {
        self.client.query(promql)
    }

    /// See [`PrometheusClient::query_at`].
    pub fn query_at(&self, promql: &str, time: SystemTime) -> Result<Vec<Sample>, ApiError> {
        self.client.query_at(promql, time)
    }

    /// See [`PrometheusClient::value`].
    pub fn value(&self, promql: &str) -> Result<Option<f64>, ApiError> {
        self.client.value(promql)
    }

    /// See [`PrometheusClient::query_range`].
    pub fn query_range(
        &self,
        promql: &str,
        from: SystemTime,
        to: SystemTime,
        step: Duration,
    ) -> Result<Vec<Series>, ApiError> {
        self.client.query_range(promql, from, to, step)
    }

    /// See [`PrometheusClient::query_exemplars`].
    pub fn query_exemplars(&self, promql: &str) -> Result<Vec<ExemplarSeries>, ApiError> {
        self.client.query_exemplars(promql)
    }

    /// See [`PrometheusClient::targets`].
    pub fn targets(&self) -> Result<Vec<TargetStatus>, ApiError> {
        self.client.targets()
    }

    /// See [`PrometheusClient::wait_for`].
    pub fn wait_for(
        &self,
        promql: &str,
        deadline: Duration,
        expected: impl FnMut(&[Sample]) -> bool,
    ) -> Result<Vec<Sample>, ApiError> {
        self.client.wait_for(promql, deadline, expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_read_from_the_logs_of_both_versions() {
        let old = r#"ts=2026-11-21T06:12:42.923Z caller=tls_config.go:232 level=info component=web msg="Listening on" address=127.0.0.1:34785"#;
        let new = r#"time=2026-11-21T06:12:36.592Z level=INFO source=tls_config.go:379 msg="Listening on" component=web address=127.0.0.1:36383"#;
        let other = r#"level=info component=web msg="Start listening for connections" address=127.0.0.1:0"#;
        assert_eq!(listening_on(old).as_deref(), Some("127.0.0.1:34785"));
        assert_eq!(listening_on(new).as_deref(), Some("127.0.0.1:36383"));
        assert_eq!(listening_on(other), None);
    }
}
