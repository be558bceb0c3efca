//! One run from start to end.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant, SystemTime},
};

use stack::{ApiError, ProcessError, Prometheus};

use crate::{
    admin::Admin,
    arguments::Options,
    catalogue::Catalogue,
    drill::StageError,
    figures::{self, Figures},
    house::{self, HouseError, Sigil, SigilPlan},
    load::{Load, Pace, Seen},
    report::{Report, await_scrape},
    screen::{Screen, View},
};

/// How often faults are looked after and children are checked.
const TICK: Duration = Duration::from_millis(250);
/// Concurrent clients.
const CLIENTS: usize = 8;
/// How often sigil is told how the load goes.
const TELL: Duration = Duration::from_secs(5);

/// P95 of encoding, as part of a URL that a shell takes as it is.
const QUERY: &str =
    "histogram_quantile%280.95,sum+by+%28le%29+%28rate%28sigil_encode_duration_seconds_bucket%5B30s%5D%29%29%29";
/// How long the last scrape is waited for.
const LAST_SCRAPE: Duration = Duration::from_secs(12);

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("the declarations that are built in are wrong: {0}")]
    Declarations(#[from] lapwing_config::ConfigError),
    #[error(transparent)]
    House(#[from] HouseError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Prometheus(#[from] ApiError),
    #[error(transparent)]
    Drill(#[from] StageError),
    /// What there is not.
    #[error("{0}; `cargo demo -- drill` says which there are")]
    NoDrill(String),
    #[error("cannot drive sigil: {0}")]
    Client(#[from] reqwest::Error),
    #[error("cannot write the report {}: {source}; choose another file with --report", path.display())]
    Report { path: PathBuf, source: io::Error },
    #[error("cannot write to the terminal: {0}")]
    Screen(#[from] io::Error),
}

/// Runs until the duration is over or `interrupted` says so. Returns whether all was as it should be.
pub(crate) fn run(options: &Options, interrupted: &Receiver<()>) -> Result<bool, RunError> {
    let catalogue = Catalogue::of_sigil()?;
    if let Some(path) = &options.report {
        // Found out now rather than after the run.
        fs::File::create(path).map_err(|source| RunError::Report { path: path.clone(), source })?;
    }
    house::check_named(options)?;
    let mut screen = Screen::new();
    screen.say("starting sigil on an embedded store in a temporary folder")?;
    let mut sigil = Sigil::start(&SigilPlan { port: options.port, ..SigilPlan::default() })?;
    let mut prometheus = start_prometheus(options, &sigil, &mut screen)?;
    if interrupted.try_recv().is_ok() {
        return Ok(true);
    }
    announce(&sigil, prometheus.as_ref(), options, &mut screen)?;

    let mut session = Session {
        options,
        catalogue: &catalogue,
        load: Load::start(&sigil.address, Pace { rate: options.rate, clients: CLIENTS, bursts: true })?,
        admin: Admin::new(&sigil.admin)?,
        screen,
        begin: Instant::now(),
        told: Instant::now(),
        all: Seen::default(),
        said_rising: false,
    };
    let ended = session.watch(&mut sigil, &mut prometheus, interrupted);
    // A request that failed because sigil died is better told by how it died.
    let ended = ended.or_else(|error| sigil.check().map_err(RunError::from).and(Err(error)));
    let report = match &ended {
        // Who interrupts and wants no report is not made to wait for one.
        Ok(true) if options.report.is_none() => Ok(Report::without_prometheus(&sigil.address, true)),
        Ok(_) => session.finish(&sigil, prometheus.as_ref()),
        // A dead sigil can be asked nothing; its end is the message.
        Err(_) => Ok(Report::without_prometheus(&sigil.address, false)),
    };
    drop(session);

    let clean = sigil.stop()?;
    let tail = sigil.log_tail();
    if let Some(prometheus) = prometheus {
        prometheus.stop().map_err(HouseError::from)?;
    }
    let mut report = report?;
    if ended.is_ok() && !clean {
        report.problems.push(format!("sigil didn't stop in order; the end of its log:\n{tail}"));
    }
    if report.counted_problems {
        // Its log goes with the temporary folder.
        report.problems.push(format!("sigil counted problems; its log says:\n{}", sigil.warnings()));
    }
    if let Some(path) = &options.report {
        let json = serde_json::to_string_pretty(&report).map_err(io::Error::from);
        json.and_then(|json| fs::write(path, json + "\n"))
            .map_err(|source| RunError::Report { path: path.clone(), source })?;
    }
    let interrupted = ended?;
    // Who interrupts may do so before the first scrape; what is missing then is no fault.
    let good = interrupted || report.problems.is_empty();
    for problem in report.problems.iter().filter(|_| !good) {
        eprintln!("problem: {problem}");
    }
    let place = options.report.as_ref().map_or(String::new(), |path| format!("; the report is in {}", path.display()));
    // Whoever closed standard output doesn't want to know.
    let _ = writeln!(io::stdout(), "all stopped{place}");
    Ok(good)
}

/// `None` where Prometheus can't be had, which is said.
fn start_prometheus(options: &Options, sigil: &Sigil, screen: &mut Screen) -> Result<Option<Prometheus>, RunError> {
    let mut progress = |line: &str| {
        // Progress is no reason to fail.
        let _ = screen.say(line);
    };
    match house::start_prometheus(options, sigil, &mut progress) {
        Ok(prometheus) => Ok(Some(prometheus)),
        // Asked for by name, it must be had.
        Err(error) if options.prometheus.is_some() => Err(error.into()),
        Err(error @ (HouseError::Parts(_) | HouseError::Prometheus(_))) => {
            screen.say(&format!("going on without Prometheus: {error}"))?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn announce(
    sigil: &Sigil,
    prometheus: Option<&Prometheus>,
    options: &Options,
    screen: &mut Screen,
) -> Result<(), RunError> {
    screen.say("")?;
    screen.say(&format!("sigil       http://{}/api/sigils", sigil.address))?;
    screen.say(&format!("metrics     http://{}/metrics", sigil.address))?;
    screen.say(&format!("admin       http://{}/admin/faults", sigil.admin))?;
    screen.say(&format!("            {}", fault_command(&sigil.admin)))?;
    if options.faults {
        screen.say("            (lasts until the demo's own next fault; with --no-faults until you end it with curl -X DELETE)")?;
    }
    if let Some(prometheus) = prometheus {
        let address = prometheus.address();
        let (say, link) = match prometheus.client().has_web_interface() {
            true => ("", format!("http://{address}/graph?g0.tab=0&g0.range_input=5m&g0.expr={QUERY}")),
            // Debian's packages of 3.x leave the web interface out; the API can be looked at just as well.
            false => (", this package has no web interface", format!("http://{address}/api/v1/query?query={QUERY}")),
        };
        screen.say(&format!("Prometheus  http://{address} ({}{say})", prometheus.version()))?;
        screen.say(&format!("try         {link}"))?;
    }
    let end = options.duration.map_or("until Ctrl-C".to_owned(), |duration| format!("for {duration:?}"));
    screen.say(&format!("\nload of about {} operations a second {end}", options.rate))?;
    Ok(())
}

/// A line for the shell that makes a part of the encodings fail.
fn fault_command(admin: &str) -> String {
    let fault = r#"{"operation":"encode","error_rate":0.3}"#;
    format!("curl -X PUT -H 'content-type: application/json' -d '{fault}' http://{admin}/admin/faults")
}

struct Session<'a> {
    options: &'a Options,
    catalogue: &'a Catalogue,
    load: Load,
    admin: Admin,
    screen: Screen,
    begin: Instant,
    /// When sigil was last told how the load goes.
    told: Instant,
    all: Seen,
    /// Whether it was said that rates are still rising.
    said_rising: bool,
}

impl Session<'_> {
    /// Shows and looks after things; returns whether it was interrupted.
    fn watch(
        &mut self,
        sigil: &mut Sigil,
        prometheus: &mut Option<Prometheus>,
        interrupted: &Receiver<()>,
    ) -> Result<bool, RunError> {
        let mut figures = Vec::new();
        let mut shown = Instant::now();
        loop {
            let left = self.options.duration.map(|duration| duration.saturating_sub(self.begin.elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
            match interrupted.recv_timeout(left.map_or(TICK, |left| left.min(TICK))) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(true),
                Err(RecvTimeoutError::Timeout) => {}
            }
            sigil.check()?;
            if let Some(prometheus) = prometheus {
                house::check_prometheus(prometheus)?;
            }
            if self.options.faults {
                self.admin.at(self.begin.elapsed())?;
            }
            if self.told.elapsed() >= TELL {
                self.tell()?;
            }
            if shown.elapsed() >= self.screen.interval() {
                shown = Instant::now();
                self.show(prometheus.as_ref(), &mut figures)?;
            }
        }
    }

    /// What the clients saw goes to sigil, whose gauges show it.
    fn tell(&mut self) -> Result<(), RunError> {
        let mut seen = self.load.take();
        let throughput = seen.latencies.len() as f64 / self.told.elapsed().as_secs_f64().max(0.001);
        self.told = Instant::now();
        // A run is good when hardly anything failed or was lost.
        let bad = seen.failed + seen.lost;
        let ok = !seen.latencies.is_empty() && bad * 20 <= seen.latencies.len();
        let p95 = seen.p95();
        self.admin.tell_load_run("mixed", ok, throughput, p95)?;
        self.all.failed += seen.failed;
        self.all.refused += seen.refused;
        self.all.lost += seen.lost;
        self.all.latencies.append(&mut seen.latencies);
        Ok(())
    }

    fn show(&mut self, prometheus: Option<&Prometheus>, figures: &mut Vec<Figures>) -> Result<(), RunError> {
        let mut note = None;
        match prometheus.map(|prometheus| figures::ask(prometheus.client(), &self.catalogue.operations)) {
            Some(Ok(new)) => *figures = new,
            Some(Err(error)) => note = Some(error.to_string()),
            None => note = Some("without Prometheus there are only the clients' own figures".to_owned()),
        }
        if note.is_none() && !figures.iter().any(Figures::known) {
            note = Some("waiting for Prometheus' second scrape".to_owned());
        } else if note.is_none() && self.begin.elapsed() < figures::WINDOW_LENGTH && !self.said_rising {
            self.said_rising = !self.screen.redraws();
            note = Some("rates are still rising: the window reaches back before the start".to_owned());
        }
        let Seen { latencies, failed, refused, lost } = &self.all;
        let answered = latencies.len();
        let load = format!("{answered} answers, of them {failed} failed; {lost} without answer");
        self.screen.show(&View {
            elapsed: self.begin.elapsed(),
            figures,
            load: &load,
            refused: *refused,
            fault: self.admin.says(),
            note: note.as_deref(),
        })?;
        Ok(())
    }

    /// Ends load and faults, lets Prometheus see the last of it, and asks it for everything.
    fn finish(&mut self, sigil: &Sigil, prometheus: Option<&Prometheus>) -> Result<Report, RunError> {
        self.load.stop();
        self.admin.clear()?;
        self.tell()?;
        let Some(prometheus) = prometheus else {
            return Ok(Report::without_prometheus(&sigil.address, self.admin.healthy(&sigil.address)));
        };
        // A missed scrape shows in the report; waiting longer would not help.
        let _ = await_scrape(prometheus, SystemTime::now(), LAST_SCRAPE);
        let report = Report::of(prometheus, &sigil.address, self.catalogue)?;
        self.show(Some(prometheus), &mut Vec::new())?;
        Ok(report)
    }
}
