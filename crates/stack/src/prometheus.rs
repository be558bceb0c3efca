//! A Prometheus of one's own.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use crate::{
    ActiveAlert, ApiError, ExemplarSeries, Process, ProcessError, PrometheusClient, Protocol, RuleStatus, Sample,
    Series, TargetStatus, launch::Launch,
};

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

/// A running Prometheus; stopped, and its temporary folder deleted, when it is dropped.
#[derive(Debug)]
pub struct Prometheus {
    // Dropped in this order: the process first, then what it writes to.
    process: Process,
    client: PrometheusClient,
    config: PathBuf,
    launch: Launch,
    _folder: TempDir,
}

impl Prometheus {
    pub(crate) fn launched(mut launch: Launch, config: PathBuf, folder: TempDir) -> Result<Self, PrometheusError> {
        let process = launch.start()?;
        let client = PrometheusClient::new(launch.listen.clone());
        Ok(Prometheus { process, client, config, launch, _folder: folder })
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        self.client.address()
    }

    /// Version, such as `2.42.0`.
    pub fn version(&self) -> &str {
        &self.launch.located.version
    }

    /// A client that may go to other threads.
    pub fn client(&self) -> &PrometheusClient {
        &self.client
    }

    /// File of its configuration; changed, it is read again by [`reload`](Self::reload).
    pub fn config_file(&self) -> &Path {
        &self.config
    }

    /// The child itself.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        self.process.log()
    }

    /// Kills it with `SIGKILL`, as a crash would; its data stay.
    pub fn kill(&mut self) -> Result<ExitStatus, PrometheusError> {
        Ok(self.process.kill()?)
    }

    /// Starts it again with the same data on the same port, having stopped it where it still runs, and waits until it is ready.
    pub fn restart(&mut self) -> Result<(), PrometheusError> {
        self.process.stop()?;
        self.process = self.launch.start()?;
        Ok(())
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

    /// See [`PrometheusClient::rules`].
    pub fn rules(&self) -> Result<Vec<RuleStatus>, ApiError> {
        self.client.rules()
    }

    /// See [`PrometheusClient::alerts`].
    pub fn alerts(&self) -> Result<Vec<ActiveAlert>, ApiError> {
        self.client.alerts()
    }

    /// See [`PrometheusClient::reload`].
    pub fn reload(&self) -> Result<(), ApiError> {
        self.client.reload()
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
