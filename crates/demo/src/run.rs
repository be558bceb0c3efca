//! One run from start to end.

use std::{
    fs,
    io::{self, Write as _},
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant, SystemTime},
};

use stack::Alertmanager;

use crate::{
    admin::Admin,
    announce::announce,
    arguments::Options,
    catalogue::Catalogue,
    declared::Declared,
    error::RunError,
    figures::{self, Figures},
    house::{self, House, HouseError, Servers},
    incident::Incident,
    load::{Load, Pace, Seen},
    panels::Panels,
    received::{self, Received},
    report::{Report, await_scrape},
    screen::{Screen, View},
};

/// How often faults are looked after and children are checked.
const TICK: Duration = Duration::from_millis(250);
/// Concurrent clients.
const CLIENTS: usize = 8;
/// How often sigil is told how the load goes.
const TELL: Duration = Duration::from_secs(5);

/// How long the last scrape is waited for.
const LAST_SCRAPE: Duration = Duration::from_secs(12);

/// Runs until the duration is over or `interrupted` says so. Returns whether all was as it should be.
pub(crate) fn run(options: &Options, interrupted: &Receiver<()>) -> Result<bool, RunError> {
    let catalogue = Catalogue::of_sigil()?;
    if let Some(path) = &options.report {
        // Found out now rather than after the run.
        fs::File::create(path).map_err(|source| RunError::Report { path: path.clone(), source })?;
    }
    house::check_named(options)?;
    let declared = Declared::of_sigil()?;
    let mut screen = Screen::new();
    let mut say = |line: &str| {
        // Progress is no reason to fail.
        let _ = screen.say(line);
    };
    let servers = Servers::find(options, &mut say)?;
    let mut house = House::start(options, &declared, &servers, &mut say)?;
    if interrupted.try_recv().is_ok() {
        return Ok(true);
    }
    announce(&house, options, &mut screen)?;
    let incident = match (options.incident, house.prometheus.is_some() && house.alertmanager().is_some()) {
        (false, _) => None,
        (true, true) => Some(Incident::new(&declared)),
        (true, false) => return Err(RunError::NoIncident),
    };

    let mut session = Session {
        options,
        catalogue: &catalogue,
        declared: &declared,
        incident,
        load: Load::start(&house.sigil.address, Pace { rate: options.rate, clients: CLIENTS, bursts: true })?,
        admin: Admin::new(&house.sigil.admin)?,
        screen,
        begin: Instant::now(),
        began: SystemTime::now(),
        told: Instant::now(),
        all: Seen::default(),
        said_rising: false,
    };
    let ended = session.watch(&mut house, interrupted);
    // A request that failed because sigil died is better told by how it died.
    let ended = ended.or_else(|error| house.check().map_err(RunError::from).and(Err(error)));
    let report = match &ended {
        // Who interrupts and wants no report is not made to wait for one.
        Ok(true) if options.report.is_none() => Ok(Report::without_prometheus(&house.sigil.address, true)),
        Ok(_) => session.finish(&house),
        // A dead sigil can be asked nothing; its end is the message.
        Err(_) => Ok(Report::without_prometheus(&house.sigil.address, false)),
    };
    let incident = session.incident.take().map(Incident::outcome);
    drop(session);

    let House { prometheus, alerting, mut sigil, postgres } = house;
    let clean = sigil.stop()?;
    let tail = sigil.log_tail();
    if let Some(prometheus) = prometheus {
        prometheus.stop().map_err(HouseError::from)?;
    }
    drop((alerting, postgres));
    let mut report = report?;
    if ended.is_ok() && !clean {
        report.problems.push(format!("sigil didn't stop in order; the end of its log:\n{tail}"));
    }
    if report.counted_problems {
        // Its log goes with the temporary folder.
        report.problems.push(format!("sigil counted problems; its log says:\n{}", sigil.warnings()));
    }
    report.add_incident(incident);
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

struct Session<'a> {
    options: &'a Options,
    catalogue: &'a Catalogue,
    declared: &'a Declared,
    incident: Option<Incident<'a>>,
    load: Load,
    admin: Admin,
    screen: Screen,
    begin: Instant,
    began: SystemTime,
    /// When sigil was last told how the load goes.
    told: Instant,
    all: Seen,
    /// Whether it was said that rates are still rising.
    said_rising: bool,
}

impl Session<'_> {
    /// Shows and looks after things; returns whether it was interrupted.
    fn watch(&mut self, house: &mut House, interrupted: &Receiver<()>) -> Result<bool, RunError> {
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
            house.check()?;
            self.look_at_incident(house)?;
            // An incident is told alone.
            if self.options.faults && self.incident.is_none() {
                self.admin.at(self.begin.elapsed())?;
            }
            if self.told.elapsed() >= TELL {
                self.tell()?;
            }
            if shown.elapsed() >= self.screen.interval() {
                shown = Instant::now();
                self.show(house, &mut figures)?;
            }
        }
    }

    fn look_at_incident(&mut self, house: &House) -> Result<(), RunError> {
        if let (Some(incident), Some(prometheus), Some(alerting)) =
            (&mut self.incident, &house.prometheus, &house.alerting)
        {
            for new in incident.look(prometheus.client(), alerting.receivers(), &mut self.admin)? {
                self.screen.say(&format!("incident [{:>5.1} s] {new}", self.begin.elapsed().as_secs_f64()))?;
            }
        }
        Ok(())
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

    fn show(&mut self, house: &House, figures: &mut Vec<Figures>) -> Result<(), RunError> {
        let mut note = None;
        let mut alerts = None;
        match house.prometheus.as_ref().map(|prometheus| figures::ask(prometheus.client(), &self.catalogue.operations))
        {
            Some(Ok(new)) => {
                *figures = new;
                alerts = self.alerts(house)?;
            }
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
            alerts: alerts.as_ref().map(|(alerts, told)| (alerts.as_str(), told.as_str())),
            note: note.as_deref(),
        })?;
        Ok(())
    }

    /// Which there are, and what was told of them.
    fn alerts(&self, house: &House) -> Result<Option<(String, String)>, RunError> {
        let (Some(prometheus), Some(alerting)) = (&house.prometheus, &house.alerting) else { return Ok(None) };
        let told = match alerting.alertmanager() {
            Some(_) => Received::of(alerting.receivers()).says(),
            None => "nobody, without Alertmanager".to_owned(),
        };
        Ok(Some((received::says(&prometheus.alerts()?), told)))
    }

    /// Ends load and faults, lets Prometheus see the last of it, and asks it for everything.
    fn finish(&mut self, house: &House) -> Result<Report, RunError> {
        self.load.stop();
        self.admin.clear()?;
        self.tell()?;
        let address = &house.sigil.address;
        let Some(prometheus) = &house.prometheus else {
            return Ok(Report::without_prometheus(address, self.admin.healthy(address)));
        };
        // A missed scrape shows in the report; waiting longer would not help.
        let _ = await_scrape(prometheus, SystemTime::now(), LAST_SCRAPE);
        let mut report = Report::of(prometheus, address, self.catalogue, house.postgres.is_some())?;
        if let Some(alerting) = &house.alerting {
            let dashboards = self.declared.dashboards()?;
            let absent =
                self.catalogue.metrics.iter().filter(|metric| metric.needs_postgres && house.postgres.is_none());
            let absent: Vec<&str> = absent.map(|metric| metric.name.as_str()).collect();
            let run = (self.began, SystemTime::now());
            report.add_panels(Panels::ask(prometheus.client(), &dashboards, run, &absent)?);
            report.add_alerting(alerting.alertmanager().map(Alertmanager::version), Received::of(alerting.receivers()));
        }
        self.show(house, &mut Vec::new())?;
        Ok(report)
    }
}
