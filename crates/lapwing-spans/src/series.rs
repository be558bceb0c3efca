//! One label set of one instrument.

use std::sync::OnceLock;

use opentelemetry::{
    Key, KeyValue,
    metrics::{BoundCounter, BoundHistogram, BoundUpDownCounter},
};

use crate::{exemplar::Reservoir, reentry};

/// Attribute that marks the series that stand for all label sets over the limit.
pub(crate) const OVERFLOW: &str = "otel.metric.overflow";

/// A label set, and the handle that records with it.
#[derive(Debug)]
pub(crate) struct Series {
    /// Values by the instrument's keys; none where this series lacks the label.
    values: Box<[Option<Box<str>>]>,
    overflow: bool,
    bound: Bound,
    exemplars: OnceLock<Reservoir>,
}

/// A handle with its attributes already resolved: recording takes no lookup in the SDK.
#[derive(Debug)]
pub(crate) enum Bound {
    Histogram(BoundHistogram<f64>),
    Counter(BoundCounter<u64>),
    FloatCounter(BoundCounter<f64>),
    UpDown(BoundUpDownCounter<i64>),
}

impl Series {
    pub(crate) fn new(values: &[Option<&str>], overflow: bool, bound: Bound) -> Self {
        Self {
            values: values.iter().map(|value| value.map(Box::from)).collect(),
            overflow,
            bound,
            exemplars: OnceLock::new(),
        }
    }

    pub(crate) fn is(&self, values: &[Option<&str>]) -> bool {
        self.values.iter().map(Option::as_deref).eq(values.iter().copied())
    }

    pub(crate) fn attributes(&self, keys: &[Key]) -> Vec<KeyValue> {
        let values: Vec<_> = self.values.iter().map(Option::as_deref).collect();
        attributes(keys, &values, self.overflow)
    }

    /// Records a value in a histogram, or adds it to a counter.
    pub(crate) fn record(&self, value: f64) {
        match &self.bound {
            Bound::Histogram(histogram) => histogram.record(value),
            Bound::FloatCounter(counter) => counter.add(value),
            Bound::Counter(counter) => counter.add(value as u64),
            Bound::UpDown(up_down) => up_down.add(value as i64),
        }
    }

    /// Counts one.
    pub(crate) fn count(&self) {
        match &self.bound {
            Bound::Counter(counter) => counter.add(1),
            _ => self.record(1.0),
        }
    }

    /// One more or one fewer.
    pub(crate) fn shift(&self, by: i64) {
        if let Bound::UpDown(up_down) = &self.bound {
            up_down.add(by);
        }
    }

    /// Makes the SDK export the series at 0. It does so with a bound series that has attributes, but with the one that has
    /// none, or is left none by a view, only once it is recorded on. Such a histogram cannot be had at 0: its count would
    /// be 1.
    pub(crate) fn touch(&self) {
        if !matches!(self.bound, Bound::Histogram(_)) {
            reentry::guarded(|| self.record(0.0));
        }
    }

    /// The exemplars, if any has been offered.
    pub(crate) fn exemplars(&self) -> Option<&Reservoir> {
        self.exemplars.get()
    }

    /// The exemplars, made on first use: a series outside any trace needs no room for them.
    pub(crate) fn reservoir(&self, bounds: &[f64]) -> &Reservoir {
        self.exemplars.get_or_init(|| Reservoir::new(bounds))
    }
}

/// The attributes of a label set, sorted by key, as `keys` are.
pub(crate) fn attributes(keys: &[Key], values: &[Option<&str>], overflow: bool) -> Vec<KeyValue> {
    let mut attributes: Vec<_> = keys
        .iter()
        .zip(values)
        .filter_map(|(key, value)| Some(KeyValue::new(key.clone(), value.as_deref()?.to_owned())))
        .collect();
    if overflow {
        attributes.push(KeyValue::new(OVERFLOW, true));
        attributes.sort_by(|a, b| a.key.cmp(&b.key));
    }
    attributes
}
