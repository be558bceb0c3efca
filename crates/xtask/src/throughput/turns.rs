//! Driving services by turns.

use std::{num::NonZeroU32, time::Duration};

use stack::Located;

use super::{
    ThroughputError,
    cpu::{self, Cpu, cpu_of, cpu_of_machine, cpu_of_this},
    report::Run,
    scraper::Scraper,
    service::Service,
    workload::Workload,
    wrk::Driver,
};

/// Short against what changes on a shared machine, long against what a change of turns costs.
const TURN: Duration = Duration::from_millis(250);

/// Before the turns that count.
const WARM_UP: Duration = Duration::from_secs(1);

/// Drives each service for `seconds`, one at a time, and asks for its metrics once a second.
///
/// The order turns with each pass. A service of which nobody asks anything uses next to no CPU, so that what it used in the whole time was
/// for its requests.
pub(super) fn drive(
    round: u32,
    workload: Workload,
    services: &mut [Service],
    seconds: NonZeroU32,
    wrk: &Located,
) -> Result<Vec<Run>, ThroughputError> {
    for service in &mut *services {
        let driver = Driver::start(wrk, &service.script(workload)?, &service.address)?;
        service.asked(workload, driver.finish(WARM_UP)?.requests);
    }
    let machine = [cpu_of_machine()?, cpu_of_this()?];
    let before = services.iter().map(|service| cpu_of(service.process.id())).collect::<Result<Vec<Cpu>, _>>()?;

    let mut driven = Vec::new();
    for service in &*services {
        let mut driver = Driver::start(wrk, &service.script(workload)?, &service.address)?;
        driver.halt()?;
        let scraper = service.side.measures().then(|| Scraper::new(&service.address, service.side)).transpose()?;
        driven.push((driver, scraper));
    }
    let turns = Duration::from_secs(seconds.get().into()).div_duration_f64(TURN).ceil() as u32;
    let mut order: Vec<usize> = (0..driven.len()).collect();
    for turn in 1..turns {
        for at in &order {
            let (driver, scraper) = &mut driven[*at];
            driver.turn(TURN, || scraper.as_mut().map_or(Ok(()), |scraper| scraper.look(TURN * (turn - 1))))??;
        }
        order.reverse();
    }
    let mut loads = Vec::new();
    for (driver, scraper) in driven {
        loads.push((driver.finish(TURN)?, scraper.map(|scraper| scraper.scrapes()).unwrap_or_default()));
    }

    let used = services.iter().zip(&before).map(|(service, before)| Ok(cpu_of(service.process.id())?.since(*before)));
    let used = used.collect::<Result<Vec<f64>, ThroughputError>>()?;
    // The drivers have been awaited, so they count as this program.
    let others = cpu_of_machine()?.since(machine[0]) - cpu_of_this()?.since(machine[1]) - used.iter().sum::<f64>();
    let driving: f64 = loads.iter().map(|(load, _)| load.seconds).sum();
    let foreign = others.max(0.0) / (driving * cpu::cores());
    let mut runs = Vec::new();
    for ((service, cpu), (load, scrapes)) in services.iter_mut().zip(used).zip(loads) {
        service.asked(workload, load.requests);
        runs.push(Run { round, workload, side: service.side, load, cpu, foreign, scrapes });
    }
    Ok(runs)
}
