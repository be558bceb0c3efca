//! `cargo demo -- drill`: each alert is given its reason on a real stack, and has to reach those who are to be told, and to resolve.

mod declared;
mod delivered;
mod plan;
mod report;
mod stage;
mod trouble;
mod watch;
mod watchdog;

use std::{
    fs,
    io::{self, Write as _},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    thread,
    time::{Duration, Instant},
};

use lapwing_config::nearest;

pub(crate) use declared::{Declared, DeclaredError};
pub(crate) use plan::Alert;
use plan::{Act, Scenario};
pub(crate) use report::Outcome;
use report::{DrillReport, StackReport, table};
pub(crate) use stage::{Generation, StageError};
use stage::{Programs, Stage};
use trouble::Trouble;
use watch::look_until;
pub(crate) use watch::{Watch, matches};

use crate::{arguments::DrillOptions, run::RunError};

/// Stages that run at the same time.
const SIDE_BY_SIDE: usize = 3;

/// Longer than any alert takes to fire, or to resolve.
const FIRES: Duration = Duration::from_secs(75);
const RESOLVES: Duration = Duration::from_secs(120);

/// What all drills share.
struct Run<'a> {
    declared: &'a Declared,
    programs: &'a Programs,
    begin: Instant,
    interrupted: AtomicBool,
    outcomes: Mutex<Vec<Outcome>>,
}

/// Runs the drills that are asked for; returns whether all went as they should.
pub(crate) fn run(options: &DrillOptions, interrupted: &Receiver<()>) -> Result<bool, RunError> {
    let declared = Declared::of_sigil().map_err(StageError::from)?;
    let Some(acts) = asked(options)? else { return Ok(true) };
    if let Some(path) = &options.report {
        fs::File::create(path).map_err(|source| RunError::Report { path: path.clone(), source })?;
    }
    let postgres = acts.iter().any(|act| act.setting.postgres);
    let programs = Programs::find(options.generation, postgres, &mut |line| say(line)).map_err(StageError::from)?;
    say(&format!(
        "{} drills with Prometheus {} and Alertmanager {}",
        plan::alerts(&acts).count(),
        programs.prometheus.version,
        programs.alertmanager.version
    ));
    let run = Run {
        declared: &declared,
        programs: &programs,
        begin: Instant::now(),
        interrupted: AtomicBool::new(false),
        outcomes: Mutex::new(Vec::new()),
    };
    let left = Mutex::new(acts.iter());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..SIDE_BY_SIDE)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(act) = {
                        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
                        left.next()
                    } {
                        run.act(act);
                    }
                })
            })
            .collect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            if interrupted.recv_timeout(Duration::from_millis(100)).is_ok() {
                run.interrupted.store(true, Ordering::Relaxed);
            }
        }
    });
    let stopped = run.interrupted.load(Ordering::Relaxed);
    let mut drills = run.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    drills.sort_by_key(Outcome::title);
    let _ = write!(io::stdout(), "\n{}", table(&drills));
    let good = !stopped && drills.iter().all(|drill| drill.ok);
    let report = DrillReport {
        stack: StackReport {
            prometheus: programs.prometheus.version.clone(),
            alertmanager: programs.alertmanager.version.clone(),
        },
        alerts_defined: declared.rules.len(),
        drills,
    };
    if let Some(path) = &options.report {
        let json = serde_json::to_string_pretty(&report).map_err(io::Error::from);
        json.and_then(|json| fs::write(path, json + "\n"))
            .map_err(|source| RunError::Report { path: path.clone(), source })?;
    }
    Ok(good)
}

/// The acts that are asked for; none where there is nothing but to say what there is.
fn asked(options: &DrillOptions) -> Result<Option<Vec<Act>>, RunError> {
    let titles: Vec<String> = plan::alerts(&plan::acts()).map(|alert| alert.title()).collect();
    let fits = |alert: &Alert, name: &str| alert.name == name || alert.title() == name;
    let all: Vec<Alert> = plan::alerts(&plan::acts()).collect();
    for name in &options.names {
        if all.iter().all(|alert| !fits(alert, name)) {
            let names = titles.iter().map(String::as_str).chain(all.iter().map(|alert| alert.name));
            let meant = nearest(name, names).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
            return Err(RunError::NoDrill(format!("there is no drill {name}{meant}")));
        }
    }
    if options.names.is_empty() && !options.all {
        say("name a drill, or --all of them:");
        titles.iter().for_each(|title| say(&format!("  {title}")));
        return Ok(None);
    }
    Ok(Some(plan::only(|alert| options.all || options.names.iter().any(|name| fits(alert, name)))))
}

fn say(line: &str) {
    // Whoever closed standard output doesn't want to know.
    let _ = writeln!(io::stdout(), "{line}");
}

impl Run<'_> {
    fn say(&self, line: &str) {
        say(&format!("[{:>5.1} s] {line}", self.begin.elapsed().as_secs_f64()));
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    fn service(&self) -> &str {
        &self.declared.monitoring().service.value
    }

    fn add(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).extend(outcomes);
    }

    fn fail(&self, scenario: &Scenario, why: &str) {
        let alerts = scenario.iter().flat_map(|step| &step.alerts);
        self.add(alerts.map(|alert| Outcome::failed(self.service(), *alert, why.to_owned())));
    }

    fn act(&self, act: &Act) {
        let stage = match Stage::start(self.declared, self.programs, act.setting, &|| self.interrupted()) {
            Ok(stage) => stage,
            Err(error) => {
                self.say(&format!("stage {} can't be set up: {error}", act.setting.name));
                return act.lanes.iter().flatten().for_each(|scenario| self.fail(scenario, &error.to_string()));
            }
        };
        self.say(&format!("stage {} stands, all waits divided by {}", act.setting.name, act.setting.compress));
        thread::scope(|scope| {
            for lane in &act.lanes {
                let stage = &stage;
                scope.spawn(move || {
                    for scenario in lane {
                        let outcome = match scenario[0].trouble {
                            Trouble::PrometheusKilled => self.watchdog(stage, scenario[0].alerts[0]),
                            _ => self.scenario(stage, scenario),
                        };
                        if let Err(error) = outcome {
                            self.fail(scenario, &error.to_string());
                        }
                    }
                });
            }
        });
    }

    fn scenario(&self, stage: &Stage, scenario: &Scenario) -> Result<(), StageError> {
        let interrupted = || self.interrupted();
        let say = |line: &str| self.say(line);
        let mut watches: Vec<Watch<'_>> = Vec::new();
        for step in scenario {
            self.await_calm(stage, &step.alerts)?;
            let says = step.trouble.says();
            let fault = Instant::now();
            for alert in &step.alerts {
                self.say(&format!("{}: {says}", alert.title()));
                let Some(rule) = self.declared.rule(alert.name, alert.labels) else { continue };
                watches.push(Watch::new(self.declared, rule, *alert, fault));
            }
            step.trouble.inject(stage)?;
            // A step that isn't received doesn't keep the others from being tried.
            look_until(&mut watches, stage, FIRES, |watch| watch.is_received(), &interrupted, &say)?;
        }
        for step in scenario {
            step.trouble.heal(stage)?;
        }
        watches.iter_mut().for_each(Watch::heal);
        look_until(&mut watches, stage, RESOLVES, |watch| watch.times.resolved.is_some(), &interrupted, &say)?;
        for watch in &mut watches {
            watch.finish(stage.receivers());
            let outcome = Outcome::of(self.service(), watch);
            if let Some(why) = &outcome.why_not {
                self.say(&format!("{}: FAILED: {why}", outcome.title()));
            }
            self.add([outcome]);
        }
        Ok(())
    }

    /// What fires before its fault proves nothing.
    fn await_calm(&self, stage: &Stage, alerts: &[Alert]) -> Result<(), StageError> {
        let begin = Instant::now();
        loop {
            let active = stage.client.alerts()?;
            let early = alerts.iter().find(|alert| active.iter().any(|active| matches(**alert, active)));
            let Some(early) = early else { return Ok(()) };
            if begin.elapsed() >= RESOLVES {
                return Err(StageError::NotCalm(early.title(), RESOLVES));
            }
            if self.interrupted() {
                return Err(StageError::Interrupted);
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}
