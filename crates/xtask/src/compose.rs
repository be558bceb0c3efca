//! The stack of docker-compose.yml: brought up, checked, broken, and taken down again.

mod engine;
mod health;
mod incident;
mod project;
mod report;
mod trouble;

use std::{
    collections::BTreeSet,
    fs, io,
    path::PathBuf,
    time::{Duration, Instant},
};

use stack::{AlertmanagerApiError, ApiError, PrometheusClient};

use crate::workspace;
use engine::{Engine, EngineError};
use incident::Receivers;
use project::{Ports, Project};
use report::Report;

/// All containers have to be well after this time, counted from when their images are there.
const HEALTHY: Duration = Duration::from_secs(60);
/// How long is waited for what should be there after a few scrapes or evaluations.
const SOON: Duration = Duration::from_secs(120);

/// What is to be checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) report: Option<PathBuf>,
    pub(crate) without: BTreeSet<String>,
    pub(crate) no_build: bool,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ComposeError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("--without {name}: there is no such service; there are {}", .there.join(", "))]
    NoService { name: String, there: Vec<String> },
    #[error(transparent)]
    Prometheus(#[from] ApiError),
    #[error(transparent)]
    Alertmanager(#[from] AlertmanagerApiError),
    #[error("{what} within {within:?}; {last}")]
    Deadline { what: String, within: Duration, last: String },
    #[error("cannot ask {url}: {source}")]
    Http { url: String, source: reqwest::Error },
    #[error("cannot use {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

impl ComposeError {
    /// Whether the machine lacks what is needed, which says nothing of the stack.
    pub(crate) fn unavailable(&self) -> bool {
        matches!(self, ComposeError::Engine(error) if error.unavailable())
    }
}

/// Brings the stack up, checks it and takes it down; whether all was well.
pub(crate) fn check(plan: &Plan) -> Result<bool, ComposeError> {
    let engine = Engine::find()?;
    let ports = Ports::free().map_err(|source| ComposeError::File { path: "a free port".into(), source })?;
    let mut project = Project::read(engine, ports)?;
    project.leave_out(&plan.without)?;
    project.get_images(plan.no_build)?;

    let mut report = Report::default();
    let outcome = examine(&project, &mut report);
    if let Err(error) = &outcome {
        report.problems.push(error.to_string());
        eprintln!("{}", project.last_words());
    }
    println!("taking it down");
    project.down()?;
    report.left_after_down = project.left()?;
    if let Some(path) = &plan.report {
        fs::write(path, report.json()).map_err(|source| ComposeError::File { path: path.clone(), source })?;
    }
    print!("{report}");
    Ok(report.well())
}

fn examine(project: &Project, report: &mut Report) -> Result<(), ComposeError> {
    let begin = Instant::now();
    report.services = health::bring_up(project, HEALTHY * 2)?;
    for service in &report.services {
        if service.healthy_after_s > HEALTHY.as_secs_f64() {
            let late = format!("{} took {:.0} s until it was well", service.name, service.healthy_after_s);
            report.problems.push(late);
        }
    }
    println!("all are well after {:.1} s", begin.elapsed().as_secs_f64());

    let prometheus = PrometheusClient::new(project.ports.address("prometheus"));
    let receivers = Receivers::at(&project.ports.address("receivers"));
    let promises = trouble::Promises::make(project)?;
    (report.targets, report.targets_up) = targets(&prometheus)?;
    println!("{} of {} targets are up", report.targets_up, report.targets);
    report.rules_declared = declared_rules()?;
    report.rules_loaded = rules(&prometheus)?;
    println!("{} of {} rules are loaded and evaluated", report.rules_loaded, report.rules_declared);
    report.incident = Some(incident::go_through(project, &receivers)?);
    for name in &project.services {
        for how in trouble::How::ALL {
            let restart = trouble::strike(project, &prometheus, &promises, name, how)?;
            println!("{restart}");
            report.restarts.push(restart);
        }
    }
    report.network_cut = Some(trouble::cut_off(project, &prometheus, &promises)?);
    Ok(())
}

/// How many there are and how many of them are up; waits until all are.
fn targets(prometheus: &PrometheusClient) -> Result<(usize, usize), ComposeError> {
    let begin = Instant::now();
    loop {
        let targets = prometheus.targets()?;
        let up = targets.iter().filter(|target| target.up()).count();
        if (up == targets.len() && up > 0) || begin.elapsed() > SOON {
            for down in targets.iter().filter(|target| !target.up()) {
                println!("{} is {}: {}", down.scrape_url, down.health, down.last_error);
            }
            return Ok((targets.len(), up));
        }
        engine::pause();
    }
}

/// How many were evaluated without error; waits until all were.
fn rules(prometheus: &PrometheusClient) -> Result<usize, ComposeError> {
    let begin = Instant::now();
    loop {
        let rules = prometheus.rules()?;
        let healthy = rules.iter().filter(|rule| rule.healthy()).count();
        if healthy == rules.len() || begin.elapsed() > SOON {
            return Ok(healthy);
        }
        engine::pause();
    }
}

/// How many rules stand in the generated files.
fn declared_rules() -> Result<usize, ComposeError> {
    let folder = workspace::root().join("otel-config/prometheus/rules");
    let failed = |source| ComposeError::File { path: folder.clone(), source };
    let mut count = 0;
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let text = fs::read_to_string(entry.map_err(failed)?.path()).map_err(failed)?;
        let rules = text.lines().map(str::trim_start);
        count += rules.filter(|line| line.starts_with("- alert:") || line.starts_with("- record:")).count();
    }
    Ok(count)
}
