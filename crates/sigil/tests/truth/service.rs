//! The service as a process of its own, and its API.

use std::{path::Path, time::Duration};

use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use stack::Process;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(30);

/// A running service.
pub(crate) struct Service {
    address: String,
    admin: String,
    client: Client,
    _process: Process,
    _folder: TempDir,
}

impl Service {
    /// Starts it; every trace is sampled and goes to the collector at `endpoint`.
    pub(crate) fn start(endpoint: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::builder("sigil", env!("CARGO_BIN_EXE_sigil"), folder.path().join("log"))
            .args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--retention", "0", "--gc-interval", "3600"])
            .arg("--data")
            .arg(path(folder.path(), "data"))
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .env("SIGIL_TRACE_RATIO", "1")
            .spawn()
            .unwrap();
        let address_in = |line: &str, prefix: &str| line.strip_prefix(prefix).map(str::to_owned);
        let address =
            process.wait_line("the address", LIMIT, |line| address_in(line, "sigil listening on http://")).unwrap();
        let admin = process
            .wait_line("the admin address", LIMIT, |line| address_in(line, "admin listening on http://"))
            .unwrap();
        Service { address, admin, client: Client::new(), _process: process, _folder: folder }
    }

    /// `host:port`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Seals `content`; its id.
    pub(crate) fn encode(&self, content: &str) -> String {
        self.try_encode(content).unwrap()
    }

    /// Seals `content`, or the status of the refusal.
    pub(crate) fn try_encode(&self, content: &str) -> Result<String, u16> {
        let response = self.post("/api/sigils", &json!({"content": content}));
        let status = response.status();
        let answer: Value = response.json().unwrap();
        if status.is_success() { Ok(answer["id"].as_str().unwrap().to_owned()) } else { Err(status.as_u16()) }
    }

    /// Verifies `content` against the sigil `id`.
    pub(crate) fn verify(&self, id: &str, content: &str) {
        let response = self.post("/api/sigils/verify", &json!({"id": id, "content": content}));
        assert!(response.status().is_success(), "{response:?}");
    }

    /// Withdraws a sigil.
    pub(crate) fn revoke(&self, id: &str) {
        let url = format!("http://{}/api/sigils/{id}", self.address);
        assert!(self.client.delete(url).send().unwrap().status().is_success());
    }

    /// Collects now; how many were removed.
    pub(crate) fn collect_garbage(&self) -> u64 {
        let answer = self.client.post(format!("http://{}/admin/gc", self.admin)).send().unwrap();
        answer.json::<Value>().unwrap()["removed"].as_u64().unwrap()
    }

    /// Puts a fault in force.
    pub(crate) fn fault(&self, fault: Value) {
        let response = self.client.put(format!("http://{}/admin/faults", self.admin)).json(&fault).send().unwrap();
        assert!(response.status().is_success(), "{}", response.text().unwrap());
    }

    /// Ends all faults.
    pub(crate) fn heal(&self) {
        let url = format!("http://{}/admin/faults", self.admin);
        assert!(self.client.delete(url).send().unwrap().status().is_success());
    }

    fn post(&self, path: &str, body: &Value) -> Response {
        self.client.post(format!("http://{}{path}", self.address)).json(body).send().unwrap()
    }
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}
