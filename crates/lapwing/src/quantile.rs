//! Quantiles of a histogram series, as Prometheus computes them.

use lapwing_exposition::Series;

/// The usual three quantiles of a histogram series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles {
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// The `q`-quantile of a histogram series since the process began, computed as PromQL's `histogram_quantile` does:
/// linear within a bucket, from 0 in the first, and the last finite bound for what lies above it.
///
/// `None` if the series is no histogram or holds no values; -∞ for `q` < 0 and +∞ for `q` > 1.
///
/// ```
/// use lapwing::{Labels, Series, Value, quantile};
///
/// let histogram = lapwing::exposition::Histogram::new([(0.1, 50), (0.2, 50)], 10.0);
/// let series = Series { labels: Labels::default(), value: Value::Histogram(histogram), created: None };
/// assert_eq!(quantile(&series, 0.5), Some(0.1));
/// assert_eq!(quantile(&series, 0.75), Some(0.15000000000000002));
/// ```
pub fn quantile(series: &Series, q: f64) -> Option<f64> {
    let buckets: Vec<_> = series.histogram()?.buckets().collect();
    let last = buckets.last().filter(|_| buckets.len() >= 2)?;
    if last.count == 0 || q.is_nan() {
        return None;
    }
    if q < 0.0 {
        return Some(f64::NEG_INFINITY);
    }
    if q > 1.0 {
        return Some(f64::INFINITY);
    }
    let rank = q * last.count as f64;
    let finite = &buckets[..buckets.len() - 1];
    let Some(at) = finite.iter().position(|bucket| bucket.count as f64 >= rank) else {
        return Some(finite[finite.len() - 1].le);
    };
    let end = finite[at].le;
    let (start, below) = match at {
        0 if end <= 0.0 => return Some(end),
        0 => (0.0, 0),
        _ => (finite[at - 1].le, finite[at - 1].count),
    };
    let inside = finite[at].count.saturating_sub(below) as f64;
    // Only `q` = 0 above an empty bucket gets here with none inside; PromQL answers NaN.
    if inside == 0.0 {
        return Some(f64::NAN);
    }
    Some(start + (end - start) * ((rank - below as f64) / inside))
}

/// [`quantile`] for 0.5, 0.9 and 0.99.
pub fn quantiles(series: &Series) -> Option<Quantiles> {
    Some(Quantiles { p50: quantile(series, 0.5)?, p90: quantile(series, 0.9)?, p99: quantile(series, 0.99)? })
}

#[cfg(test)]
mod tests {
    use lapwing_exposition::{Histogram, Labels, Number, Value};

    use super::*;

    /// A series of `(bound, values in this bucket alone)`; those above the last bound go with an infinite one.
    fn series(buckets: &[(f64, u64)]) -> Series {
        let histogram = Histogram::new(buckets.iter().copied(), 0.0);
        Series { labels: Labels::default(), value: Value::Histogram(histogram), created: None }
    }

    const INF: f64 = f64::INFINITY;

    #[test]
    fn values_above_the_last_bound_answer_with_that_bound() {
        let series = series(&[(1.0, 1), (2.0, 1), (INF, 8)]);
        assert_eq!(quantile(&series, 0.99), Some(2.0));
        assert_eq!(quantile(&series, 0.05), Some(0.5));
        assert_eq!(quantiles(&series), Some(Quantiles { p50: 2.0, p90: 2.0, p99: 2.0 }));
    }

    #[test]
    fn edges_answer_as_promql_does() {
        let some = series(&[(-1.0, 2), (1.0, 2)]);
        assert_eq!(quantile(&some, 0.25), Some(-1.0));
        assert_eq!(quantile(&some, 0.75), Some(0.0));
        assert_eq!(quantile(&some, -0.1), Some(f64::NEG_INFINITY));
        assert_eq!(quantile(&some, 1.1), Some(INF));
        assert_eq!(quantile(&some, f64::NAN), None);
        assert_eq!(quantile(&series(&[(1.0, 0)]), 0.5), None);
        assert_eq!(quantile(&series(&[(INF, 3)]), 0.5), None);
        let value = Value::Number(Number::from(1_u64));
        let counter = Series { labels: Labels::default(), value, created: None };
        assert_eq!(quantile(&counter, 0.5), None);
        assert_eq!(quantiles(&counter), None);
    }
}
