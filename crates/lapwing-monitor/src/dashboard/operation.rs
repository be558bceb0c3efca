//! What a service does, as its spans tell: durations, calls and errors that belong together.

use std::collections::BTreeMap;

use crate::{Kind, Measured, Metric, Role, Signals, words};

/// Spans or events of one pattern, and what is measured of them.
#[derive(Clone, Debug)]
pub(super) struct Operation<'a> {
    pub(super) pattern: &'a str,
    /// `Storage write`.
    pub(super) title: String,
    pub(super) durations: Vec<&'a Metric>,
    pub(super) calls: Option<&'a Metric>,
    pub(super) errors: Option<(&'a Metric, &'a Measured)>,
    /// Histograms of fields.
    pub(super) fields: Vec<&'a Metric>,
    /// Counters of fields.
    pub(super) counters: Vec<&'a Metric>,
}

/// The operations of a service, by pattern. A metric that rules share belongs to each of them, unless it is a field's, which
/// belongs to the first.
pub(super) fn operations<'a>(service: &str, signals: &'a Signals) -> Vec<Operation<'a>> {
    let mut operations: BTreeMap<&str, Operation<'_>> = BTreeMap::new();
    for metric in signals.metrics() {
        for (index, measured) in metric.measured.iter().enumerate() {
            let pattern = measured.pattern.as_str();
            let operation = operations.entry(pattern).or_insert_with(|| Operation {
                pattern,
                title: words::title(service, pattern),
                durations: Vec::new(),
                calls: None,
                errors: None,
                fields: Vec::new(),
                counters: Vec::new(),
            });
            match (measured.role, metric.kind) {
                (Role::Duration, Kind::Histogram) if !operation.durations.contains(&metric) => {
                    operation.durations.push(metric);
                }
                (Role::Calls, _) => operation.calls = operation.calls.or(Some(metric)),
                (Role::Errors, _) => operation.errors = operation.errors.or(Some((metric, measured))),
                (Role::Field, Kind::Histogram) if index == 0 => operation.fields.push(metric),
                (Role::Field, Kind::Counter) if index == 0 => operation.counters.push(metric),
                _ => {}
            }
        }
    }
    operations.into_values().collect()
}

impl<'a> Operation<'a> {
    /// Whose events are its calls, and the name of their sample: of a counter that rules share not, as it counts more.
    pub(super) fn events(&self) -> Option<(&'a Metric, String)> {
        let own = self.calls.filter(|calls| calls.measured.iter().all(|measured| measured.pattern == self.pattern));
        let metric = own.or(self.durations.first().copied())?;
        Some((metric, metric.events()?))
    }

    /// What a duration of it is called: as the operation, if it has one only.
    pub(super) fn title_of(&self, service: &str, duration: &Metric) -> String {
        match (&self.durations[..], &duration.instrument) {
            ([_, _, ..], Some(instrument)) => words::title(service, instrument.trim_end_matches(".duration")),
            _ => self.title.clone(),
        }
    }
}

/// The label that says how an event ended, if the metric has one.
pub(super) fn ending(metric: &Metric) -> Option<&'static str> {
    ["outcome", "status"].into_iter().find(|name| metric.label(name).is_some())
}
