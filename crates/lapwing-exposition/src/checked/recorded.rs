//! Synchronous instruments behind a guard.

use std::sync::Arc;

use opentelemetry::{
    KeyValue,
    metrics::{
        BoundCounter, BoundGauge, BoundHistogram, BoundSyncInstrument, BoundUpDownCounter, Counter, Gauge, Histogram,
        SyncInstrument, UpDownCounter,
    },
};

use super::{guard::Guard, measurement::Measurement};

/// An instrument of the inner provider, or its bound form, and what it may be given.
pub(super) struct Checked<I, T> {
    inner: I,
    guard: Arc<Guard<T>>,
}

impl<I, T> Checked<I, T> {
    pub(super) fn new(inner: I, guard: Guard<T>) -> Self {
        Checked { inner, guard: Arc::new(guard) }
    }
}

/// What the four kinds of instrument have in common under different names.
trait Recorder<T>: Send + Sync {
    type Bound: BoundRecorder<T> + 'static;
    fn record_value(&self, value: T, attributes: &[KeyValue]);
    fn bind_to(&self, attributes: &[KeyValue]) -> Self::Bound;
}

trait BoundRecorder<T>: Send + Sync {
    fn record_value(&self, value: T);
}

macro_rules! recorder {
    ($instrument:ident, $bound:ident, $record:ident) => {
        impl<T: Measurement> Recorder<T> for $instrument<T> {
            type Bound = $bound<T>;
            fn record_value(&self, value: T, attributes: &[KeyValue]) {
                self.$record(value, attributes);
            }
            fn bind_to(&self, attributes: &[KeyValue]) -> $bound<T> {
                self.bind(attributes)
            }
        }
        impl<T: Measurement> BoundRecorder<T> for $bound<T> {
            fn record_value(&self, value: T) {
                self.$record(value);
            }
        }
    };
}

recorder!(Counter, BoundCounter, add);
recorder!(UpDownCounter, BoundUpDownCounter, add);
recorder!(Histogram, BoundHistogram, record);
recorder!(Gauge, BoundGauge, record);

impl<I: Recorder<T>, T: Measurement> SyncInstrument<T> for Checked<I, T> {
    fn measure(&self, measurement: T, attributes: &[KeyValue]) {
        if let Some(value) = self.guard.check(measurement) {
            self.inner.record_value(value, attributes);
        }
    }

    fn bind(&self, attributes: &[KeyValue]) -> Box<dyn BoundSyncInstrument<T> + Send + Sync> {
        Box::new(Checked { inner: self.inner.bind_to(attributes), guard: Arc::clone(&self.guard) })
    }
}

impl<B: BoundRecorder<T>, T: Measurement> BoundSyncInstrument<T> for Checked<B, T> {
    fn measure(&self, measurement: T) {
        if let Some(value) = self.guard.check(measurement) {
            self.inner.record_value(value);
        }
    }
}

/// An instrument that was refused at registration.
pub(super) struct Refused;

impl<T: Measurement> SyncInstrument<T> for Refused {
    fn measure(&self, _: T, _: &[KeyValue]) {}

    fn bind(&self, _: &[KeyValue]) -> Box<dyn BoundSyncInstrument<T> + Send + Sync> {
        Box::new(Refused)
    }
}

impl<T: Measurement> BoundSyncInstrument<T> for Refused {
    fn measure(&self, _: T) {}
}
