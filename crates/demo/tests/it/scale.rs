//! The profile `scale` of docker-compose.yml, run for real as far as the single-node programs of VictoriaMetrics go.

mod compose;
mod house;
mod pushed;
mod series;
mod service;
mod told;

use std::time::{Instant, SystemTime};

use house::{House, await_cluster, eventually};
use series::{Samples, difference, exposed, stored};
use service::PLENTY;
use told::{Told, refused, watchdogs};

/// Each fault raises an alert of its own, and all are healed while one Alertmanager is away: of two whose groups don't keep time one may
/// tell that an alert fires after the other told that it is over (docs/operations.md).
#[test]
fn killed_once_each_they_lose_no_alert_and_tell_none_twice() {
    let begin = SystemTime::now();
    let Some(mut house) = House::start() else { return };
    each_target_is_scraped_once(&house);
    stores_have_what_services_expose(&house);

    house.services[0].show_free_disk(500 << 20);
    house.told_once("SigilDiskLow", "with all there");
    let since = active_since(&house, "SigilDiskLow");

    house.agents[0].kill().unwrap();
    house.vmalert.kill().unwrap();
    house.services[1].process.pause().unwrap();
    house.vmalert.restart().unwrap();
    house.told_once("SigilTargetDown", "without an agent, vmalert killed and restarted");
    assert_eq!(active_since(&house, "SigilDiskLow"), since, "what fired before a restart goes on firing");
    house.agents[0].restart().unwrap();

    let store = SystemTime::now();
    house.stores[0].kill().unwrap();
    house.scrape_unmeasured(true);
    house.told_once("SigilNoMetrics", "without the store that was asked");
    // It lacks the trouble that began meanwhile until it was sent it.
    house.ask_the_second_store();
    house.stores[0].restart().unwrap();
    let back = Instant::now();
    let missed = house.await_same(store);
    println!("the {missed} samples that the store missed are in it after {:.1} s", back.elapsed().as_secs_f64());

    house.alertmanagers[0].kill().unwrap();
    house.services[0].store_takes_writes(false);
    house.told_once("SigilCircuitOpen", "without the Alertmanager that told first");
    let told = FAULTS.map(|alert| house.told(alert));
    assert_eq!(told, [Told::times(1, 0); 4], "{}", told::all(&house.receivers));

    house.services[0].show_free_disk(PLENTY);
    house.services[0].store_takes_writes(true);
    house.services[1].process.resume().unwrap();
    house.scrape_unmeasured(false);
    house.until("the end of all", || FAULTS.map(|alert| house.told(alert)) == [Told::times(1, 1); 4]);
    house.alertmanagers[0].restart().unwrap();
    await_cluster(&house.alertmanagers);
    house.services[0].load_run(false);
    house.until("a message with all there again", || house.told("SigilLoadTestFailed").slack_firing == 1);
    house.services[0].load_run(true);
    house.until("its end", || house.told("SigilLoadTestFailed").slack_resolved == 1);

    each_target_is_scraped_once(&house);
    stores_have_what_services_expose(&house);
    // Longer than the second Alertmanager waits for the first.
    let heard = watchdogs(&house.receivers);
    house.until("two Watchdogs", || watchdogs(&house.receivers) >= heard + 2);
    let told = FAULTS.map(|alert| house.told(alert));
    assert_eq!(told, [Told::times(1, 1); 4], "{}", told::all(&house.receivers));
    assert_eq!(house.told("SigilLoadTestFailed"), Told { slack_firing: 1, slack_resolved: 1, ..Told::default() });
    assert_eq!(refused(&house.receivers), Vec::<String>::new());
    assert!(house.receivers.pagerduty().open_incidents().is_empty());
    let others = told::alerts(&house.receivers);
    let others: Vec<_> =
        others.iter().filter(|alert| !KNOWN.contains(&alert.as_str()) && !of_a_busy_machine(alert)).collect();
    assert!(others.is_empty(), "{others:?}");

    let samples = house.await_same(store);
    assert!(samples > 10_000, "{samples} samples");
    let [first, second] = house.stores.each_ref().map(|one| Samples::of(one, begin, store));
    println!("of {} samples until it was killed the store lost {}", second.len(), second.missing_in(&first).len());
}

const FAULTS: [&str; 4] = ["SigilDiskLow", "SigilTargetDown", "SigilNoMetrics", "SigilCircuitOpen"];

/// With those that the same faults may raise as well: a disk that gets low at once looks like filling, a store before which the circuit
/// is open is unreachable, and what it refuses are errors that burn the budget, where enough is tried of it for long enough.
const KNOWN: [&str; 10] = [
    "SigilDiskLow",
    "SigilTargetDown",
    "SigilNoMetrics",
    "SigilCircuitOpen",
    "SigilLoadTestFailed",
    "SigilDiskFilling",
    "SigilDatabaseUnreachable",
    "SigilErrors",
    "SigilEncodeSuccessBurnsFast",
    "SigilEncodeSuccessBurnsSlowly",
];

/// Whether an alert is about slowness. Where waits are divided by 60, a scrape is slow after 83 ms: on a busy machine that is true.
fn of_a_busy_machine(alert: &str) -> bool {
    alert.ends_with("Slow") || alert.contains("Latency")
}

impl House {
    fn told(&self, alert: &str) -> Told {
        Told::of(alert, &self.receivers)
    }

    /// Waits until PagerDuty and Slack were told of an alert, once each.
    fn told_once(&self, alert: &str, how: &str) {
        let begin = Instant::now();
        self.until(alert, || self.told(alert) == Told::times(1, 0));
        println!("{alert}, {how}: told after {:.1} s", begin.elapsed().as_secs_f64());
    }

    /// Waits until both stores have the same samples from a time until now; returns how many.
    fn await_same(&self, from: SystemTime) -> usize {
        let until = SystemTime::now();
        eventually(|| {
            let [first, second] = self.stores.each_ref().map(|store| Samples::of(store, from, until));
            let missing = [second.missing_in(&first), first.missing_in(&second)];
            if missing.iter().all(Vec::is_empty) {
                return Ok(first.len());
            }
            let some = missing.each_ref().map(|missing| (missing.len(), &missing[..missing.len().min(5)]));
            Err(format!("of {} samples are missing in the first, and in the second: {some:#?}", second.len()))
        })
    }
}

/// A scrape that a busy machine lets fail is made up for by the next.
fn each_target_is_scraped_once(house: &House) {
    let mut all: Vec<_> = house.alertmanagers.iter().map(|one| one.address().to_owned()).collect();
    all.extend(house.services.iter().map(|service| service.address.clone()));
    all.sort();
    house.until("each target scraped by one agent", || {
        let [first, second] = house.scraped();
        let shared = first.contains(&house.services[0].address) && second.contains(&house.services[1].address);
        let mut scraped = [first, second].concat();
        scraped.sort();
        shared && scraped == all
    });
}

fn stores_have_what_services_expose(house: &House) {
    for service in &house.services {
        for (number, store) in house.stores.iter().enumerate() {
            eventually(|| {
                let differing = difference(&exposed(&service.exposed()), &stored(store, &service.address));
                match differing.is_empty() {
                    true => Ok(()),
                    false => Err(format!("of {} exposed, and in store {number}: {differing:#?}", service.address)),
                }
            });
        }
        println!(
            "{} series of {} in both stores",
            exposed(&service.exposed()).values().sum::<usize>(),
            service.address
        );
    }
}

/// Since when vmalert has an alert, to the second, as it keeps it.
fn active_since(house: &House, name: &str) -> Option<String> {
    let alerts = house.vmalert.client().alerts().unwrap();
    let firing = alerts.into_iter().find(|alert| alert.label("alertname") == name && alert.state == "firing");
    firing.and_then(|alert| Some(alert.active_at?.get(..19)?.to_owned()))
}
