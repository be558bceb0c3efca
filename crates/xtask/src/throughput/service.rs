//! A sigil to be driven, as a process of its own on an empty store.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use stack::Process;
use tempfile::TempDir;

use super::{ThroughputError, side::Side, workload};
use workload::Workload;

const READY: Duration = Duration::from_secs(30);

/// Sigils that are in the store before the first request.
const SEALED: usize = 100;

/// A running sigil, stopped when dropped.
pub(super) struct Service {
    pub(super) side: Side,
    pub(super) process: Process,
    /// `host:port`.
    pub(super) address: String,
    ids: Vec<String>,
    /// Operations that it answered, as the clients counted them.
    asked: [u64; Workload::ALL.len()],
    http: Client,
    folder: TempDir,
}

impl Service {
    /// Starts it and seals what is to be fetched and verified.
    pub(super) fn start(side: Side, program: &Path) -> Result<Self, ThroughputError> {
        let folder = tempfile::Builder::new().prefix("lapwing-throughput-").tempdir();
        let folder = folder.map_err(ThroughputError::file(&env::temp_dir()))?;
        let telemetry = folder.path().join("telemetry.yaml");
        fs::write(&telemetry, side.configuration()).map_err(ThroughputError::file(&telemetry))?;
        let mut process = Process::builder("sigil", program, folder.path().join("sigil.log"))
            .args(["--listen", "127.0.0.1:0"])
            .args([Path::new("--data"), &folder.path().join("data"), Path::new("--otel-config"), &telemetry]);
        // What is set for other services must not change what is measured.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            let others = ["DATABASE_URL", "METRICS_TOKEN", "RUST_LOG"];
            if name.starts_with("SIGIL_") || name.starts_with("OTEL_") || others.contains(&&*name) {
                process = process.env_remove(name.as_ref());
            }
        }
        for (name, value) in side.environment() {
            process = process.env(name, value);
        }
        let mut process = process.spawn()?;
        let says = "sigil listening on http://";
        let address =
            process.wait_line(&format!("`{says}…`"), READY, |line| Some(line.strip_prefix(says)?.to_owned()))?;
        let client = Client::builder().no_proxy().timeout(READY).build();
        let http = client.map_err(|source| ThroughputError::Http { side, source })?;
        let mut service = Service { side, process, address, ids: Vec::new(), asked: Default::default(), http, folder };
        service.seal()?;
        Ok(service)
    }

    fn seal(&mut self) -> Result<(), ThroughputError> {
        let items = vec![json!({"content": workload::content()}); SEALED];
        let request = self.http.post(format!("http://{}/api/sigils", self.address)).json(&json!({"items": items}));
        let answer: Value =
            self.answered(request.send().and_then(Response::error_for_status).and_then(Response::json))?;
        let items = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
        self.ids = items.iter().filter_map(|item| Some(item["id"].as_str()?.to_owned())).collect();
        self.asked(Workload::Encode, SEALED as u64);
        match self.ids.len() {
            SEALED => Ok(()),
            _ => Err(ThroughputError::Answer { side: self.side, what: "a batch", answer: answer.to_string() }),
        }
    }

    /// The script for wrk, written beside the store.
    pub(super) fn script(&self, workload: Workload) -> Result<PathBuf, ThroughputError> {
        let path = self.folder.path().join(format!("{workload}.lua"));
        fs::write(&path, workload.script(&self.ids)).map_err(ThroughputError::file(&path))?;
        Ok(path)
    }

    /// Notes that so many operations were answered.
    pub(super) fn asked(&mut self, workload: Workload, requests: u64) {
        self.asked[workload as usize] += requests;
    }

    /// Stops it, after a look at whether it measured all that it answered, or nothing where it should measure nothing.
    pub(super) fn finish(mut self) -> Result<(), ThroughputError> {
        let request = self.http.get(format!("http://{}/metrics", self.address));
        let text = self.answered(request.send().and_then(Response::error_for_status).and_then(Response::text))?;
        for workload in Workload::ALL {
            let Some(counter) = workload.counter() else { continue };
            let (asked, told) = (self.asked[workload as usize], total(&text, counter));
            // Requests that wrk broke off at its end were measured all the same.
            let right = if self.side.measures() { told >= asked } else { told == 0 };
            if !right {
                let (side, what) = (self.side, workload.name());
                return Err(ThroughputError::Unmeasured { side, what, asked, told });
            }
        }
        self.process.stop()?;
        Ok(())
    }

    fn answered<T>(&self, outcome: reqwest::Result<T>) -> Result<T, ThroughputError> {
        outcome.map_err(|source| ThroughputError::Http { side: self.side, source })
    }
}

/// Sum of a counter's series in Prometheus text.
fn total(text: &str, counter: &str) -> u64 {
    let series = text.lines().filter_map(|line| line.strip_prefix(counter)).filter(|rest| rest.starts_with(['{', ' ']));
    series.filter_map(|rest| rest.rsplit_once(' ')?.1.parse::<f64>().ok()).sum::<f64>() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counter_is_summed_over_its_series() {
        let text = "# TYPE a_total counter\na_total{outcome=\"ok\"} 4\na_total{outcome=\"error\"} 1\na_total_b 7\n";
        assert_eq!((total(text, "a_total"), total(text, "a_total_b"), total(text, "c")), (5, 7, 0));
    }

    #[test]
    fn workloads_have_places_of_their_own() {
        let places: Vec<usize> = Workload::ALL.iter().map(|workload| *workload as usize).collect();
        assert_eq!(places, [0, 1, 2]);
    }
}
