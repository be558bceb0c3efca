//! Values that are observed at each gather.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use lapwing_config::{GaugeRule, nearest};
use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Meter},
};

use crate::{
    ObserveError,
    faults::{Fault, Faults},
};

/// How long after the start a gather first asks whether every source was registered.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sets the values of one source during a gather.
///
/// A series that isn't set in a gather is not exported by it: what is gone vanishes by itself.
pub struct Observation<'a> {
    observer: &'a dyn AsyncInstrument<f64>,
    rule: &'a GaugeRule,
    faults: &'a Faults,
}

impl Observation<'_> {
    /// Sets one series. Labels that the gauge doesn't declare are left out and counted
    /// (`lapwing_problems_total{reason="undeclared_label"}`); a value that is not finite is refused and counted.
    pub fn set(&self, value: f64, labels: &[(&str, &str)]) {
        let mut attributes: Vec<KeyValue> = Vec::with_capacity(labels.len());
        for (name, label) in labels {
            if self.rule.labels.iter().any(|declared| declared == name) {
                attributes.push(KeyValue::new((*name).to_owned(), (*label).to_owned()));
            } else if self.faults.count(Fault::UndeclaredLabel, &format!("{}/{name}", self.rule.source)) {
                tracing::warn!(
                    target: "lapwing",
                    source = self.rule.source,
                    label = name,
                    "a label is left out because the gauge does not declare it: add it to the `labels` of the gauge"
                );
            }
        }
        // One series, whatever the order labels are given in.
        attributes.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        self.observer.observe(value, &attributes);
    }
}

impl std::fmt::Debug for Observation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observation").field("rule", self.rule).finish_non_exhaustive()
    }
}

/// The declared gauges and which of their sources are registered.
#[derive(Debug)]
pub(crate) struct Gauges {
    rules: Vec<GaugeRule>,
    registered: Mutex<BTreeSet<String>>,
    faults: Faults,
    started: Instant,
    asked: AtomicBool,
}

impl Gauges {
    pub(crate) fn new(rules: Vec<GaugeRule>, faults: Faults) -> Gauges {
        Gauges { rules, registered: Mutex::default(), faults, started: Instant::now(), asked: AtomicBool::new(false) }
    }

    /// Registers `callback` for every gauge of `source`.
    pub(crate) fn observe(
        &self,
        meter: &Meter,
        source: &str,
        file: &str,
        callback: impl Fn(&Observation<'_>) + Send + Sync + 'static,
    ) -> Result<(), ObserveError> {
        let rules: Vec<&GaugeRule> = self.rules.iter().filter(|rule| rule.source == source).collect();
        if rules.is_empty() {
            return Err(ObserveError::Undeclared {
                source_name: source.to_owned(),
                nearest: nearest(source, self.rules.iter().map(|rule| rule.source.as_str())).map(str::to_owned),
                file: file.to_owned(),
            });
        }
        let callback = Arc::new(callback);
        for rule in rules {
            let (rule, callback, faults) = (rule.clone(), callback.clone(), self.faults.clone());
            meter
                .f64_observable_gauge(rule.instrument.clone())
                .with_unit(rule.unit.clone())
                .with_description(rule.description.clone())
                .with_callback(move |observer| callback(&Observation { observer, rule: &rule, faults: &faults }))
                .build();
        }
        self.registered.lock().unwrap_or_else(PoisonError::into_inner).insert(source.to_owned());
        Ok(())
    }

    /// Says once, at the first gather [`PATIENCE`] after the start, which declared sources nobody registered.
    pub(crate) fn ask_for_missing(&self, now: Instant) {
        if now.saturating_duration_since(self.started) < PATIENCE || self.asked.swap(true, Ordering::Relaxed) {
            return;
        }
        let registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for rule in self.rules.iter().filter(|rule| !registered.contains(&rule.source)) {
            if self.faults.count(Fault::SourceMissing, &rule.source) {
                tracing::warn!(
                    target: "lapwing",
                    source = rule.source,
                    instrument = rule.instrument,
                    "a gauge is declared but its source was never registered: call Telemetry::observe, or remove the gauge"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(source: &str) -> GaugeRule {
        GaugeRule {
            source: source.to_owned(),
            instrument: source.to_owned(),
            unit: String::new(),
            description: String::new(),
            labels: vec![],
        }
    }

    #[test]
    fn a_source_nobody_registers_is_asked_for_once_and_not_at_once() {
        let faults = Faults::default();
        let gauges = Gauges::new(vec![rule("a"), rule("b")], faults.clone());
        let meter = opentelemetry::global::meter("test");
        gauges.observe(&meter, "a", "file", |_| {}).unwrap();
        gauges.ask_for_missing(Instant::now());
        assert!(faults.count(Fault::SourceMissing, "b"), "said too early");
        assert!(faults.over(Fault::SourceMissing, "b"));
        gauges.ask_for_missing(Instant::now() + PATIENCE);
        assert!(!faults.count(Fault::SourceMissing, "b"), "not said");
        assert!(faults.count(Fault::SourceMissing, "a"), "said of a registered source");
    }
}
