//! One label set of one instrument.

use std::sync::{
    OnceLock,
    atomic::{AtomicI64, Ordering},
};

use opentelemetry::{
    Key, KeyValue, StringValue,
    metrics::{BoundCounter, BoundHistogram, BoundUpDownCounter},
};

use crate::{
    exemplar::Reservoir,
    key::{Few, Key as SeriesKey},
    values::Values,
};

/// Attribute that marks the series that stand for all label sets over the limit.
pub(crate) const OVERFLOW: &str = "otel.metric.overflow";

/// A label set, and the handle that records with it.
#[derive(Debug)]
pub(crate) struct Series {
    key: SeriesKey,
    overflow: bool,
    /// Bound when first recorded on, at the earliest: binding may have to wait for a scrape.
    bound: OnceLock<Bound>,
    /// Ups less downs that have not been recorded yet.
    flight: AtomicI64,
    exemplars: OnceLock<Box<Reservoir>>,
}

/// A handle with its attributes already resolved: recording takes no lookup in the SDK.
#[derive(Debug)]
pub(crate) enum Bound {
    Histogram(BoundHistogram<f64>),
    Counter(BoundCounter<u64>),
    FloatCounter(BoundCounter<f64>),
    UpDown(BoundUpDownCounter<i64>),
}

impl Bound {
    /// Records a value in a histogram, or adds it to a counter.
    #[inline(always)]
    pub(crate) fn record(&self, value: f64) {
        match self {
            Bound::Histogram(histogram) => histogram.record(value),
            Bound::FloatCounter(counter) => counter.add(value),
            Bound::Counter(counter) => counter.add(value as u64),
            Bound::UpDown(up_down) => up_down.add(value as i64),
        }
    }
}

impl Series {
    pub(crate) fn new(key: SeriesKey, overflow: bool) -> Self {
        Self { key, overflow, bound: OnceLock::new(), flight: AtomicI64::new(0), exemplars: OnceLock::new() }
    }

    #[inline(always)]
    pub(crate) fn is_few(&self, few: &Few) -> bool {
        self.key.has(few)
    }

    pub(crate) fn is(&self, key: &SeriesKey) -> bool {
        self.key == *key
    }

    /// The attributes, sorted by key, as `keys` are.
    pub(crate) fn attributes(&self, keys: &[Key], values: &Values) -> Vec<KeyValue> {
        let mut attributes: Vec<_> = keys
            .iter()
            .enumerate()
            // Both shared: the SDK copies the attributes of every series at every collect.
            .filter_map(|(label, key)| {
                let value = StringValue::from(values.shared(self.key.get(label))?);
                Some(KeyValue::new(key.clone(), value))
            })
            .collect();
        if self.overflow {
            attributes.push(KeyValue::new(OVERFLOW, true));
            attributes.sort_by(|a, b| a.key.cmp(&b.key));
        }
        attributes
    }

    #[inline(always)]
    pub(crate) fn bound(&self) -> Option<&Bound> {
        self.bound.get()
    }

    /// Takes the handle that `bind` makes, unless it has one. If two threads bind at a time, they get the same from the SDK.
    pub(crate) fn bound_by(&self, bind: impl FnOnce() -> Bound) -> &Bound {
        match self.bound.get() {
            Some(bound) => bound,
            // Not made under the cell's lock: binding is foreign code.
            None => {
                let bound = bind();
                self.bound.get_or_init(|| bound)
            }
        }
    }

    /// One more or one fewer, to be recorded by [`Series::land`].
    pub(crate) fn shift(&self, by: i64) {
        self.flight.fetch_add(by, Ordering::Relaxed);
    }

    /// What has been shifted since the last call.
    pub(crate) fn land(&self) -> i64 {
        // Read first: most have not moved.
        if self.flight.load(Ordering::Relaxed) == 0 { 0 } else { self.flight.swap(0, Ordering::Relaxed) }
    }

    /// The exemplars, if any has been offered.
    pub(crate) fn exemplars(&self) -> Option<&Reservoir> {
        self.exemplars.get().map(Box::as_ref)
    }

    /// The exemplars, made on first use: a series outside any trace needs no room for them.
    pub(crate) fn reservoir(&self, bounds: &[f64]) -> &Reservoir {
        self.exemplars.get_or_init(|| Box::new(Reservoir::new(bounds)))
    }
}
