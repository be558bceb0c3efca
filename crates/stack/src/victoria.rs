//! A program of VictoriaMetrics of one's own.

use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::{Duration, SystemTime},
};

use reqwest::{Url, blocking::Client};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{
    Located, Process, ProcessError, PrometheusClient, Series,
    api::seconds,
    launch::{self, Launch},
    own_metrics::sum_of,
};

/// Why a program of VictoriaMetrics could not be started or asked.
#[derive(Debug, thiserror::Error)]
pub enum VictoriaError {
    /// Its folder could not be made.
    #[error("cannot prepare a folder for {program}; check that the temporary folder is writable: {source}")]
    Folder {
        /// Which program.
        program: VictoriaProgram,
        /// Why.
        source: io::Error,
    },
    /// It doesn't run; what it said of its flags and files is in the message.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// It can't be reached.
    #[error("{program} at {address} doesn't answer; check that it runs: {source}")]
    Http {
        /// Which program.
        program: VictoriaProgram,
        /// Where.
        address: String,
        /// Why.
        source: reqwest::Error,
    },
    /// It answered something else than was asked for.
    #[error("{program} answered `{question}` with something else than expected: {problem}")]
    Unexpected {
        /// Which program.
        program: VictoriaProgram,
        /// What was asked.
        question: String,
        /// What is odd.
        problem: String,
    },
}

/// One of the programs of VictoriaMetrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VictoriaProgram {
    /// The single-node database, which answers PromQL.
    Store,
    /// Scrapes, takes pushes, and hands on.
    Agent,
    /// Evaluates rules.
    Alert,
    /// Passes requests on to one of several others.
    Auth,
}

impl VictoriaProgram {
    fn name(self) -> &'static str {
        match self {
            VictoriaProgram::Store => "victoria-metrics",
            VictoriaProgram::Agent => "vmagent",
            VictoriaProgram::Alert => "vmalert",
            VictoriaProgram::Auth => "vmauth",
        }
    }
}

impl fmt::Display for VictoriaProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a program of VictoriaMetrics is started with.
///
/// | wish | default |
/// | --- | --- |
/// | [`arguments`](Self::arguments) | none |
/// | [`log`](Self::log) | in a temporary folder, deleted at the end |
///
/// It listens on a free port of 127.0.0.1, and its working directory is that temporary folder: where its data go when nothing else
/// is said, and where relative paths among its arguments lead.
#[derive(Clone, Debug)]
pub struct VictoriaBuilder {
    located: Located,
    program: VictoriaProgram,
    arguments: Vec<String>,
    log: Option<PathBuf>,
}

impl VictoriaBuilder {
    /// Adds a flag, such as `-retentionPeriod=30d`.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds flags.
    pub fn arguments<S: Into<String>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
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
    /// A folder that can't be written; what the program itself says of flags and files it can't use.
    pub fn start(self) -> Result<Victoria, VictoriaError> {
        let program = self.program;
        let folder = tempfile::Builder::new().prefix("lapwing-victoria-").tempdir();
        let folder = folder.map_err(|source| VictoriaError::Folder { program, source })?;
        let mut launch = Launch {
            family: &launch::VICTORIA,
            located: self.located,
            program: program.name(),
            folder: Some(folder.path().to_owned()),
            arguments: self.arguments,
            listen: "127.0.0.1:0".to_owned(),
            log: self.log.unwrap_or_else(|| folder.path().join("log")),
        };
        let process = launch.start()?;
        let client = PrometheusClient::new(launch.listen.clone());
        let http = crate::http::client(Duration::from_secs(10));
        Ok(Victoria { process, client, http, program, launch, folder })
    }
}

/// A running program of VictoriaMetrics; stopped, and its temporary folder deleted, when it is dropped.
#[derive(Debug)]
pub struct Victoria {
    // Dropped in this order: the process first, then what it writes to.
    process: Process,
    client: PrometheusClient,
    http: Client,
    program: VictoriaProgram,
    launch: Launch,
    folder: TempDir,
}

impl Victoria {
    /// One of the given programs.
    pub fn builder(located: &Located, program: VictoriaProgram) -> VictoriaBuilder {
        VictoriaBuilder { located: located.clone(), program, arguments: Vec::new(), log: None }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        self.client.address()
    }

    /// Version, such as `1.145.0`.
    pub fn version(&self) -> &str {
        &self.launch.located.version
    }

    /// A client for what it has of Prometheus' API: queries of a store, targets of an agent, rules and alerts of vmalert.
    pub fn client(&self) -> &PrometheusClient {
        &self.client
    }

    /// Its working directory.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The child itself.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        self.process.log()
    }

    /// Kills it with `SIGKILL`, as a crash would; what it has written to disk stays.
    pub fn kill(&mut self) -> Result<ExitStatus, VictoriaError> {
        Ok(self.process.kill()?)
    }

    /// Starts it again with the same data on the same port, having stopped it where it still runs, and waits until it is ready.
    pub fn restart(&mut self) -> Result<(), VictoriaError> {
        self.process.stop()?;
        self.process = self.launch.start()?;
        Ok(())
    }

    /// Stops it and awaits its end.
    pub fn stop(mut self) -> Result<(), VictoriaError> {
        self.process.stop()?;
        Ok(())
    }

    /// Sum of those of its own metrics that are called `name` and have all of `labels`; 0 where there is none.
    pub fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Result<f64, VictoriaError> {
        let url = format!("http://{}/metrics", self.address());
        Ok(sum_of(&self.get(&url)?, name, labels))
    }

    /// Of a store: every sample of what `selector` selects, as it was taken in from `from` to `to`, both included. Series come in the order of
    /// their labels, samples in that of time; what could be queried just now is among them.
    pub fn export(&self, selector: &str, from: SystemTime, to: SystemTime) -> Result<Vec<Series>, VictoriaError> {
        #[derive(Deserialize)]
        struct Line {
            metric: BTreeMap<String, String>,
            /// `null` where a series was marked as ended.
            values: Vec<Option<f64>>,
            timestamps: Vec<i64>,
        }
        let odd = |problem: String| VictoriaError::Unexpected {
            program: self.program,
            question: selector.to_owned(),
            problem,
        };
        let url = format!("http://{}/api/v1/export", self.address());
        let parameters = [("match[]", selector.to_owned()), ("start", seconds(from)), ("end", seconds(to))];
        let url = Url::parse_with_params(&url, parameters).map_err(|error| odd(error.to_string()))?;
        let text = self.get(url.as_str())?;
        // A series may come in pieces.
        let mut series: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
        for line in text.lines() {
            let line: Line = serde_json::from_str(line).map_err(|error| odd(format!("{error} in {line}")))?;
            let times = line.timestamps.into_iter().map(|time| time as f64 / 1000.0);
            let points = times.zip(line.values.into_iter().map(|value| value.unwrap_or(f64::NAN)));
            series.entry(line.metric).or_default().extend(points);
        }
        let sorted = series.into_iter().map(|(labels, mut points)| {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            Series { labels, points }
        });
        Ok(sorted.collect())
    }

    fn get(&self, url: &str) -> Result<String, VictoriaError> {
        let answer = self.http.get(url).send().and_then(|answer| answer.error_for_status()?.text());
        answer.map_err(|source| VictoriaError::Http {
            program: self.program,
            address: self.address().to_owned(),
            source,
        })
    }
}
