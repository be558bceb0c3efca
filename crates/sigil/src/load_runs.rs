//! The last load run of each scenario, as told by whoever drove it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

/// Scenarios remembered; each is a label value.
const SCENARIOS: usize = 32;

/// Outcome of a load run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadRun {
    /// Which load: lower-case letters, digits, `-` and `_`, 1 to 40.
    pub(crate) scenario: String,
    /// Whether it met its goal.
    pub(crate) ok: bool,
    /// Operations a second.
    pub(crate) throughput: f64,
    /// 95th percentile of their latency.
    pub(crate) p95_seconds: f64,
}

/// A run that can't be kept.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum LoadRunError {
    #[error("scenario is not 1 to 40 lower-case letters, digits, - or _")]
    Scenario,
    #[error("{0} is not a number from 0 up")]
    Number(&'static str),
    #[error("{SCENARIOS} scenarios are kept already: reuse one of their names")]
    Full,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct LoadRuns(Mutex<BTreeMap<String, LoadRun>>);

impl LoadRuns {
    /// Keeps a run in place of the scenario's earlier one.
    pub(crate) fn record(&self, run: LoadRun) -> Result<(), LoadRunError> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if !(1..=40).contains(&run.scenario.len()) || !run.scenario.bytes().all(fits) {
            return Err(LoadRunError::Scenario);
        }
        for (name, value) in [("throughput", run.throughput), ("p95_seconds", run.p95_seconds)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(LoadRunError::Number(name));
            }
        }
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.len() >= SCENARIOS && !runs.contains_key(&run.scenario) {
            return Err(LoadRunError::Full);
        }
        runs.insert(run.scenario.clone(), run);
        Ok(())
    }

    /// All that are kept.
    pub(crate) fn list(&self) -> Vec<LoadRun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(scenario: &str, throughput: f64) -> LoadRun {
        LoadRun { scenario: scenario.to_owned(), ok: true, throughput, p95_seconds: 0.1 }
    }

    #[test]
    fn last_run_of_a_scenario_counts() {
        let runs = LoadRuns::default();
        runs.record(run("steady", 10.0)).unwrap();
        runs.record(run("steady", 20.0)).unwrap();
        assert_eq!(runs.list(), [run("steady", 20.0)]);
    }

    #[test]
    fn names_and_numbers_are_bounded() {
        let runs = LoadRuns::default();
        for bad in ["", "Steady", "a b", "é", &"x".repeat(41)] {
            assert_eq!(runs.record(run(bad, 1.0)), Err(LoadRunError::Scenario), "{bad}");
        }
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(runs.record(run("a", bad)), Err(LoadRunError::Number("throughput")));
        }
        for n in 0..SCENARIOS {
            runs.record(run(&format!("s{n}"), 1.0)).unwrap();
        }
        assert_eq!(runs.record(run("one-more", 1.0)), Err(LoadRunError::Full));
        runs.record(run("s0", 2.0)).unwrap();
    }
}
