//! The SDK's data points as a table reads them.

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{GaugeDataPoint, HistogramDataPoint, SumDataPoint};

use crate::Number;

/// A data point of one of the SDK's types.
pub(crate) trait Point {
    fn attributes(&self) -> impl Iterator<Item = &KeyValue>;

    /// The value, or the sum of a histogram.
    fn number(&self) -> Number;

    /// Puts the counts of the buckets, each of that bucket alone, into `counts`; tells whether any was another. `None`
    /// if there are more or fewer of them.
    fn put_counts(&self, counts: &mut [u64]) -> Option<bool>;
}

impl<T: Copy + Into<Number>> Point for GaugeDataPoint<T> {
    fn attributes(&self) -> impl Iterator<Item = &KeyValue> {
        self.attributes()
    }

    fn number(&self) -> Number {
        self.value().into()
    }

    fn put_counts(&self, _: &mut [u64]) -> Option<bool> {
        Some(false)
    }
}

impl<T: Copy + Into<Number>> Point for SumDataPoint<T> {
    fn attributes(&self) -> impl Iterator<Item = &KeyValue> {
        self.attributes()
    }

    fn number(&self) -> Number {
        self.value().into()
    }

    fn put_counts(&self, _: &mut [u64]) -> Option<bool> {
        Some(false)
    }
}

impl<T: Copy + Into<Number>> Point for HistogramDataPoint<T> {
    fn attributes(&self) -> impl Iterator<Item = &KeyValue> {
        self.attributes()
    }

    fn number(&self) -> Number {
        self.sum().into()
    }

    fn put_counts(&self, counts: &mut [u64]) -> Option<bool> {
        let mut theirs = self.bucket_counts();
        // Without bounds the SDK keeps no buckets either.
        if let [count] = counts {
            let changed = *count != self.count();
            *count = self.count();
            return theirs.next().is_none().then_some(changed);
        }
        let mut difference = 0;
        for count in counts {
            let new = theirs.next()?;
            difference |= *count ^ new;
            *count = new;
        }
        theirs.next().is_none().then_some(difference != 0)
    }
}
