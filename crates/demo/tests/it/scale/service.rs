//! A sigil of one's own.

use std::{
    env, fs,
    net::IpAddr,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use reqwest::blocking::Client;
use serde_json::{Value, json};
use stack::Process;
use tempfile::TempDir;

const READY: Duration = Duration::from_secs(30);
/// Free space on a disk that is all right.
pub(crate) const PLENTY: u64 = 100 << 30;

pub(crate) struct Service {
    pub(crate) process: Process,
    /// `host:port` of the API and `/metrics`.
    pub(crate) address: String,
    admin: String,
    http: Client,
    _folder: TempDir,
}

impl Service {
    /// Listens on a free port of this address; measures what `telemetry` says, or what it has inside.
    pub(crate) fn start(ip: IpAddr, telemetry: Option<&str>) -> Service {
        Service::spawn(ip, telemetry, false)
    }

    /// Measures nothing, and answers scrapes all the same.
    pub(crate) fn start_unmeasured(ip: IpAddr) -> Service {
        Service::spawn(ip, None, true)
    }

    fn spawn(ip: IpAddr, telemetry: Option<&str>, disabled: bool) -> Service {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::builder("sigil", env!("CARGO_BIN_EXE_demo"), folder.path().join("sigil.log"))
            .args(["run-sigil", "--listen", &format!("{ip}:0"), "--admin", "127.0.0.1:0", "--gc-interval", "3600"])
            .args([Path::new("--data"), &folder.path().join("data")]);
        if let Some(telemetry) = telemetry {
            let file = folder.path().join("telemetry.yaml");
            fs::write(&file, telemetry).unwrap();
            process = process.args([Path::new("--otel-config"), &file]);
        }
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            let ours = ["SIGIL_", "OTEL_", "DATABASE_URL", "METRICS_TOKEN"];
            if ours.iter().any(|prefix| name.starts_with(prefix)) {
                process = process.env_remove(name.as_ref());
            }
        }
        let mut process = process.env("OTEL_SDK_DISABLED", disabled.to_string()).spawn().unwrap();
        let mut told = |name: &str| {
            let prefix = format!("{name} listening on http://");
            process.wait_line(&prefix, READY, |line| line.strip_prefix(&prefix).map(str::to_owned)).unwrap()
        };
        let (address, admin) = (told("sigil"), told("admin"));
        let http = Client::builder().no_proxy().timeout(READY).build().unwrap();
        let service = Service { process, address, admin, http, _folder: folder };
        service.show_free_disk(PLENTY);
        service
    }

    /// Lets its store take no more writes, and has some tried; or as many as it takes to see that it takes them again.
    pub(crate) fn store_takes_writes(&self, takes: bool) {
        let faults = format!("http://{}/admin/faults", self.admin);
        let request = match takes {
            true => self.http.delete(format!("{faults}/storage.embedded")),
            false => self.http.put(faults).json(&json!({"operation": "storage.embedded", "outage": true})),
        };
        request.send().unwrap().error_for_status().unwrap();
        let begin = Instant::now();
        let tried = || {
            assert!(begin.elapsed() < READY, "the store doesn't recover");
            let content = json!({"content": "of a test"});
            self.http.post(format!("http://{}/api/sigils", self.address)).json(&content).send().unwrap().status()
        };
        match takes {
            // More in a row than its circuit breaker bears.
            false => (0..10).for_each(|_| assert!(tried().is_server_error())),
            true => {
                while !tried().is_success() {
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    /// Tells it of a load run.
    pub(crate) fn load_run(&self, ok: bool) {
        let run = json!({"scenario": "scale", "ok": ok, "throughput": 100, "p95_seconds": 0.1});
        let request = self.http.post(format!("http://{}/admin/load-runs", self.admin)).json(&run);
        request.send().unwrap().error_for_status().unwrap();
    }

    /// Lets it seem that its disk has so many bytes left.
    pub(crate) fn show_free_disk(&self, bytes: u64) {
        let fault = json!({"operation": "disk", "free_bytes": bytes});
        let request = self.http.put(format!("http://{}/admin/faults", self.admin)).json(&fault);
        request.send().unwrap().error_for_status().unwrap();
    }

    /// Seals and compares contents, asks for one that isn't there, and collects what has expired.
    pub(crate) fn operate(&self) {
        let url = format!("http://{}/api/sigils", self.address);
        for number in 0..20 {
            let content = format!("content number {number}, of a test");
            let sealed = self.http.post(&url).json(&json!({"content": content})).send().unwrap();
            let sealed: Value = sealed.error_for_status().unwrap().json().unwrap();
            let asked = json!({"id": sealed["id"], "content": content});
            self.http.post(format!("{url}/verify")).json(&asked).send().unwrap().error_for_status().unwrap();
        }
        let unknown = json!({"id": "0".repeat(32), "content": "of nobody"});
        assert_eq!(self.http.post(format!("{url}/verify")).json(&unknown).send().unwrap().status(), 404);
        self.http.post(format!("http://{}/admin/gc", self.admin)).send().unwrap().error_for_status().unwrap();
    }

    /// What a scraper that knows no other format is answered.
    pub(crate) fn exposed(&self) -> String {
        let answer = self.http.get(format!("http://{}/metrics", self.address)).send().unwrap();
        answer.error_for_status().unwrap().text().unwrap()
    }
}
