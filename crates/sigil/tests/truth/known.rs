//! Operations whose number, latency and outcome are known, and what Prometheus has to say of them.

use std::time::Duration;

use serde_json::json;
use stack::Prometheus;

use crate::service::Service;

const LIMIT: Duration = Duration::from_secs(30);

/// Injected latency in milliseconds and how many encodes get it. Each is at the lower end of a wide bucket: an encode waits for
/// the disk as well, and a busy machine must not carry it into the next one.
pub(crate) const ENCODES: [(u64, u64); 4] = [(210, 12), (510, 6), (1020, 2), (2050, 1)];
/// A verify waits for nothing but the injected latency, yet a core may be busy elsewhere.
const VERIFIES: [(u64, u64); 2] = [(105, 8), (510, 2)];
const FAILING_ENCODES: u64 = 7;
const REVOKES: u64 = 5;
/// Verified against its own content: resonance 1. The others against unrelated content: below 0.3.
const RESONATING: u64 = 6;

const ENCODE_BOUNDS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];
const VERIFY_BOUNDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0];

/// What was done.
pub(crate) struct Known {
    removed: u64,
}

impl Known {
    /// Does it, one operation after the other.
    pub(crate) fn make(service: &Service) -> Self {
        let mut ids = Vec::new();
        for (ms, times) in ENCODES {
            service.fault(json!({"operation": "encode", "latency": {"distribution": "fixed", "ms": ms}}));
            for _ in 0..times {
                ids.push(service.encode(&content(ids.len() as u64)));
            }
        }
        service.fault(json!({"operation": "encode", "error_rate": 1.0}));
        for i in 0..FAILING_ENCODES {
            assert!(service.try_encode(&content(i)).is_err());
        }
        let mut verified = 0;
        for (ms, times) in VERIFIES {
            service.fault(json!({"operation": "verify", "latency": {"distribution": "fixed", "ms": ms}}));
            for _ in 0..times {
                let other = if verified < RESONATING { verified } else { verified + 1000 };
                service.verify(&ids[verified as usize], &content(other));
                verified += 1;
            }
        }
        service.heal();
        for id in ids.iter().take(REVOKES as usize) {
            service.revoke(id);
        }
        let removed = service.collect_garbage();
        assert_eq!(removed, REVOKES);
        Known { removed }
    }

    /// Asks Prometheus for all of it.
    pub(crate) fn check(&self, what: &str, prometheus: &Prometheus) {
        let encodes: u64 = ENCODES.iter().map(|(_, times)| times).sum();
        let verifies: u64 = VERIFIES.iter().map(|(_, times)| times).sum();
        let expect = |query: &str, value: u64| {
            prometheus
                .wait_for(query, LIMIT, |samples| samples.len() == 1 && samples[0].value == value as f64)
                .unwrap_or_else(|e| panic!("{what}: {query} is not {value}: {e}"));
        };
        expect("sigil_encode_duration_seconds_count{outcome=\"ok\"}", encodes);
        expect("sigil_encode_total{outcome=\"ok\"}", encodes);
        expect("sigil_encode_total{outcome=\"error\"}", FAILING_ENCODES);
        expect("sigil_encode_duration_seconds_count{outcome=\"error\"}", FAILING_ENCODES);
        expect("sigil_error_total{operation=\"encode\"}", FAILING_ENCODES);
        expect("sigil_error_total{operation=\"verify\"}", 0);
        expect("sigil_verify_total{outcome=\"ok\"}", verifies);
        expect("sigil_revoke_total{outcome=\"ok\"}", REVOKES);
        expect("sigil_gc_removed_total", self.removed);
        // One write seals, one revokes, one collects.
        expect("sigil_storage_write_seconds_count{backend=\"embedded\",outcome=\"ok\"}", encodes + REVOKES + 1);
        expect("sigil_resonance_strength_count", verifies);
        expect("sigil_resonance_strength_bucket{le=\"0.3\"}", verifies - RESONATING);
        expect("sigil_resonance_strength_bucket{le=\"0.9\"}", verifies - RESONATING);
        expect("sigil_resonance_strength_bucket{le=\"1.0\"}", verifies);

        buckets(what, prometheus, "sigil_encode_duration_seconds", &ENCODE_BOUNDS, &ENCODES);
        buckets(what, prometheus, "sigil_verify_duration_seconds", &VERIFY_BOUNDS, &VERIFIES);
        quantiles(what, prometheus, "sigil_encode_duration_seconds", &ENCODE_BOUNDS, &ENCODES);
        quantiles(what, prometheus, "sigil_verify_duration_seconds", &VERIFY_BOUNDS, &VERIFIES);
    }
}

/// Each bucket holds exactly the operations that took no longer than its bound.
fn buckets(what: &str, prometheus: &Prometheus, metric: &str, bounds: &[f64], made: &[(u64, u64)]) {
    let samples = prometheus.query(&format!("{metric}_bucket{{outcome=\"ok\"}}")).unwrap();
    assert_eq!(samples.len(), bounds.len() + 1, "{what}: {metric}");
    for sample in samples {
        let le: f64 = sample.label("le").parse().unwrap();
        assert!(le.is_infinite() || bounds.contains(&le), "{what}: {metric} has le {le}");
        let expected: u64 = made.iter().filter(|(ms, _)| (*ms as f64) / 1000.0 <= le).map(|(_, times)| times).sum();
        assert_eq!(sample.value, expected as f64, "{what}: {metric} le {le}");
    }
}

/// `histogram_quantile` lies within the bucket that the true quantile is in.
fn quantiles(what: &str, prometheus: &Prometheus, metric: &str, bounds: &[f64], made: &[(u64, u64)]) {
    let total: u64 = made.iter().map(|(_, times)| times).sum();
    for q in [0.5, 0.95, 0.99] {
        let rank = (q * total as f64).ceil() as u64;
        let mut seen = 0;
        let (ms, _) = made
            .iter()
            .find(|(_, times)| {
                seen += times;
                seen >= rank
            })
            .unwrap();
        let truth = *ms as f64 / 1000.0;
        let upper = bounds.partition_point(|bound| *bound < truth);
        let (low, high) = (bounds[upper - 1], bounds[upper]);
        let query = format!("histogram_quantile({q}, sum by (le) (rate({metric}_bucket{{outcome=\"ok\"}}[5m])))");
        let value = prometheus.value(&query).unwrap().unwrap_or_else(|| panic!("{what}: no answer to {query}"));
        assert!(low <= value && value <= high, "{what}: {query} is {value}, the true one in {low}..{high}");
    }
}

/// Text that resembles no other's.
fn content(seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let words: Vec<String> =
        (0..120).map(|_| std::iter::repeat_with(|| random.lowercase()).take(random_length(seed)).collect()).collect();
    words.join(" ")
}

fn random_length(seed: u64) -> usize {
    4 + (seed % 5) as usize
}
