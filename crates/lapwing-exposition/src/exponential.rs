//! Exponential histograms as explicit buckets, for formats that know no other.
//!
//! The bounds are powers of two, whatever the scale of the data: they are exact numbers, a bound means the same at every
//! scrape, and when the data gets coarser than that (it spans more than 160 doublings) the bounds that remain are some of
//! those before. All series of one metric get the same bounds, from one below the smallest value to one above the largest,
//! so that `sum by (le)` is right.
//!
//! | values | bound | counts |
//! | --- | --- | --- |
//! | positive | `le="2^k"` | exactly the values ≤ le |
//! | zero | `le="0.0"` | exactly the values ≤ 0 |
//! | negative | `le` = the number next below −2^k | exactly the values ≤ le, since a bucket of negative values excludes −2^k |
//!
//! What is lost is the place within a doubling: a quantile estimated from these buckets is off by less than a factor of
//! two. Declare explicit buckets where that is not enough.

use std::sync::Arc;

use opentelemetry_sdk::metrics::data::{ExponentialBucket, ExponentialHistogramDataPoint};

use crate::{Histogram, Number};

/// The bounds of one metric.
pub(crate) struct Fold {
    /// What the exponents of the bounds are multiples of: 1, or more if the data is coarser.
    step: i32,
    coarsest: i8,
    /// Exponents of the positive bounds, in steps.
    positive: std::ops::RangeInclusive<i32>,
    /// Exponents of the negative bounds, in steps.
    negative: std::ops::RangeInclusive<i32>,
    bounds: Arc<[f64]>,
}

impl Fold {
    /// Bounds that suit all of `points`.
    pub(crate) fn of<'a, T: 'a, I: Iterator<Item = &'a ExponentialHistogramDataPoint<T>>>(
        points: impl Fn() -> I,
    ) -> Fold {
        let coarsest = points().map(|point| point.scale()).min().unwrap_or(0).clamp(-10, 0);
        let step = 1 << -coarsest;
        let (mut positive, mut negative, mut zero) = (Reach::default(), Reach::default(), 0.0_f64);
        for point in points() {
            let shift = shift(point.scale(), coarsest);
            positive.extend(point.positive_bucket(), shift);
            negative.extend(point.negative_bucket(), shift);
            zero = zero.max(point.zero_threshold());
        }
        // One bound below the lowest bucket's own and one above the highest: where interpolation starts and ends.
        let negative = negative.bounds(|k| magnitude(k, step).is_finite());
        let positive = positive.bounds(|k| {
            let le = magnitude(k, step);
            le.is_finite() && le > zero
        });
        let bounds = negative
            .clone()
            .rev()
            .map(|k| (-magnitude(k, step)).next_down())
            .chain([zero])
            .chain(positive.clone().map(|k| magnitude(k, step)))
            .chain([f64::INFINITY])
            .collect();
        Fold { step, coarsest, positive, negative, bounds }
    }

    /// `point` in these bounds.
    pub(crate) fn fold<T: Copy + Into<Number>>(&self, point: &ExponentialHistogramDataPoint<T>) -> Histogram {
        debug_assert_eq!(self.step, 1 << -self.coarsest);
        let shift = shift(point.scale(), self.coarsest);
        let mut counts = vec![0_u64; self.bounds.len()];
        let negatives = self.negative.clone().count();
        for (k, count) in coarse(point.negative_bucket(), shift) {
            // Its upper bound is that of its smallest magnitude; the most negative one comes first.
            let at = self.negative.end().saturating_sub(k).clamp(0, negatives as i32);
            counts[at as usize] += count;
        }
        counts[negatives] += point.zero_count();
        for (k, count) in coarse(point.positive_bucket(), shift) {
            let at = (k + 1).saturating_sub(*self.positive.start()).max(0) as usize;
            let last = counts.len() - 1;
            counts[(negatives + 1 + at).min(last)] += count;
        }
        let mut total = 0;
        for count in &mut counts {
            total += *count;
            *count = total;
        }
        if let Some(last) = counts.last_mut() {
            // The SDK counts a value even where it finds no bucket for it.
            *last = total.max(point.count() as u64);
        }
        Histogram::from_cumulative(Arc::clone(&self.bounds), counts.into(), point.sum().into())
    }
}

/// From the data's scale to ours.
fn shift(scale: i8, coarsest: i8) -> u32 {
    u32::try_from(i32::from(scale) - i32::from(coarsest)).unwrap_or(0)
}

/// `(index at our scale, count)` of the buckets that hold something. Bucket `k` spans 2^(k·step) (exclusive) to
/// 2^((k+1)·step).
fn coarse(buckets: &ExponentialBucket, shift: u32) -> impl Iterator<Item = (i32, u64)> {
    let offset = i64::from(buckets.offset());
    let index = move |i: usize| (offset + i as i64) >> shift;
    buckets
        .counts()
        .enumerate()
        .filter(|(_, count)| *count > 0)
        .map(move |(i, count)| (i32::try_from(index(i)).unwrap_or(i32::MAX / 4), count))
}

/// The lowest and highest bucket that holds something.
#[derive(Default)]
struct Reach(Option<(i32, i32)>);

impl Reach {
    fn extend(&mut self, buckets: &ExponentialBucket, shift: u32) {
        for (k, _) in coarse(buckets, shift) {
            let (low, high) = self.0.unwrap_or((k, k));
            self.0 = Some((low.min(k), high.max(k)));
        }
    }

    /// The exponents of the bounds around these buckets, as far as `is_bound`.
    #[expect(clippy::reversed_empty_ranges, reason = "no bounds at all")]
    fn bounds(&self, is_bound: impl Fn(i32) -> bool) -> std::ops::RangeInclusive<i32> {
        let Some((mut low, high)) = self.0 else { return 1..=0 };
        let mut high = high + 1;
        while low <= high && !is_bound(low) {
            low += 1;
        }
        while low <= high && !is_bound(high) {
            high -= 1;
        }
        low..=high
    }
}

/// 2^(k·step), exactly; 0 below the smallest number.
fn magnitude(k: i32, step: i32) -> f64 {
    match k.saturating_mul(step) {
        1024.. => f64::INFINITY,
        e @ -1022..=1023 => f64::from_bits(((e + 1023) as u64) << 52),
        e @ -1074..=-1023 => f64::from_bits(1 << (e + 1074)),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magnitudes_are_exact_over_the_whole_range() {
        assert_eq!(magnitude(0, 1), 1.0);
        assert_eq!(magnitude(10, 1), 1024.0);
        assert_eq!(magnitude(-3, 2), 1.0 / 64.0);
        assert_eq!(magnitude(1023, 1), 2_f64.powi(1023));
        assert_eq!(magnitude(1024, 1), f64::INFINITY);
        assert_eq!(magnitude(-1022, 1), f64::MIN_POSITIVE);
        assert_eq!(magnitude(-1074, 1), 5e-324);
        assert_eq!(magnitude(-1075, 1), 0.0);
    }
}
