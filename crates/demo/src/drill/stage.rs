//! A stage: sigil, Prometheus, Alertmanager and the stand-ins, with the generated files at compressed waits.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use stack::{
    Alertmanager, AlertmanagerApiError, AlertmanagerError, ApiError, Located, Part, Parts, PartsError, Postgres,
    PostgresError, ProcessError, Prometheus, PrometheusClient, PrometheusError, Receivers, Scrape, ScrapeProxy,
    StandInError,
};

use crate::{
    alerting::{Alerting, AlertingError},
    declared::{Declared, DeclaredError},
    generation::Generation,
    house::{HouseError, JOB, Sigil, SigilPlan},
    load::{Load, Pace},
};

/// Prometheus scrapes no faster than this.
const FASTEST: Duration = Duration::from_millis(200);
/// Prometheus looks back no less than this for a last value; its default is 5 min.
const LOOKBACK: Duration = Duration::from_secs(5);
const READY: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// Free space that is shown while nothing is wrong with the disk, so that what the machine has doesn't count.
const PLENTY: u64 = 100 << 30;

/// Why a stage can't be set up, or something can't be done on it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StageError {
    #[error(transparent)]
    Declared(#[from] DeclaredError),
    #[error(transparent)]
    House(#[from] HouseError),
    #[error(transparent)]
    Parts(#[from] PartsError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Prometheus(#[from] PrometheusError),
    #[error(transparent)]
    Alerting(#[from] AlertingError),
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    #[error(transparent)]
    StandIn(#[from] StandInError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Alertmanager(#[from] AlertmanagerError),
    #[error(transparent)]
    AlertmanagerApi(#[from] AlertmanagerApiError),
    #[error("cannot drive sigil: {0}")]
    Client(#[from] reqwest::Error),
    #[error("cannot write a file of the drill: {0}")]
    File(#[from] io::Error),
    #[error("the stage was not ready within {READY:?}: {0}")]
    NotReady(String),
    #[error("{0} fires without its fault, for {1:?}; is the machine too busy for the declared thresholds?")]
    NotCalm(String, Duration),
    #[error("within {1:?} there was not {0}")]
    NotSeen(String, Duration),
    #[error("interrupted")]
    Interrupted,
}

/// The programs of a stage.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) prometheus: Located,
    pub(crate) alertmanager: Located,
    /// Only where a drill needs it.
    pub(crate) postgres: Option<Located>,
}

impl Programs {
    /// Fetches what isn't there.
    pub(crate) fn find(
        generation: Generation,
        postgres: bool,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, PartsError> {
        let parts = Parts::from_env();
        let (prometheus, alertmanager) = match generation {
            Generation::Old => (Part::Prometheus2, Part::Alertmanager25),
            Generation::New => (Part::Prometheus3, Part::Alertmanager33),
        };
        let mut get = |part| parts.get_or_fetch(part, progress);
        Ok(Programs {
            prometheus: get(prometheus)?,
            alertmanager: get(alertmanager)?,
            postgres: if postgres { Some(get(Part::Postgres15)?) } else { None },
        })
    }
}

/// What a stage is set up with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Setting {
    /// Shown in progress.
    pub(crate) name: &'static str,
    /// All declared windows and waits are divided by this.
    pub(crate) compress: u32,
    pub(crate) load: Option<Pace>,
    pub(crate) postgres: bool,
    /// Between two times that Alertmanager writes to disk what it has notified of; not divided.
    pub(crate) maintenance: Duration,
}

/// See the module.
pub(crate) struct Stage {
    pub(crate) setting: Setting,
    // Dropped in this order: who asks before who answers.
    load: Option<Load>,
    prometheus: Mutex<Prometheus>,
    alerting: Alerting,
    alertmanager: Mutex<Alertmanager>,
    pub(crate) client: PrometheusClient,
    pub(crate) proxy: ScrapeProxy,
    sigil: Mutex<Sigil>,
    postgres: Option<Mutex<Postgres>>,
    http: reqwest::blocking::Client,
}

impl Stage {
    /// Starts all of it and waits until Prometheus has scraped and the Watchdog has arrived.
    pub(crate) fn start(
        declared: &Declared,
        programs: &Programs,
        setting: Setting,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Self, StageError> {
        let mut alerting = Alerting::prepare(declared, setting.compress)?;
        alerting.start_alertmanager(&programs.alertmanager, setting.maintenance)?;
        let postgres = match (setting.postgres, &programs.postgres) {
            (true, Some(located)) => Some(Postgres::start(located)?),
            _ => None,
        };
        let url = postgres.iter().map(|postgres| ("DATABASE_URL", postgres.url())).collect();
        let sigil = Sigil::start(&SigilPlan { gc_interval: 0.2, environment: url, ..SigilPlan::default() })?;
        let proxy = ScrapeProxy::start(&sigil.address)?;
        let lookback = LOOKBACK.max(Duration::from_secs(300) / setting.compress);
        let prometheus = Prometheus::builder(&programs.prometheus)
            .interval((declared.monitoring().scrape.interval / setting.compress).max(FASTEST))
            .scrape(Scrape::new(JOB, proxy.address().to_string()))
            // How long a series that is no more scraped counts.
            .argument(format!("--query.lookback-delta={}ms", lookback.as_millis()));
        let prometheus = alerting.wire(prometheus).start()?;
        let load = match setting.load {
            Some(pace) => Some(Load::start(&sigil.address, pace)?),
            None => None,
        };
        let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
        let alertmanager =
            alerting.take_alertmanager().ok_or_else(|| StageError::NotReady("no Alertmanager".to_owned()))?;
        let stage = Stage {
            setting,
            load,
            client: prometheus.client().clone(),
            prometheus: Mutex::new(prometheus),
            alerting,
            alertmanager: Mutex::new(alertmanager),
            proxy,
            sigil: Mutex::new(sigil),
            postgres: postgres.map(Mutex::new),
            http,
        };
        stage.show_plenty()?;
        stage.await_ready(interrupted)?;
        Ok(stage)
    }

    fn await_ready(&self, interrupted: &dyn Fn() -> bool) -> Result<(), StageError> {
        let begin = Instant::now();
        let mut missing = String::new();
        while begin.elapsed() < READY {
            if interrupted() {
                return Err(StageError::Interrupted);
            }
            let up = self.client.value(&format!("up{{job=\"{JOB}\"}}"))?;
            let unhealthy: Vec<_> = self.client.rules()?.into_iter().filter(|rule| !rule.healthy()).collect();
            missing = if up != Some(1.0) {
                format!("up is {up:?}")
            } else if let Some(rule) = unhealthy.first() {
                format!("rule {} is {}: {}", rule.name, rule.health, rule.last_error)
            } else if self.receivers().webhook().messages().is_empty() {
                "no Watchdog has arrived".to_owned()
            } else {
                return Ok(());
            };
            thread::sleep(POLL);
        }
        Err(StageError::NotReady(missing))
    }

    pub(crate) fn receivers(&self) -> &Receivers {
        self.alerting.receivers()
    }

    pub(crate) fn put_fault(&self, fault: &Value) -> Result<(), StageError> {
        let request = self.http.put(format!("http://{}/admin/faults", lock(&self.sigil).admin)).json(fault);
        request.send()?.error_for_status()?;
        Ok(())
    }

    pub(crate) fn end_fault(&self, operation: &str) -> Result<(), StageError> {
        let url = format!("http://{}/admin/faults/{operation}", lock(&self.sigil).admin);
        self.http.delete(url).send()?.error_for_status()?;
        Ok(())
    }

    /// Lets the disk seem to have so many bytes left.
    pub(crate) fn show_free(&self, bytes: u64) -> Result<(), StageError> {
        self.put_fault(&json!({"operation": "disk", "free_bytes": bytes}))
    }

    /// Lets it seem to have as much as while nothing is wrong.
    pub(crate) fn show_plenty(&self) -> Result<(), StageError> {
        self.show_free(PLENTY)
    }

    pub(crate) fn tell_load_run(&self, scenario: &str, ok: bool) -> Result<(), StageError> {
        let run = json!({"scenario": scenario, "ok": ok, "throughput": 100, "p95_seconds": 0.1});
        let url = format!("http://{}/admin/load-runs", lock(&self.sigil).admin);
        self.http.post(url).json(&run).send()?.error_for_status()?;
        Ok(())
    }

    pub(crate) fn encode_batch(&self, size: usize) -> Result<(), StageError> {
        let items: Vec<Value> = (0..size).map(|number| json!({"content": format!("of a drill, {number}")})).collect();
        let url = format!("http://{}/api/sigils", lock(&self.sigil).address);
        self.http.post(url).json(&json!({"items": items})).send()?.error_for_status()?;
        Ok(())
    }

    /// Seals one content and returns its id.
    pub(crate) fn encode(&self) -> Result<String, StageError> {
        let url = format!("http://{}/api/sigils", lock(&self.sigil).address);
        let sealed: Value =
            self.http.post(url).json(&json!({"content": "of a drill"})).send()?.error_for_status()?.json()?;
        Ok(sealed["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Whether a sealed content is there.
    pub(crate) fn has(&self, id: &str) -> Result<bool, StageError> {
        let url = format!("http://{}/api/sigils/{id}", lock(&self.sigil).address);
        Ok(self.http.get(url).send()?.status().is_success())
    }

    pub(crate) fn kill_sigil(&self) -> Result<(), StageError> {
        Ok(lock(&self.sigil).kill()?)
    }

    /// Starts sigil again where scrapes find it.
    pub(crate) fn restart_sigil(&self, plan: &SigilPlan) -> Result<(), StageError> {
        let mut sigil = lock(&self.sigil);
        sigil.restart(plan)?;
        self.proxy.set_target(&sigil.address);
        drop(sigil);
        self.show_plenty()
    }

    pub(crate) fn with_prometheus<T>(
        &self,
        act: impl FnOnce(&mut Prometheus) -> Result<T, StageError>,
    ) -> Result<T, StageError> {
        act(&mut lock(&self.prometheus))
    }

    pub(crate) fn with_alertmanager<T>(
        &self,
        act: impl FnOnce(&mut Alertmanager) -> Result<T, StageError>,
    ) -> Result<T, StageError> {
        act(&mut lock(&self.alertmanager))
    }

    pub(crate) fn with_postgres(
        &self,
        act: impl FnOnce(&mut Postgres) -> Result<(), ProcessError>,
    ) -> Result<(), StageError> {
        match &self.postgres {
            Some(postgres) => Ok(act(&mut lock(postgres))?),
            None => Err(StageError::NotReady("this stage has no PostgreSQL".to_owned())),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // A paused PostgreSQL couldn't be asked to stop.
        let _ = self.with_postgres(|postgres| postgres.process().resume());
        if let Some(load) = &mut self.load {
            load.stop();
        }
    }
}

/// A drill that panicked has said so; what it held is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
