//! Brings containers up and waits until they are well.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{ComposeError, engine, project::Project, report::Healthy};

/// Starts all services and says of each when it was well.
pub(crate) fn bring_up(project: &Project, deadline: Duration) -> Result<Vec<Healthy>, ComposeError> {
    let names = project.services.iter().map(String::as_str);
    let arguments: Vec<&str> = ["up", "--detach", "--no-build", "--quiet-pull"].into_iter().chain(names).collect();
    let mut command = project.compose(&arguments);
    let mut up = project.engine.start(&mut command)?;
    let well = await_all(project, deadline, || matches!(up.try_wait(), Ok(Some(status)) if !status.success()));
    if well.is_err() {
        // Or it would go on making what is taken down.
        let _ = up.kill();
    }
    let _ = up.wait();
    Ok(well?.into_iter().map(|(name, healthy_after_s)| Healthy { name, healthy_after_s }).collect())
}

/// Seconds until each was well; an error as soon as `given_up` or after the deadline.
fn await_all(
    project: &Project,
    deadline: Duration,
    mut given_up: impl FnMut() -> bool,
) -> Result<BTreeMap<String, f64>, ComposeError> {
    let begin = Instant::now();
    let mut well = BTreeMap::new();
    loop {
        for container in project.containers()? {
            if container.well() && !well.contains_key(&container.service) {
                let after = begin.elapsed().as_secs_f64();
                println!("{:<16} well after {after:>5.1} s", container.service);
                well.insert(container.service, after);
            }
        }
        if well.len() >= project.services.len() {
            return Ok(well);
        }
        // `up` gives up when what others depend on is not well in time.
        if given_up() || begin.elapsed() > deadline {
            let missing = project.services.iter().filter(|name| !well.contains_key(*name));
            return Err(ComposeError::Deadline {
                what: "the stack was not well".to_owned(),
                within: begin.elapsed(),
                last: format!("missing: {}", missing.cloned().collect::<Vec<_>>().join(", ")),
            });
        }
        engine::pause();
    }
}

/// Waits until one service is well, in a process that `counts`.
pub(crate) fn await_one(
    project: &Project,
    service: &str,
    deadline: Duration,
    counts: impl Fn(u32) -> bool,
) -> Result<(), ComposeError> {
    let begin = Instant::now();
    loop {
        let container = project.container(service)?;
        if container.well() && counts(container.pid) {
            return Ok(());
        }
        if begin.elapsed() > deadline {
            return Err(ComposeError::Deadline {
                what: format!("{service} was not well again"),
                within: deadline,
                last: format!("it is {} {}", container.state, container.health),
            });
        }
        engine::pause();
    }
}
