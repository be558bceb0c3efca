//! A histogram of explicit buckets.

use std::sync::Arc;

use crate::{Exemplar, Number};

/// Cumulative buckets with a sum and a count. The last bound is always `+Inf`, and its count is the count of all.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Upper bounds, ascending, shared by the series of a family.
    bounds: Arc<[f64]>,
    /// Cumulative, one for each bound.
    counts: Box<[u64]>,
    /// `(index of the bucket, exemplar)`, sorted by index: most buckets have none.
    exemplars: Vec<(usize, Exemplar)>,
    sum: Number,
}

/// One cumulative bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket<'a> {
    /// Upper bound, inclusive.
    pub le: f64,
    /// Values at or below `le`.
    pub count: u64,
    /// A recent value that fell into this very bucket.
    pub exemplar: Option<&'a Exemplar>,
}

impl Histogram {
    /// A histogram from `(upper bound, values in this bucket alone)`, in any order. Buckets of equal bounds are added,
    /// bounds that are not numbers are ignored with their values, and a bucket for `+Inf` is made if there is none.
    pub fn new(buckets: impl IntoIterator<Item = (f64, u64)>, sum: impl Into<Number>) -> Histogram {
        let mut buckets: Vec<(f64, u64)> = buckets.into_iter().filter(|(le, _)| !le.is_nan()).collect();
        buckets.push((f64::INFINITY, 0));
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        buckets.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1 = first.1.saturating_add(later.1);
            }
            same
        });
        let bounds = buckets.iter().map(|(le, _)| *le).collect();
        Histogram::from_counts(bounds, buckets.into_iter().map(|(_, count)| count), sum.into())
    }

    /// `bounds` must ascend and end with `+Inf`; `counts` are those of each bucket alone.
    pub(crate) fn from_counts(bounds: Arc<[f64]>, counts: impl Iterator<Item = u64>, sum: Number) -> Histogram {
        let mut total = 0_u64;
        let mut cumulative: Vec<u64> = Vec::with_capacity(bounds.len());
        cumulative.extend(counts.take(bounds.len()).map(|count| {
            total = total.saturating_add(count);
            total
        }));
        cumulative.resize(bounds.len(), total);
        Histogram { bounds, counts: cumulative.into(), exemplars: Vec::new(), sum }
    }

    /// `bounds` must ascend and end with `+Inf`; `counts` are cumulative.
    pub(crate) fn from_cumulative(bounds: Arc<[f64]>, counts: Box<[u64]>, sum: Number) -> Histogram {
        debug_assert_eq!(bounds.len(), counts.len());
        Histogram { bounds, counts, exemplars: Vec::new(), sum }
    }

    /// The buckets, ascending; the last one is `+Inf`.
    pub fn buckets(&self) -> impl ExactSizeIterator<Item = Bucket<'_>> {
        let mut exemplars = self.exemplars.iter().peekable();
        self.bounds.iter().zip(&self.counts).enumerate().map(move |(i, (&le, &count))| Bucket {
            le,
            count,
            exemplar: exemplars.next_if(|(at, _)| *at == i).map(|(_, exemplar)| exemplar),
        })
    }

    /// Sum of all values.
    pub fn sum(&self) -> Number {
        self.sum
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.counts.last().copied().unwrap_or(0)
    }

    /// The upper bounds, ascending; the last one is `+Inf`.
    pub fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    pub(crate) fn shared_bounds(&self) -> &Arc<[f64]> {
        &self.bounds
    }

    /// Puts `exemplar` into the bucket its value belongs to, where the later one stays. Whoever fills a bucket that holds
    /// no value has mistaken the series: it is not taken.
    pub fn add_exemplar(&mut self, exemplar: Exemplar) {
        let bucket = self.bounds.partition_point(|le| *le < exemplar.value);
        let Some(&count) = self.counts.get(bucket) else { return };
        let below = bucket.checked_sub(1).map_or(0, |below| self.counts[below]);
        if exemplar.value.is_nan() || count == below {
            return;
        }
        match self.exemplars.binary_search_by_key(&bucket, |(at, _)| *at) {
            Ok(at) if self.exemplars[at].1.time <= exemplar.time => self.exemplars[at].1 = exemplar,
            Ok(_) => {}
            Err(at) => self.exemplars.insert(at, (bucket, exemplar)),
        }
    }

    /// With their buckets, sorted by these.
    pub(crate) fn into_exemplars(self) -> Vec<(usize, Exemplar)> {
        self.exemplars
    }

    /// `exemplars` must be as [`Histogram::into_exemplars`] gives them.
    pub(crate) fn set_exemplars(&mut self, exemplars: Vec<(usize, Exemplar)>) {
        self.exemplars = exemplars;
    }

    pub(crate) fn has_bounds_of(&self, other: &Histogram) -> bool {
        self.bounds == other.bounds
    }

    /// Adds `other`, which must have the same bounds.
    pub(crate) fn add(&mut self, other: &mut Histogram) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.sum = self.sum.plus(other.sum);
        for (_, exemplar) in other.exemplars.drain(..) {
            self.add_exemplar(exemplar);
        }
    }

    /// Whether the sum never falls: OpenMetrics forbids it to be written otherwise.
    pub(crate) fn has_counter_sum(&self) -> bool {
        self.bounds.first().is_none_or(|le| *le >= 0.0) && !self.sum.is_negative_or_nan()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use proptest::prelude::*;

    use super::*;
    use crate::Labels;

    fn exemplar(value: f64, second: u64) -> Exemplar {
        let time = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(second));
        Exemplar { labels: Labels::default(), value, time }
    }

    #[test]
    fn buckets_are_sorted_cumulative_and_end_with_infinity() {
        let h = Histogram::new([(1.0, 2), (0.5, 1), (1.0, 3), (f64::NAN, 9)], 4.5);
        let buckets: Vec<_> = h.buckets().map(|b| (b.le, b.count)).collect();
        assert_eq!(buckets, [(0.5, 1), (1.0, 6), (f64::INFINITY, 6)]);
        assert_eq!((h.count(), h.sum()), (6, Number::Float(4.5)));
    }

    #[test]
    fn an_exemplar_goes_to_its_bucket_and_the_latest_stays() {
        let mut h = Histogram::new([(0.5, 1), (1.0, 2), (2.0, 0)], 2.0);
        h.add_exemplar(exemplar(1.0, 2));
        h.add_exemplar(exemplar(0.7, 1));
        h.add_exemplar(exemplar(0.8, 3));
        h.add_exemplar(exemplar(0.1, 1));
        h.add_exemplar(exemplar(1.5, 1));
        h.add_exemplar(exemplar(9.0, 1));
        h.add_exemplar(exemplar(f64::NAN, 1));
        let values: Vec<_> = h.buckets().map(|b| b.exemplar.map(|e| e.value)).collect();
        assert_eq!(values, [Some(0.1), Some(0.8), None, None]);
    }

    #[test]
    fn histograms_are_added_only_with_equal_bounds() {
        let mut h = Histogram::new([(1.0, 2)], 2.0);
        let mut more = Histogram::new([(1.0, 3), (f64::INFINITY, 1)], 9.0);
        assert!(h.has_bounds_of(&more) && !h.has_bounds_of(&Histogram::new([(2.0, 1)], 1.0)));
        h.add(&mut more);
        assert_eq!(h, Histogram::new([(1.0, 5), (f64::INFINITY, 1)], 11.0));
    }

    proptest! {
        #[test]
        fn buckets_never_fall_and_the_last_counts_all(buckets: Vec<(f64, u64)>) {
            let kept = buckets.iter().filter(|(le, _)| !le.is_nan());
            let total = kept.fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
            let h = Histogram::new(buckets.clone(), 0.0);
            let found: Vec<_> = h.buckets().collect();
            prop_assert!(found.is_sorted_by(|a, b| a.le < b.le && a.count <= b.count));
            prop_assert_eq!(found.last().map(|b| (b.le, b.count)), Some((f64::INFINITY, total)));
        }
    }
}
