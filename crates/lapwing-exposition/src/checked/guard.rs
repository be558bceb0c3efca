//! Decides over one measurement.

use std::{borrow::Cow, sync::Arc};

use crate::{Problems, Reason};

use super::{
    ledger::{Claim, Ledger},
    measurement::Measurement,
};

/// Units of time as UCUM writes them in ASCII, which OpenTelemetry demands of a unit.
const TIME_UNITS: [&str; 7] = ["s", "ms", "us", "ns", "min", "h", "d"];

/// What one instrument may be given.
#[derive(Debug)]
pub(super) struct Guard<T> {
    /// From here to `highest` a value passes at once. NaN is in no range.
    lowest: T,
    highest: T,
    /// Whether values below zero are refused.
    unsigned: bool,
    summed: Option<(Claim, Arc<Ledger>)>,
    name: Cow<'static, str>,
    problems: Problems,
}

impl<T: Measurement> Guard<T> {
    /// Values that are added up and never sink.
    pub(super) fn counter(name: Cow<'static, str>, ledger: Arc<Ledger>, problems: Problems) -> Self {
        let (lowest, highest, summed) = (T::ZERO, T::SMALL, Some((Claim::Part, ledger)));
        Guard { lowest, highest, unsigned: true, summed, name, problems }
    }

    /// Differences that are added up.
    pub(super) fn up_down_counter(name: Cow<'static, str>, ledger: Arc<Ledger>, problems: Problems) -> Self {
        let (lowest, highest, summed) = (T::SMALL_NEGATIVE, T::SMALL, Some((Claim::Whole, ledger)));
        Guard { lowest, highest, unsigned: false, summed, name, problems }
    }

    /// Values that are put into buckets and added up; `unit` tells whether they are durations.
    pub(super) fn histogram(name: Cow<'static, str>, unit: &str, ledger: Arc<Ledger>, problems: Problems) -> Self {
        let unsigned = TIME_UNITS.contains(&unit);
        let lowest = if unsigned { T::ZERO } else { T::SMALL_NEGATIVE };
        Guard { lowest, highest: T::SMALL, unsigned, summed: Some((Claim::Whole, ledger)), name, problems }
    }

    /// Values that replace each other.
    pub(super) fn gauge(name: Cow<'static, str>, problems: Problems) -> Self {
        Guard { lowest: T::LOWEST, highest: T::HIGHEST, unsigned: false, summed: None, name, problems }
    }

    /// Totals that replace each other.
    pub(super) fn observed_total(name: Cow<'static, str>, problems: Problems) -> Self {
        Guard { lowest: T::ZERO, highest: T::HIGHEST, unsigned: true, summed: None, name, problems }
    }

    /// The value to record in place of `value`, if any.
    #[inline]
    pub(super) fn check(&self, value: T) -> Option<T> {
        if value >= self.lowest && value <= self.highest { Some(value) } else { self.examine(value) }
    }

    /// For values out of the plain range: flawed ones, and large ones.
    fn examine(&self, value: T) -> Option<T> {
        if let Some(reason) = value.flaw() {
            return self.refuse(reason);
        }
        if self.unsigned && value < T::ZERO {
            return self.refuse(Reason::Negative);
        }
        let Some((claim, ledger)) = &self.summed else {
            return Some(value);
        };
        let granted = value.claim(ledger, *claim);
        if granted == value {
            return Some(value);
        }
        self.refuse(Reason::CounterOverflow);
        (granted != T::ZERO).then_some(granted)
    }

    #[cold]
    fn refuse(&self, reason: Reason) -> Option<T> {
        let message = match reason {
            Reason::Nan => "a measurement is not a number and was not recorded; look for a division by zero",
            Reason::Infinite => "a measurement is infinite and was not recorded; look for a division by zero",
            Reason::Negative => {
                "a measurement is below zero and was not recorded; record what went down with an up/down counter"
            }
            _ => "a measurement would take the sum past the largest number and was cut off; look for a garbled value",
        };
        self.problems.count(reason, &self.name, &message);
        None
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn problems(&self) -> &Problems {
        &self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(guard: &Guard<f64>, values: &[f64]) -> Vec<f64> {
        values.iter().filter_map(|&v| guard.check(v)).collect()
    }

    const VALUES: [f64; 8] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, -0.0, 0.0, 1.5, 1e291];

    #[test]
    fn each_instrument_keeps_what_it_can_hold() {
        let (name, ledger, problems) = (|| Cow::Borrowed("x"), Arc::<Ledger>::default, Problems::default());
        let nonnegative = [-0.0, 0.0, 1.5, 1e291];
        let finite = [-1.0, -0.0, 0.0, 1.5, 1e291];
        assert_eq!(kept(&Guard::counter(name(), ledger(), problems.clone()), &VALUES), nonnegative);
        assert_eq!(kept(&Guard::observed_total(name(), problems.clone()), &VALUES), nonnegative);
        assert_eq!(kept(&Guard::up_down_counter(name(), ledger(), problems.clone()), &VALUES), finite);
        assert_eq!(kept(&Guard::gauge(name(), problems.clone()), &VALUES), finite);
        assert_eq!(kept(&Guard::histogram(name(), "By", ledger(), problems.clone()), &VALUES), finite);
        assert_eq!(kept(&Guard::histogram(name(), "", ledger(), problems.clone()), &VALUES), finite);
        let before = problems.get(Reason::Negative);
        for unit in TIME_UNITS {
            assert_eq!(kept(&Guard::histogram(name(), unit, ledger(), problems.clone()), &VALUES), nonnegative);
        }
        let n = TIME_UNITS.len() as u64;
        assert_eq!(problems.get(Reason::Nan), 6 + n);
        assert_eq!(problems.get(Reason::Infinite), 2 * (6 + n));
        assert_eq!((before, problems.get(Reason::Negative)), (2, 2 + n));
        assert_eq!(problems.get(Reason::CounterOverflow), 0);
    }

    #[test]
    fn integers_have_no_flaw_but_a_limit() {
        let problems = Problems::default();
        let gauge = Guard::<i64>::gauge("x".into(), problems.clone());
        assert_eq!([i64::MIN, i64::MAX].map(|v| gauge.check(v)), [Some(i64::MIN), Some(i64::MAX)]);
        let total = Guard::<u64>::observed_total("x".into(), problems.clone());
        assert_eq!(total.check(u64::MAX), Some(u64::MAX));
        assert!(problems.read().iter().all(|&(_, n)| n == 0));

        let counter = Guard::<u64>::counter("x".into(), Arc::default(), problems.clone());
        assert_eq!(counter.check(u64::MAX), Some(Ledger::UNSIGNED_LIMIT));
        assert_eq!(counter.check(u64::MAX), None);
        assert_eq!(counter.check(1), Some(1));
        assert_eq!(problems.get(Reason::CounterOverflow), 2);
    }
}
