//! Label values of the series that are measured, the same for every variant.

/// Upper bounds of every histogram, in seconds: ten, so a series is 13 lines of a scrape.
pub const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// Name of the histogram, as OpenTelemetry spells it.
pub const HISTOGRAM: &str = "shop.request.duration";

/// The same as Prometheus spells it.
pub const PROMETHEUS_HISTOGRAM: &str = "shop_request_duration_seconds";

/// What is said of it in a scrape.
pub const DESCRIPTION: &str = "Time from the arrival of a request to its answer.";

const ROUTES: [&str; 4] = ["/cart", "/checkout", "/products/{id}", "/search"];
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// Series that spans are spread over unless told otherwise.
pub const SPAN_SERIES: usize = 16;

/// Labels `(route, method)` of span number `at`, of one out of at most [`SPAN_SERIES`] series, which must be a power of two.
#[inline]
pub fn of_span(at: usize, series: usize) -> (&'static str, &'static str) {
    let at = at & (series - 1);
    (ROUTES[at & 3], METHODS[(at >> 2) & 3])
}

/// Labels `(route, method)` of series number `at` of a scrape, different for each.
pub fn of_scrape(at: usize) -> (String, &'static str) {
    (format!("/products/{}/reviews", at / METHODS.len()), METHODS[at % METHODS.len()])
}

/// A value that falls into a bucket of its own for consecutive measurements, in seconds.
pub fn value(at: usize) -> f64 {
    // Digits as real durations have them: what is formatted is not a round number.
    (at % 1009) as f64 * 0.001_123_457 + 0.000_271_828
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn series_are_as_many_as_asked_for() {
        for series in [1, 2, 16] {
            assert_eq!((0..100).map(|at| of_span(at, series)).collect::<HashSet<_>>().len(), series);
        }
        assert_eq!((0..1000).map(of_scrape).collect::<HashSet<_>>().len(), 1000);
    }

    #[test]
    fn values_fall_into_every_bucket() {
        let buckets: HashSet<usize> = (0..1009).map(|at| BOUNDS.partition_point(|bound| *bound < value(at))).collect();
        assert_eq!(buckets.len(), BOUNDS.len() + 1);
    }
}
