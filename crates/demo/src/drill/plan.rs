//! Which trouble each alert is for.

use std::time::Duration;

use crate::load::Pace;

use super::{stage::Setting, trouble::Trouble};

/// An alert of a rule, told by some of its labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Alert {
    pub(crate) name: &'static str,
    pub(crate) labels: &'static [(&'static str, &'static str)],
}

impl Alert {
    /// `SigilErrors/gc`, as the command line takes it.
    pub(crate) fn title(&self) -> String {
        let values = self.labels.iter().map(|(_, value)| format!("/{value}"));
        values.fold(self.name.to_owned(), |title, value| title + &value)
    }
}

/// A trouble, and the alerts that it is to raise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) trouble: Trouble,
    pub(crate) alerts: Vec<Alert>,
}

/// Troubles that follow one another, each in place of the one before; then all is healed, and all alerts are to resolve.
pub(crate) type Scenario = Vec<Step>;

/// Scenarios on one stage: lanes run side by side, the scenarios of a lane one after another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Act {
    pub(crate) setting: Setting,
    pub(crate) lanes: Vec<Vec<Scenario>>,
}

const fn alert(name: &'static str) -> Alert {
    Alert { name, labels: &[] }
}

const fn labelled(name: &'static str, labels: &'static [(&'static str, &'static str)]) -> Alert {
    Alert { name, labels }
}

fn step(trouble: Trouble, alerts: &[Alert]) -> Step {
    Step { trouble, alerts: alerts.to_vec() }
}

fn pace(rate: f64, clients: usize) -> Option<Pace> {
    Some(Pace { rate, clients, bursts: false })
}

const THREE_DAYS: &[(&str, &str)] = &[("long_window", "3d")];
const DAY: &[(&str, &str)] = &[("long_window", "1d")];
const SIX_HOURS: &[(&str, &str)] = &[("long_window", "6h")];
const HOUR: &[(&str, &str)] = &[("long_window", "1h")];
const EMBEDDED: &[(&str, &str)] = &[("backend", "embedded")];
const POSTGRES: &[(&str, &str)] = &[("backend", "postgres")];

/// From the slowest burn to the fastest: each trouble is between two burn rates, so that it raises its alert and none above. `budget` is
/// the share of events that may be bad.
fn burns(names: [&'static str; 2], budget: f64, rates: [f64; 3], bad: impl Fn(u32) -> Trouble) -> Scenario {
    let ([slowly, fast], [days, day, hours]) = (names, rates);
    let at = |rate: f64| bad((1.0 / (rate * budget)).round() as u32);
    vec![
        step(at(days), &[labelled(slowly, THREE_DAYS)]),
        step(at(day), &[labelled(slowly, DAY)]),
        step(at(hours), &[labelled(fast, SIX_HOURS)]),
        step(bad(1), &[labelled(fast, HOUR)]),
    ]
}

/// Between 1, 3, 6 and 14.4. Latency measures the machine as well: what a busy one adds must not raise the next, so there the rates are
/// nearer the lower bound.
const OF_FAILURES: [f64; 3] = [2.6, 5.2, 12.0];
const OF_LATENCY: [f64; 3] = [2.0, 4.8, 10.0];

/// What stages have in common.
pub(crate) fn setting() -> Setting {
    Setting { name: "", compress: 60, load: None, postgres: false, maintenance: Duration::from_secs(900) }
}

/// All that is drilled, the longest first.
pub(crate) fn acts() -> Vec<Act> {
    let setting = setting();
    let failing = |operation| Trouble::Failing { operation, every: 2 };
    let errors = |operation, labels| vec![vec![step(failing(operation), &[labelled("SigilErrors", labels)])]];
    let mut verify =
        burns(["SigilVerifyLatencyBurnsSlowly", "SigilVerifyLatencyBurnsFast"], 0.01, OF_LATENCY, |every| {
            Trouble::Slow { operation: "verify", ms: 300, every }
        });
    verify.push(step(Trouble::Slow { operation: "verify", ms: 700, every: 1 }, &[alert("SigilVerifySlow")]));
    let mut encode =
        burns(["SigilEncodeLatencyBurnsSlowly", "SigilEncodeLatencyBurnsFast"], 0.01, OF_LATENCY, |every| {
            Trouble::Slow { operation: "encode", ms: 800, every }
        });
    encode.push(step(Trouble::Slow { operation: "encode", ms: 1500, every: 1 }, &[alert("SigilEncodeSlow")]));
    let success =
        burns(["SigilEncodeSuccessBurnsSlowly", "SigilEncodeSuccessBurnsFast"], 0.001, OF_FAILURES, |every| {
            Trouble::Failing { operation: "encode", every }
        });
    vec![
        Act {
            setting: Setting { name: "stores", load: pace(40.0, 32), postgres: true, ..setting },
            lanes: vec![vec![
                vec![step(
                    Trouble::Slow { operation: "storage.embedded", ms: 700, every: 1 },
                    &[labelled("SigilStorageSlow", EMBEDDED)],
                )],
                vec![step(
                    Trouble::Outage("storage.embedded"),
                    &[labelled("SigilCircuitOpen", EMBEDDED), labelled("SigilDatabaseUnreachable", EMBEDDED)],
                )],
                vec![step(
                    Trouble::PostgresPaused,
                    &[labelled("SigilDatabaseUnreachable", POSTGRES), labelled("SigilCircuitOpen", POSTGRES)],
                )],
                vec![step(Trouble::OutboxFilled, &[labelled("SigilOutboxGrowing", POSTGRES)])],
            ]],
        },
        Act {
            setting: Setting { name: "success and verification", compress: 360, load: pace(80.0, 24), ..setting },
            lanes: vec![vec![success], vec![verify]],
        },
        Act {
            setting: Setting { name: "latency", compress: 360, load: pace(80.0, 64), ..setting },
            lanes: vec![vec![encode]],
        },
        Act {
            setting: Setting { name: "operations", load: pace(40.0, 16), ..setting },
            lanes: [
                vec![vec![
                    vec![step(Trouble::Disk(20 << 30), &[labelled("SigilDiskFilling", EMBEDDED)])],
                    vec![step(Trouble::Disk(500 << 20), &[labelled("SigilDiskLow", EMBEDDED)])],
                ]],
                vec![vec![vec![step(Trouble::LoadRun, &[alert("SigilLoadTestFailed")])]]],
                vec![errors("encode", &[("operation", "encode")])],
                vec![errors("verify", &[("operation", "verify")])],
                vec![errors("revoke", &[("operation", "revoke")])],
                vec![errors("gc", &[("operation", "gc")])],
            ]
            .concat(),
        },
        Act {
            setting: Setting { name: "telemetry", compress: 120, ..setting },
            lanes: vec![vec![
                vec![step(Trouble::TooManySeries, &[alert("SigilSeriesOverflow")])],
                vec![step(Trouble::FieldMisspelt, &[alert("SigilTelemetryProblems")])],
            ]],
        },
        Act {
            setting: Setting { name: "target", ..setting },
            lanes: vec![vec![
                vec![step(Trouble::SigilKilled, &[alert("SigilTargetDown")])],
                vec![step(Trouble::TelemetryDisabled, &[alert("SigilNoMetrics")])],
                vec![step(Trouble::JobForgotten, &[alert("SigilAbsent")])],
                vec![step(Trouble::ScrapesSlow(Duration::from_millis(150)), &[alert("SigilScrapeSlow")])],
                vec![step(Trouble::PrometheusKilled, &[alert("Watchdog")])],
            ]],
        },
    ]
}

/// Only what `wanted` names, with the acts that are left.
pub(crate) fn only(wanted: impl Fn(&Alert) -> bool) -> Vec<Act> {
    let mut acts = acts();
    for act in &mut acts {
        for scenario in act.lanes.iter_mut().flatten() {
            scenario.iter_mut().for_each(|step| step.alerts.retain(|alert| wanted(alert)));
            scenario.retain(|step| !step.alerts.is_empty());
        }
        act.lanes.iter_mut().for_each(|lane| lane.retain(|scenario| !scenario.is_empty()));
        act.lanes.retain(|lane| !lane.is_empty());
    }
    acts.retain(|act| !act.lanes.is_empty());
    acts
}

/// All alerts of these acts.
pub(crate) fn alerts(acts: &[Act]) -> impl Iterator<Item = Alert> {
    acts.iter().flat_map(|act| &act.lanes).flatten().flatten().flat_map(|step| step.alerts.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::Declared;

    #[test]
    fn every_alert_that_is_defined_has_a_drill() {
        let declared = Declared::of_sigil().unwrap();
        let drilled: Vec<Alert> = alerts(&acts()).collect();
        for rule in &declared.rules {
            let drill = drilled
                .iter()
                .find(|alert| declared.rule(alert.name, alert.labels).is_some_and(|found| std::ptr::eq(found, rule)));
            assert!(drill.is_some(), "{} {:?} has no drill", rule.name, rule.labels);
        }
        assert!(drilled.len() >= declared.rules.len());
    }

    #[test]
    fn every_drill_is_of_an_alert_that_is_defined_and_there_once() {
        let declared = Declared::of_sigil().unwrap();
        let drilled: Vec<Alert> = alerts(&acts()).collect();
        for (number, alert) in drilled.iter().enumerate() {
            assert!(declared.rule(alert.name, alert.labels).is_some(), "no rule for {}", alert.title());
            assert!(drilled[..number].iter().all(|other| other.title() != alert.title()), "{}", alert.title());
        }
    }

    #[test]
    fn only_what_is_wanted_is_left() {
        let acts = only(|alert| alert.name == "SigilErrors");
        assert_eq!((acts.len(), acts[0].lanes.len()), (1, 4));
        assert!(only(|_| false).is_empty());
    }
}
