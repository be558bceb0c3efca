//! What is done through sigil's admin listener: trouble on schedule, and results of the load.

use std::time::Duration;

use serde_json::{Value, json};

/// Trouble that lasts from one second of the cycle to another.
struct Episode {
    from: f64,
    to: f64,
    says: &'static str,
    fault: fn() -> Value,
}

/// Length of the cycle in seconds. The first trouble comes early, so that short runs see some, but not before Prometheus scrapes: `rate`
/// can't see what happened before the first scrape.
const CYCLE: f64 = 35.0;

const EPISODES: [Episode; 5] = [
    Episode {
        from: 7.0,
        to: 10.0,
        says: "encode slow (median 150 ms) and failing at times (10 %)",
        fault: || {
            json!({"operation": "encode", "error_rate": 0.1,
                "latency": {"distribution": "lognormal", "median_ms": 150, "sigma": 0.6}})
        },
    },
    Episode {
        from: 12.0,
        to: 15.0,
        says: "verify slow (mean 40 ms) and failing at times (15 %)",
        fault: || {
            json!({"operation": "verify", "error_rate": 0.15,
                "latency": {"distribution": "exponential", "mean_ms": 40}})
        },
    },
    Episode {
        from: 17.0,
        to: 20.0,
        says: "storage slow (50 to 250 ms)",
        fault: || {
            json!({"operation": "storage.embedded",
                "latency": {"distribution": "uniform", "min_ms": 50, "max_ms": 250}})
        },
    },
    Episode {
        from: 22.0,
        to: 25.0,
        says: "revoke failing at times (30 %)",
        fault: || json!({"operation": "revoke", "error_rate": 0.3}),
    },
    Episode {
        from: 27.0,
        to: 29.0,
        says: "storage out: the circuit breaker opens",
        fault: || json!({"operation": "storage.embedded", "outage": true}),
    },
];

/// The admin listener, and which fault is in force there.
pub(crate) struct Admin {
    admin: String,
    http: reqwest::blocking::Client,
    active: Option<usize>,
}

impl Admin {
    /// At `http://admin`.
    pub(crate) fn new(admin: &str) -> Result<Self, reqwest::Error> {
        let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(3)).build()?;
        Ok(Admin { admin: admin.to_owned(), http, active: None })
    }

    /// Puts in force what belongs to this time, and ends what doesn't any more.
    pub(crate) fn at(&mut self, since_begin: Duration) -> Result<(), reqwest::Error> {
        let within = since_begin.as_secs_f64() % CYCLE;
        let due = EPISODES.iter().position(|episode| (episode.from..episode.to).contains(&within));
        if due == self.active {
            return Ok(());
        }
        self.clear()?;
        if let Some(episode) = due.map(|due| &EPISODES[due]) {
            self.put(&(episode.fault)())?;
        }
        self.active = due;
        Ok(())
    }

    /// Puts a fault in force beside those that are.
    pub(crate) fn put(&self, fault: &Value) -> Result<(), reqwest::Error> {
        self.http.put(format!("http://{}/admin/faults", self.admin)).json(fault).send()?.error_for_status()?;
        Ok(())
    }

    /// What is in force, in words.
    pub(crate) fn says(&self) -> Option<&'static str> {
        self.active.map(|active| EPISODES[active].says)
    }

    /// Ends all faults.
    pub(crate) fn clear(&mut self) -> Result<(), reqwest::Error> {
        self.http.delete(format!("http://{}/admin/faults", self.admin)).send()?.error_for_status()?;
        self.active = None;
        Ok(())
    }

    /// Whether sigil at `http://address` says that it is well.
    pub(crate) fn healthy(&self, address: &str) -> bool {
        self.http.get(format!("http://{address}/health")).send().is_ok_and(|answer| answer.status().is_success())
    }

    /// Tells sigil how a load run went, which shows as its load test gauges.
    pub(crate) fn tell_load_run(
        &self,
        scenario: &str,
        ok: bool,
        throughput: f64,
        p95: f64,
    ) -> Result<(), reqwest::Error> {
        let run = json!({"scenario": scenario, "ok": ok, "throughput": throughput, "p95_seconds": p95});
        self.http.post(format!("http://{}/admin/load-runs", self.admin)).json(&run).send()?.error_for_status()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn episodes_come_one_after_another_within_the_cycle() {
        let mut last = 0.0;
        for episode in &EPISODES {
            assert!(last <= episode.from && episode.from < episode.to && episode.to <= CYCLE, "{}", episode.says);
            last = episode.to;
        }
    }
}
