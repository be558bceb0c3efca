//! The meter of one scope: makes instruments of the inner provider and puts a guard before each.

use std::{borrow::Cow, sync::Arc};

use opentelemetry::{
    InstrumentationScope,
    metrics::{
        AsyncInstrumentBuilder, Callback, Counter, Gauge, Histogram, HistogramBuilder, InstrumentBuilder,
        InstrumentProvider, Meter, ObservableCounter, ObservableGauge, ObservableUpDownCounter, UpDownCounter,
    },
};

use crate::{CheckedMeterProvider, Reason, StreamName};

use super::{
    declaration::{Declared, Place},
    guard::Guard,
    measurement::Measurement,
    observed,
    recorded::{Checked, Refused},
    registry::Admission,
};

pub(super) struct CheckedMeter {
    pub(super) inner: Meter,
    pub(super) scope: Arc<InstrumentationScope>,
    pub(super) provider: CheckedMeterProvider,
}

impl CheckedMeter {
    /// Registers an instrument; `None` if it must not be made.
    fn admit<T: Measurement>(
        &self,
        kind: Declared,
        name: Cow<'static, str>,
        description: Option<Cow<'static, str>>,
        unit: Option<Cow<'static, str>>,
        boundaries: Option<&[f64]>,
    ) -> Option<Admission> {
        let CheckedMeterProvider { problems, registry, streams, translation, .. } = &self.provider;
        let place =
            Place { scope: Arc::clone(&self.scope), name, unit: unit.unwrap_or_default(), kind, number: T::TYPE };
        let invalid = |why: &str| {
            let message = format!("{place} is refused and records nothing: {why}");
            problems.count(Reason::InvalidInstrument, &place.name, &message);
        };
        if let Some(flaw) = place.flaw(boundaries) {
            invalid(flaw);
            return None;
        }
        // The SDK would wait for its own lock.
        if observed::calling_back(registry) && (kind.observable() || !registry.knows(&place)) {
            invalid("it was made inside an observable callback; make it before");
            return None;
        }
        let declared =
            StreamName { name: place.name.to_string(), unit: place.unit.to_string(), kind: kind.prometheus() };
        let verdict = registry.register(&place, description, boundaries, *translation, || match streams {
            Some(streams) => streams(&self.scope, &declared),
            None => vec![declared],
        });
        match verdict {
            Ok((admission, remarks)) => {
                for (reason, message) in remarks {
                    problems.count(reason, &place.name, &message);
                }
                Some(admission)
            }
            Err(remark) => {
                if let Some((reason, message)) = remark {
                    problems.count(reason, &place.name, &message);
                }
                None
            }
        }
    }

    fn checked_callbacks<T: Measurement>(&self, callbacks: Vec<Callback<T>>, guard: Guard<T>) -> Vec<Callback<T>> {
        let guard = Arc::new(guard);
        let registry = &self.provider.registry;
        callbacks.into_iter().map(|call| observed::checked(call, Arc::clone(&guard), Arc::clone(registry))).collect()
    }
}

/// Implements one method for a synchronous instrument. `$guard` makes its guard of name, ledger and problems.
macro_rules! synchronous {
    ($method:ident, $instrument:ident<$number:ty>, $kind:ident, $guard:expr) => {
        fn $method(&self, builder: InstrumentBuilder<'_, $instrument<$number>>) -> $instrument<$number> {
            let InstrumentBuilder { name, description, unit, .. } = builder;
            let Some(admission) = self.admit::<$number>(Declared::$kind, name.clone(), description, unit.clone(), None)
            else {
                return $instrument::new(Arc::new(Refused));
            };
            let mut inner = self.inner.$method(name.clone());
            inner.description = admission.description;
            inner.unit = unit;
            let guard = $guard(name, admission.ledger, self.provider.problems.clone());
            $instrument::new(Arc::new(Checked::new(inner.build(), guard)))
        }
    };
}

/// Implements one method for a histogram.
macro_rules! histogram {
    ($method:ident, $number:ty) => {
        fn $method(&self, builder: HistogramBuilder<'_, Histogram<$number>>) -> Histogram<$number> {
            let HistogramBuilder { name, description, unit, boundaries, .. } = builder;
            let kind = Declared::Histogram;
            let Some(admission) =
                self.admit::<$number>(kind, name.clone(), description, unit.clone(), boundaries.as_deref())
            else {
                return Histogram::new(Arc::new(Refused));
            };
            let problems = self.provider.problems.clone();
            let guard = Guard::histogram(name.clone(), unit.as_deref().unwrap_or_default(), admission.ledger, problems);
            let mut inner = self.inner.$method(name);
            inner.description = admission.description;
            inner.unit = unit;
            inner.boundaries = boundaries;
            Histogram::new(Arc::new(Checked::new(inner.build(), guard)))
        }
    };
}

/// Implements one method for an observable instrument. `$guard` makes its guard of name and problems.
macro_rules! observable {
    ($method:ident, $instrument:ident<$number:ty>, $guard:expr) => {
        fn $method(&self, builder: AsyncInstrumentBuilder<'_, $instrument<$number>, $number>) -> $instrument<$number> {
            let AsyncInstrumentBuilder { name, description, unit, callbacks, .. } = builder;
            let kind = Declared::$instrument;
            let Some(admission) = self.admit::<$number>(kind, name.clone(), description, unit.clone(), None) else {
                return $instrument::new();
            };
            let mut inner = self.inner.$method(name.clone());
            inner.description = admission.description;
            inner.unit = unit;
            inner.callbacks = self.checked_callbacks(callbacks, $guard(name, self.provider.problems.clone()));
            inner.build()
        }
    };
}

impl InstrumentProvider for CheckedMeter {
    synchronous!(u64_counter, Counter<u64>, Counter, Guard::counter);
    synchronous!(f64_counter, Counter<f64>, Counter, Guard::counter);
    synchronous!(i64_up_down_counter, UpDownCounter<i64>, UpDownCounter, Guard::up_down_counter);
    synchronous!(f64_up_down_counter, UpDownCounter<f64>, UpDownCounter, Guard::up_down_counter);
    synchronous!(u64_gauge, Gauge<u64>, Gauge, |name, _, problems| Guard::gauge(name, problems));
    synchronous!(i64_gauge, Gauge<i64>, Gauge, |name, _, problems| Guard::gauge(name, problems));
    synchronous!(f64_gauge, Gauge<f64>, Gauge, |name, _, problems| Guard::gauge(name, problems));

    histogram!(u64_histogram, u64);
    histogram!(f64_histogram, f64);

    observable!(u64_observable_counter, ObservableCounter<u64>, Guard::observed_total);
    observable!(f64_observable_counter, ObservableCounter<f64>, Guard::observed_total);
    observable!(i64_observable_up_down_counter, ObservableUpDownCounter<i64>, Guard::gauge);
    observable!(f64_observable_up_down_counter, ObservableUpDownCounter<f64>, Guard::gauge);
    observable!(u64_observable_gauge, ObservableGauge<u64>, Guard::gauge);
    observable!(i64_observable_gauge, ObservableGauge<i64>, Guard::gauge);
    observable!(f64_observable_gauge, ObservableGauge<f64>, Guard::gauge);
}
