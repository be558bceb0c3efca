//! `cargo demo -- drill`: each alert is given its reason on a real stack, and has to reach those who are to be told, and to resolve.

mod crash;
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
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    thread,
    time::{Duration, Instant},
};

use lapwing_config::nearest;

use crash::{CRASHES, Crash, CrashOutcome};
pub(crate) use plan::Alert;
use plan::{Act, Scenario};
pub(crate) use report::Outcome;
use report::{DrillReport, StackReport, table};
use stage::{Programs, Stage, StageError};
use trouble::Trouble;
use watch::look_until;
pub(crate) use watch::{Watch, matches};

use crate::{arguments::DrillOptions, declared::Declared};

/// Stages that run at the same time.
const SIDE_BY_SIDE: usize = 3;

/// Longer than any alert takes to fire, or to resolve, on a busy machine.
const FIRES: Duration = Duration::from_secs(150);
const RESOLVES: Duration = Duration::from_secs(180);

/// Why there are no drills.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DrillError {
    #[error(transparent)]
    Stage(#[from] StageError),
    /// What there is not.
    #[error("{0}; `cargo demo -- drill` says which there are")]
    Unknown(String),
    #[error("cannot write the report {}: {source}; choose another file with --report", path.display())]
    Report { path: PathBuf, source: io::Error },
}

/// What all drills share.
struct Run<'a> {
    declared: &'a Declared,
    programs: &'a Programs,
    begin: Instant,
    interrupted: AtomicBool,
    outcomes: Mutex<Vec<Outcome>>,
    crashes: Mutex<Vec<CrashOutcome>>,
}

/// What is asked for.
enum Asked {
    Act(Act),
    Crash(Crash),
}

/// Runs the drills that are asked for; returns whether all went as they should.
pub(crate) fn run(options: &DrillOptions, interrupted: &Receiver<()>) -> Result<bool, DrillError> {
    let declared = Declared::of_sigil().map_err(StageError::from)?;
    let Some(asked) = asked(options)? else { return Ok(true) };
    if let Some(path) = &options.report {
        fs::File::create(path).map_err(|source| DrillError::Report { path: path.clone(), source })?;
    }
    let postgres = asked.iter().any(|asked| matches!(asked, Asked::Act(act) if act.setting.postgres));
    let number: usize = asked
        .iter()
        .map(|asked| match asked {
            Asked::Act(act) => plan::alerts(std::slice::from_ref(act)).count(),
            Asked::Crash(_) => 1,
        })
        .sum();
    let programs = Programs::find(options.generation, postgres, &mut |line| say(line)).map_err(StageError::from)?;
    say(&format!(
        "{number} drills with Prometheus {} and Alertmanager {}",
        programs.prometheus.version, programs.alertmanager.version
    ));
    let run = Run {
        declared: &declared,
        programs: &programs,
        begin: Instant::now(),
        interrupted: AtomicBool::new(false),
        outcomes: Mutex::new(Vec::new()),
        crashes: Mutex::new(Vec::new()),
    };
    let left = Mutex::new(asked.iter());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..SIDE_BY_SIDE)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(asked) = {
                        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
                        left.next()
                    } {
                        match asked {
                            Asked::Act(act) => run.act(act),
                            Asked::Crash(crash) => {
                                let outcome = run.crash(*crash);
                                run.crashes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                            }
                        }
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
    let mut crashes = run.crashes.into_inner().unwrap_or_else(PoisonError::into_inner);
    crashes.sort_by_key(|crash| crash.name);
    let _ = write!(io::stdout(), "\n{}", table(&drills, &crashes));
    let good = !stopped && drills.iter().all(|drill| drill.ok) && crashes.iter().all(|crash| crash.ok);
    let report = DrillReport {
        stack: StackReport {
            prometheus: programs.prometheus.version.clone(),
            alertmanager: programs.alertmanager.version.clone(),
        },
        alerts_defined: declared.rules.len(),
        drills,
        crashes,
    };
    if let Some(path) = &options.report {
        let json = serde_json::to_string_pretty(&report).map_err(io::Error::from);
        json.and_then(|json| fs::write(path, json + "\n"))
            .map_err(|source| DrillError::Report { path: path.clone(), source })?;
    }
    Ok(good)
}

/// What is asked for; none where there is nothing but to say what there is.
fn asked(options: &DrillOptions) -> Result<Option<Vec<Asked>>, DrillError> {
    let all: Vec<Alert> = plan::alerts(&plan::acts()).collect();
    let titles: Vec<String> = all.iter().map(Alert::title).collect();
    let names = || {
        let alerts = all.iter().map(|alert| alert.name);
        titles.iter().map(String::as_str).chain(CRASHES.map(Crash::name)).chain(alerts)
    };
    for name in &options.names {
        if !names().any(|known| known == name) {
            let meant = nearest(name, names()).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
            return Err(DrillError::Unknown(format!("there is no drill {name}{meant}")));
        }
    }
    if options.names.is_empty() && !options.all && !options.chaos {
        say("name a drill, or --all of them, or --chaos for those that kill:");
        titles.iter().map(String::as_str).chain(CRASHES.map(Crash::name)).for_each(|title| say(&format!("  {title}")));
        return Ok(None);
    }
    let named = |title: &str| options.names.iter().any(|name| name == title);
    let acts = plan::only(|alert| options.all || named(alert.name) || named(&alert.title()));
    let crashes = CRASHES.into_iter().filter(|crash| options.chaos || named(crash.name()));
    Ok(Some(acts.into_iter().map(Asked::Act).chain(crashes.map(Asked::Crash)).collect()))
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
