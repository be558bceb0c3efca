//! `cargo xtask throughput`: how much of the reference service's throughput is left with telemetry on.
//!
//! Each round starts one sigil per [`Side`] on an empty store. Each workload then drives them by turns of a quarter of a second, forwards and
//! backwards, so that what changes on the machine strikes all sides alike.

mod cpu;
mod page;
mod report;
mod scraper;
mod service;
mod side;
mod turns;
mod workload;
mod wrk;

use std::{
    io,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use stack::{Located, Part, Parts, PartsError, ProcessError};

use crate::{
    page::PageError,
    step::{self, StepError},
    workspace::{self, cargo},
};
pub(crate) use report::{Report, Run};
use service::Service;
pub(crate) use side::Side;
pub(crate) use workload::Workload;

/// Share of the machine that others may use during a run; with more, the runs of that workload are repeated in the round.
const QUIET: f64 = 0.05;

/// How often they are repeated at most; the quietest are kept.
const REPEATS: u32 = 2;

/// What is measured how long.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) rounds: NonZeroU32,
    /// How long each side is driven with each workload in a round.
    pub(crate) seconds: NonZeroU32,
    /// Whether the page is rewritten.
    pub(crate) write: bool,
}

impl Default for Plan {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).expect("the defaults aren't zero");
        Plan { rounds: number(6), seconds: number(5), write: false }
    }
}

/// Why it could not be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ThroughputError {
    #[error(transparent)]
    Step(#[from] StepError),
    #[error(transparent)]
    Parts(#[from] PartsError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("cannot read or write {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("sigil ({side}) doesn't answer as it should: {source}")]
    Http { side: Side, source: reqwest::Error },
    #[error("sigil ({side}) answered {what} with something else than expected: {answer}")]
    Answer { side: Side, what: &'static str, answer: String },
    #[error("wrk said something that can't be used; a run with errors is no measurement:\n{0}")]
    Output(String),
    #[error("sigil ({side}) was asked for {asked} {what} and its metrics say {told}; they would not be comparable")]
    Unmeasured { side: Side, what: &'static str, asked: u64, told: u64 },
    #[error(transparent)]
    Page(#[from] PageError),
}

impl ThroughputError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| ThroughputError::File { path: path.to_owned(), source }
    }
}

/// Builds, measures, prints a table, and writes it into the page where that is asked for.
pub(crate) fn measure(plan: &Plan) -> Result<(), ThroughputError> {
    let (runs, conditions) = run(plan)?;
    let report = Report::of(&runs, plan, &conditions);
    println!("\n{}", report.table);
    if plan.write {
        let path = workspace::root().join(page::PATH);
        crate::page::write(&path, &[(page::PLACE, report.table)])?;
        println!("written to {}", path.display());
    }
    Ok(())
}

/// Builds and measures; also tells on what.
pub(crate) fn run(plan: &Plan) -> Result<(Vec<Run>, String), ThroughputError> {
    // The profile of `cargo demo`.
    step::run(&mut cargo(&["build", "--release", "--package", "sigil"]))?;
    let program = workspace::target().join("release/sigil");
    let wrk = Parts::from_env().get_or_fetch(Part::Wrk, &mut |line| println!("{line}"))?;
    println!("wrk {} in {}", wrk.version, wrk.folder.display());

    let mut runs = Vec::new();
    for round in 0..plan.rounds.get() {
        println!("round {} of {}", round + 1, plan.rounds);
        runs.append(&mut measure_round(round, plan, &program, &wrk)?);
    }
    Ok((runs, page::conditions(&program, &wrk)?))
}

fn measure_round(round: u32, plan: &Plan, program: &Path, wrk: &Located) -> Result<Vec<Run>, ThroughputError> {
    let mut services =
        Side::ALL.map(|side| Service::start(side, program)).into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut runs = Vec::new();
    for workload in Workload::ALL {
        let mut quietest: Option<Vec<Run>> = None;
        for _ in 0..=REPEATS {
            let block = turns::drive(round, workload, &mut services, plan.seconds, wrk)?;
            let noise = loudest(&block);
            if quietest.as_ref().is_none_or(|kept| noise < loudest(kept)) {
                quietest = Some(block);
            }
            if noise <= QUIET {
                break;
            }
            println!("  {workload}: others used {:.0} % of the machine, once more", noise * 100.0);
        }
        for run in quietest.iter().flatten() {
            let (rate, cpu) = (run.load.rate(), run.cpu_per_request());
            println!("  {:<8} {:<8} {rate:>9.0}/s {cpu:>8.1} µs of CPU a request", workload.name(), run.side.name());
        }
        runs.extend(quietest.unwrap_or_default());
    }
    services.into_iter().try_for_each(Service::finish)?;
    Ok(runs)
}

fn loudest(block: &[Run]) -> f64 {
    block.iter().map(|run| run.foreign).fold(0.0, f64::max)
}
