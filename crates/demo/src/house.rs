//! What runs: sigil as a process of its own, and Prometheus.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use stack::{Parts, PartsError, Process, ProcessError, Prometheus, PrometheusError, Scrape};
use tempfile::TempDir;

use crate::{arguments::Options, catalogue::TELEMETRY};

/// First argument with which the demo's own program runs sigil instead.
pub(crate) const RUN_SIGIL: &str = "run-sigil";

/// Job name of sigil in Prometheus.
pub(crate) const JOB: &str = "sigil";

/// Time between scrapes.
const INTERVAL: Duration = Duration::from_secs(1);

/// Where spans go; set, a part of the requests is traced.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

const READY: Duration = Duration::from_secs(30);

/// The versions that are supported.
const WANTED: &str = "2.42 or newer, or 3.x";

/// Why the house doesn't stand.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HouseError {
    #[error("cannot make a temporary folder; check that {} is writable: {source}", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error("cannot find the demo's own program to run sigil with: {0}")]
    Program(io::Error),
    #[error("{0}\n{help}", help = "another port can be chosen with --port")]
    Sigil(ProcessError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("--prometheus {}: there is no such file; name the program of Prometheus {WANTED}", .0.display())]
    NoSuchPrometheus(PathBuf),
    #[error("{0}; wanted is {WANTED}")]
    UnfitPrometheus(PartsError),
    #[error(transparent)]
    Parts(#[from] PartsError),
    #[error(transparent)]
    Prometheus(#[from] PrometheusError),
}

/// How sigil is started.
#[derive(Clone, Debug)]
pub(crate) struct SigilPlan {
    /// Its telemetry.yaml.
    pub(crate) telemetry: String,
    /// Port of the API; 0 picks one.
    pub(crate) port: u16,
    /// Seconds between collections.
    pub(crate) gc_interval: f64,
    /// Set for it alone.
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl Default for SigilPlan {
    fn default() -> Self {
        SigilPlan { telemetry: TELEMETRY.to_owned(), port: 0, gc_interval: 2.0, environment: Vec::new() }
    }
}

/// A running sigil.
pub(crate) struct Sigil {
    process: Process,
    /// `host:port` of the API and `/metrics`.
    pub(crate) address: String,
    /// `host:port` of the admin listener.
    pub(crate) admin: String,
    folder: TempDir,
}

impl Sigil {
    /// Starts it on an empty embedded store in a temporary folder.
    pub(crate) fn start(plan: &SigilPlan) -> Result<Self, HouseError> {
        let failed = |source| HouseError::Folder { folder: env::temp_dir(), source };
        let folder = tempfile::Builder::new().prefix("lapwing-demo-").tempdir().map_err(failed)?;
        let (process, address, admin) = spawn(plan, folder.path())?;
        Ok(Sigil { process, address, admin, folder })
    }

    /// Starts it again on the same store, having stopped it where it still runs; its addresses are others then.
    pub(crate) fn restart(&mut self, plan: &SigilPlan) -> Result<(), HouseError> {
        self.process.stop()?;
        (self.process, self.address, self.admin) = spawn(plan, self.folder.path())?;
        Ok(())
    }

    /// Kills it as a crash would; its store stays.
    pub(crate) fn kill(&mut self) -> Result<(), ProcessError> {
        self.process.kill().map(drop)
    }

    /// Fails when it has ended, with the end of its log.
    pub(crate) fn check(&mut self) -> Result<(), ProcessError> {
        alive(&mut self.process, "sigil")
    }

    /// Its last log lines.
    pub(crate) fn log_tail(&self) -> String {
        self.process.log_tail(20)
    }

    /// What Lapwing warned of in its log, from the start. Each problem is logged once, so these are few.
    pub(crate) fn warnings(&self) -> String {
        let log = self.process.output();
        let warnings = log.lines().filter(|line| line.contains(" WARN lapwing") || line.contains(" ERROR lapwing"));
        warnings.take(20).collect::<Vec<_>>().join("\n")
    }

    /// Lets it finish and awaits its end. `false` where it had to be killed or ended with an error.
    pub(crate) fn stop(&mut self) -> Result<bool, ProcessError> {
        Ok(self.process.stop()?.success())
    }
}

fn spawn(plan: &SigilPlan, folder: &Path) -> Result<(Process, String, String), HouseError> {
    let telemetry = folder.join("telemetry.yaml");
    fs::write(&telemetry, &plan.telemetry)
        .map_err(|source| HouseError::Folder { folder: folder.to_owned(), source })?;
    let program = env::current_exe().map_err(HouseError::Program)?;
    let mut process = Process::builder("sigil", program, folder.join("sigil.log"))
        .arg(RUN_SIGIL)
        .args(["--listen", &format!("127.0.0.1:{}", plan.port), "--admin", "127.0.0.1:0"])
        .args(["--gc-interval", &plan.gc_interval.to_string(), "--retention", "2"])
        .args([Path::new("--data"), &folder.join("data"), Path::new("--otel-config"), &telemetry]);
    // Traced without a collector, spans would fail to be exported, which counts as a problem.
    let traced = env::var_os(ENDPOINT).is_some_and(|endpoint| !endpoint.is_empty());
    // What the user has set for other services must not change what is shown here.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("SIGIL_")
            || name.starts_with("OTEL_") && !(traced && name.starts_with("OTEL_EXPORTER_OTLP_"))
            || name == "DATABASE_URL"
            || name == "METRICS_TOKEN"
        {
            process = process.env_remove(name.as_ref());
        }
    }
    for (name, value) in &plan.environment {
        process = process.env(name, value);
    }
    let ratio = if traced { "0.1" } else { "0" };
    let mut process = process.env("SIGIL_TRACE_RATIO", ratio).spawn().map_err(HouseError::Sigil)?;
    let mut told = |name: &str| {
        let prefix = format!("{name} listening on http://");
        process
            .wait_line(&format!("`{prefix}…`"), READY, |line| line.strip_prefix(&prefix).map(str::to_owned))
            .map_err(HouseError::Sigil)
    };
    let (address, admin) = (told("sigil")?, told("admin")?);
    Ok((process, address, admin))
}

/// Fails when the child has ended by itself.
fn alive(process: &mut Process, name: &str) -> Result<(), ProcessError> {
    match process.exited()? {
        None => Ok(()),
        Some(status) => Err(ProcessError::Exited { name: name.to_owned(), status, tail: process.log_tail(20) }),
    }
}

/// Fails when the Prometheus named on the command line isn't there.
pub(crate) fn check_named(options: &Options) -> Result<(), HouseError> {
    match &options.prometheus {
        Some(path) if !path.exists() => Err(HouseError::NoSuchPrometheus(path.clone())),
        _ => Ok(()),
    }
}

/// Fetches Prometheus if need be and starts it on sigil.
pub(crate) fn start_prometheus(
    options: &Options,
    sigil: &Sigil,
    progress: &mut dyn FnMut(&str),
) -> Result<Prometheus, HouseError> {
    let located =
        Parts::from_env().any_prometheus(options.prometheus.as_deref(), progress).map_err(|error| match error {
            unfit @ PartsError::Override { variable: "--prometheus", .. } => HouseError::UnfitPrometheus(unfit),
            other => HouseError::Parts(other),
        })?;
    let scrape = Scrape::new(JOB, &sigil.address);
    Ok(Prometheus::builder(&located).interval(INTERVAL).exemplars().scrape(scrape).start()?)
}

/// Fails when Prometheus has ended by itself.
pub(crate) fn check_prometheus(prometheus: &mut Prometheus) -> Result<(), ProcessError> {
    alive(prometheus.process(), "prometheus")
}
