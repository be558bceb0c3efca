//! What the endpoint says about itself.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use lapwing_exposition::{Family, Histogram, Kind, Labels, Series, Snapshot, Value};

use crate::coding::Coding;

/// Upper bounds of the gather duration, in seconds.
const BOUNDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The status codes that the endpoint answers with, all exported from the start.
pub(crate) const CODES: [u16; 8] = [200, 400, 401, 403, 405, 429, 500, 503];

/// Why a scrape got no metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Allowlist,
    FailedTokens,
    Forwarded,
    Gather,
    InFlight,
    Method,
    Query,
    RateLimit,
    Timeout,
    Token,
}

impl Cause {
    const ALL: [Cause; 10] = [
        Cause::Allowlist,
        Cause::FailedTokens,
        Cause::Forwarded,
        Cause::Gather,
        Cause::InFlight,
        Cause::Method,
        Cause::Query,
        Cause::RateLimit,
        Cause::Timeout,
        Cause::Token,
    ];

    fn label(self) -> &'static str {
        match self {
            Cause::Allowlist => "allowlist",
            Cause::FailedTokens => "failed_tokens",
            Cause::Forwarded => "forwarded",
            Cause::Gather => "gather",
            Cause::InFlight => "in_flight",
            Cause::Method => "method",
            Cause::Query => "query",
            Cause::RateLimit => "rate_limit",
            Cause::Timeout => "timeout",
            Cause::Token => "token",
        }
    }
}

/// Counts of one endpoint, over all workers and apps that serve it.
#[derive(Debug, Default)]
pub(crate) struct EndpointMetrics {
    requests: [AtomicU64; CODES.len()],
    rejected: [AtomicU64; Cause::ALL.len()],
    sent: [AtomicU64; Coding::ALL.len()],
    cut: AtomicU64,
    gathers: Mutex<Durations>,
}

#[derive(Debug, Default)]
struct Durations {
    buckets: [u64; BOUNDS.len() + 1],
    sum: f64,
}

impl EndpointMetrics {
    pub(crate) fn answered(&self, code: u16) {
        if let Some(at) = CODES.iter().position(|known| *known == code) {
            self.requests[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn rejected(&self, cause: Cause) {
        self.rejected[cause as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self, coding: Coding, bytes: usize) {
        self.sent[coding as usize].fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn cut(&self) {
        self.cut.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn gathered(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut gathers = self.gathers.lock().unwrap_or_else(PoisonError::into_inner);
        gathers.buckets[BOUNDS.partition_point(|bound| *bound < seconds)] += 1;
        gathers.sum += seconds;
    }

    /// All of it, now.
    pub(crate) fn snapshot(&self, in_flight: usize, token_file: Option<bool>) -> Snapshot {
        let mut families = vec![
            counter(
                "lapwing_endpoint_cut_total",
                "",
                "Responses that their reader did not take within the deadline.",
                vec![counted(Labels::default(), &self.cut)],
            ),
            self.durations(),
            gauge(
                "lapwing_endpoint_in_flight",
                "Scrapes admitted and not yet answered to the last byte.",
                in_flight as u64,
            ),
            counter(
                "lapwing_endpoint_rejected_total",
                "",
                "Scrapes that got no metrics, by cause.",
                labelled("cause", Cause::ALL.map(Cause::label), &self.rejected),
            ),
            counter(
                "lapwing_endpoint_requests_total",
                "",
                "Scrapes answered, by status code.",
                labelled("code", CODES.map(|code| code.to_string()), &self.requests),
            ),
            counter(
                "lapwing_endpoint_response_bytes_total",
                "bytes",
                "Bytes of response bodies sent, by content coding.",
                labelled("encoding", Coding::ALL.map(|coding| coding.to_string()), &self.sent),
            ),
        ];
        families.extend(token_file.map(|usable| {
            gauge(
                "lapwing_endpoint_token_file_ok",
                "1 if the token file was usable when last looked at, 0 if the token before it is still in force.",
                usable.into(),
            )
        }));
        Snapshot::new(families)
    }

    fn durations(&self) -> Family {
        let gathers = self.gathers.lock().unwrap_or_else(PoisonError::into_inner);
        let buckets = BOUNDS.into_iter().chain([f64::INFINITY]).zip(gathers.buckets);
        let value = Value::Histogram(Histogram::new(buckets, gathers.sum));
        family(
            "lapwing_endpoint_gather_duration_seconds",
            "seconds",
            "Time to gather all metrics once, for all scrapes that share the result.",
            Kind::Histogram,
            vec![Series { labels: Labels::default(), value, created: None }],
        )
    }
}

fn counter(name: &str, unit: &str, help: &str, series: Vec<Series>) -> Family {
    family(name, unit, help, Kind::Counter, series)
}

fn gauge(name: &str, help: &str, value: u64) -> Family {
    let value = Value::Number(value.into());
    family(name, "", help, Kind::Gauge, vec![Series { labels: Labels::default(), value, created: None }])
}

fn family(name: &str, unit: &str, help: &str, kind: Kind, series: Vec<Series>) -> Family {
    Family { name: name.to_owned(), help: help.to_owned(), unit: unit.to_owned(), kind, series }
}

fn labelled<const N: usize>(name: &str, values: [impl Into<String>; N], counts: &[AtomicU64; N]) -> Vec<Series> {
    values.into_iter().zip(counts).map(|(value, count)| counted(Labels::new([(name, value.into())]), count)).collect()
}

fn counted(labels: Labels, count: &AtomicU64) -> Series {
    let value = Value::Counter { value: count.load(Ordering::Relaxed).into(), exemplar: None };
    Series { labels, value, created: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_counted_is_told() {
        let metrics = EndpointMetrics::default();
        metrics.answered(200);
        metrics.answered(503);
        metrics.rejected(Cause::InFlight);
        metrics.sent(Coding::Gzip, 12);
        metrics.cut();
        metrics.gathered(Duration::from_millis(1));
        metrics.gathered(Duration::from_secs(60));
        let told = metrics.snapshot(2, Some(true));
        let number = |family: &str, labels: &[(&str, &str)]| {
            told.family(family).unwrap().series(labels).unwrap().number().unwrap().as_f64()
        };
        for (family, labels, expected) in [
            ("lapwing_endpoint_requests_total", &[("code", "200")][..], 1.0),
            ("lapwing_endpoint_requests_total", &[("code", "401")], 0.0),
            ("lapwing_endpoint_requests_total", &[("code", "503")], 1.0),
            ("lapwing_endpoint_rejected_total", &[("cause", "in_flight")], 1.0),
            ("lapwing_endpoint_rejected_total", &[("cause", "token")], 0.0),
            ("lapwing_endpoint_response_bytes_total", &[("encoding", "gzip")], 12.0),
            ("lapwing_endpoint_response_bytes_total", &[("encoding", "identity")], 0.0),
            ("lapwing_endpoint_cut_total", &[], 1.0),
            ("lapwing_endpoint_in_flight", &[], 2.0),
            ("lapwing_endpoint_token_file_ok", &[], 1.0),
        ] {
            assert_eq!(number(family, labels), expected, "{family} {labels:?}");
        }
        let durations = &told.family("lapwing_endpoint_gather_duration_seconds").unwrap().series[0];
        let durations = durations.histogram().unwrap();
        assert_eq!((durations.count(), durations.sum().as_f64()), (2, 60.001));
        let at = |le: f64| durations.buckets().find(|bucket| bucket.le == le).unwrap().count;
        assert_eq!((at(0.0005), at(0.001), at(10.0), at(f64::INFINITY)), (0, 1, 1, 2));
    }

    #[test]
    fn every_cause_has_its_own_place() {
        for (at, cause) in Cause::ALL.into_iter().enumerate() {
            assert_eq!(cause as usize, at, "{}", cause.label());
        }
        for (at, coding) in Coding::ALL.into_iter().enumerate() {
            assert_eq!(coding as usize, at, "{coding}");
        }
    }
}
