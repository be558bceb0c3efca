//! What runs: sigil as a process of its own, Prometheus and Alertmanager, PostgreSQL.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use stack::{
    Alertmanager, Located, Part, Parts, PartsError, Postgres, Process, ProcessError, Prometheus, PrometheusError,
    Scrape,
};
use tempfile::TempDir;

use crate::{alerting::Alerting, arguments::Options, catalogue::TELEMETRY, declared::Declared};

/// First argument with which the demo's own program runs sigil instead.
pub(crate) const RUN_SIGIL: &str = "run-sigil";

/// Job name of sigil in Prometheus.
pub(crate) const JOB: &str = "sigil";

/// All declared windows and waits of rules and routes are divided by this, so that there is something to see within a minute.
pub(crate) const COMPRESS: u32 = 60;

/// Time between scrapes, and how long one may take. Not a sixtieth of what is declared: a busy machine would miss many.
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

/// The servers of others, as far as they can be had.
pub(crate) struct Servers {
    prometheus: Option<Located>,
    alertmanager: Option<Located>,
    postgres: Option<Located>,
}

impl Servers {
    /// Fetches what isn't there; what can't be had is said.
    pub(crate) fn find(options: &Options, say: &mut dyn FnMut(&str)) -> Result<Self, HouseError> {
        let parts = Parts::from_env();
        let named = options.prometheus.as_deref();
        let prometheus = match parts.any_prometheus(named, say) {
            Ok(located) => Some(located),
            Err(unfit @ PartsError::Override { variable: "--prometheus", .. }) => {
                return Err(HouseError::UnfitPrometheus(unfit));
            }
            // Asked for by name, it must be had.
            Err(error) if named.is_some() => return Err(error.into()),
            Err(error) => without("Prometheus", &error, say),
        };
        let alertmanager = prometheus.as_ref().and_then(|prometheus| {
            parts
                .any_alertmanager(&prometheus.version, say)
                .map_or_else(|error| without("Alertmanager", &error, say), Some)
        });
        // Nobody would see what it adds.
        let postgres = prometheus.as_ref().and_then(|_| {
            let found = parts.get_or_fetch(Part::Postgres15, say);
            found.map_or_else(|error| without("PostgreSQL", &error, say), Some)
        });
        Ok(Servers { prometheus, alertmanager, postgres })
    }
}

fn without<T>(what: &str, error: &dyn std::error::Error, say: &mut dyn FnMut(&str)) -> Option<T> {
    say(&format!("going on without {what}: {error}"));
    None
}

/// All that runs.
pub(crate) struct House {
    // Dropped in this order: who asks before who answers.
    pub(crate) prometheus: Option<Prometheus>,
    pub(crate) alerting: Option<Alerting>,
    pub(crate) sigil: Sigil,
    pub(crate) postgres: Option<Postgres>,
}

impl House {
    /// Starts what there is; what doesn't start is said, and gone on without, except for sigil.
    pub(crate) fn start(
        options: &Options,
        declared: &Declared,
        servers: &Servers,
        say: &mut dyn FnMut(&str),
    ) -> Result<Self, HouseError> {
        let postgres = servers.postgres.as_ref().and_then(|located| {
            say("starting PostgreSQL, to which sigil hands on what it stores");
            Postgres::start(located).map_or_else(|error| without("PostgreSQL", &error, say), Some)
        });
        say("starting sigil on an embedded store in a temporary folder");
        let environment = postgres.iter().map(|postgres| ("DATABASE_URL", postgres.url())).collect();
        let sigil = Sigil::start(&SigilPlan { port: options.port, environment, ..SigilPlan::default() })?;
        let Some(located) = &servers.prometheus else {
            return Ok(House { prometheus: None, alerting: None, sigil, postgres });
        };
        let mut alerting =
            Alerting::prepare(declared, COMPRESS).map_or_else(|error| without("rules and routes", &error, say), Some);
        if let (Some(alerting), Some(located)) = (&mut alerting, &servers.alertmanager)
            && let Err(error) = alerting.start_alertmanager(located, Duration::from_secs(60))
        {
            without::<()>("Alertmanager", &error, say);
        }
        let prometheus = Prometheus::builder(located).interval(INTERVAL);
        let prometheus = alerting.iter().fold(prometheus, |prometheus, alerting| alerting.wire(prometheus));
        let prometheus = match prometheus.exemplars().scrape(Scrape::new(JOB, &sigil.address)).start() {
            Ok(prometheus) => Some(prometheus),
            Err(error) if options.prometheus.is_some() => return Err(error.into()),
            Err(error) => without("Prometheus", &error, say),
        };
        Ok(House { prometheus, alerting, sigil, postgres })
    }

    pub(crate) fn alertmanager(&self) -> Option<&Alertmanager> {
        self.alerting.as_ref().and_then(Alerting::alertmanager)
    }

    /// Fails when one of them has ended by itself.
    pub(crate) fn check(&mut self) -> Result<(), ProcessError> {
        self.sigil.check()?;
        if let Some(prometheus) = &mut self.prometheus {
            alive(prometheus.process(), "prometheus")?;
        }
        if let Some(alertmanager) = self.alerting.as_mut().and_then(Alerting::alertmanager_mut) {
            alive(alertmanager.process(), "alertmanager")?;
        }
        self.postgres.as_mut().map_or(Ok(()), |postgres| alive(postgres.process(), "postgres"))
    }
}
