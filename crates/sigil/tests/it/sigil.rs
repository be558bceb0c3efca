//! The service as a process of its own, as users run it.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use stack::Process;
use tempfile::TempDir;

use crate::scrape::Scrape;

/// Long enough on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How to start one.
#[derive(Default)]
pub(crate) struct Setup {
    args: Vec<String>,
    env: Vec<(String, String)>,
    data: Option<PathBuf>,
    outliving_file_limits: bool,
}

impl Setup {
    pub(crate) fn arg(mut self, flag: &str, value: &str) -> Self {
        self.args.extend([flag.to_owned(), value.to_owned()]);
        self
    }

    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.args.push(flag.to_owned());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// On this data directory instead of a new one.
    pub(crate) fn on(mut self, data: &Path) -> Self {
        self.data = Some(data.to_owned());
        self
    }

    /// Writing beyond [`Sigil::limit_files`] is an error to it, as on a failing disk, and not its end.
    pub(crate) fn outliving_file_limits(mut self) -> Self {
        self.outliving_file_limits = true;
        self
    }

    pub(crate) fn start(self) -> Sigil {
        let folder = tempfile::tempdir().unwrap();
        let data = self.data.unwrap_or_else(|| folder.path().join("data"));
        let (binary, log) = (env!("CARGO_BIN_EXE_sigil"), folder.path().join("log"));
        let mut builder = match self.outliving_file_limits {
            true => Process::builder("sigil", "sh", log).args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", binary]),
            false => Process::builder("sigil", binary, log),
        };
        builder =
            builder.args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data"]).arg(&data).args(&self.args);
        for name in std::env::vars().map(|(name, _)| name) {
            if ["SIGIL_", "OTEL_", "METRICS_", "DATABASE_"].iter().any(|prefix| name.starts_with(prefix)) {
                builder = builder.env_remove(name);
            }
        }
        for (name, value) in &self.env {
            builder = builder.env(name, value);
        }
        let mut process = builder.spawn().unwrap();
        let mut address = |prefix: &str| {
            process.wait_line(prefix, PATIENCE, |line| line.strip_prefix(prefix).map(str::to_owned)).unwrap()
        };
        let (url, admin) = (address("sigil listening on "), address("admin listening on "));
        let client = Client::builder().timeout(PATIENCE).build().unwrap();
        Sigil { process, url, admin, client, data, _folder: folder }
    }
}

/// A running service. Stopped when dropped.
pub(crate) struct Sigil {
    pub(crate) process: Process,
    pub(crate) url: String,
    pub(crate) admin: String,
    pub(crate) client: Client,
    pub(crate) data: PathBuf,
    _folder: TempDir,
}

impl Sigil {
    pub(crate) fn start() -> Sigil {
        Setup::default().start()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Response {
        self.client.post(format!("{}{path}", self.url)).json(body).send().unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).send().unwrap()
    }

    pub(crate) fn delete(&self, path: &str) -> Response {
        self.client.delete(format!("{}{path}", self.url)).send().unwrap()
    }

    /// Seals a content, which must go well; its id.
    pub(crate) fn seal(&self, content: &str) -> String {
        let response = self.post("/api/sigils", &json!({"content": content}));
        assert_eq!(response.status(), 201);
        id_of(&response.json().unwrap())
    }

    /// Compares, which must go well.
    pub(crate) fn verify(&self, id: &str, content: &str) -> Value {
        let response = self.post("/api/sigils/verify", &json!({"id": id, "content": content}));
        assert_eq!(response.status(), 200);
        response.json().unwrap()
    }

    /// Status of a sigil; `None` if it is unknown.
    pub(crate) fn status(&self, id: &str) -> Option<String> {
        let response = self.get(&format!("/api/sigils/{id}"));
        match response.status().as_u16() {
            404 => None,
            200 => Some(response.json::<Value>().unwrap()["status"].as_str().unwrap().to_owned()),
            other => panic!("status {other}"),
        }
    }

    pub(crate) fn fault(&self, fault: Value) {
        let response = self.client.put(format!("{}/admin/faults", self.admin)).json(&fault).send().unwrap();
        assert_eq!(response.status(), 200, "{}", response.text().unwrap());
    }

    pub(crate) fn clear_faults(&self) {
        assert_eq!(self.client.delete(format!("{}/admin/faults", self.admin)).send().unwrap().status(), 204);
    }

    pub(crate) fn admin_post(&self, path: &str, body: &Value) -> Response {
        self.client.post(format!("{}{path}", self.admin)).json(body).send().unwrap()
    }

    pub(crate) fn store(&self) -> Value {
        self.client.get(format!("{}/admin/store", self.admin)).send().unwrap().json().unwrap()
    }

    pub(crate) fn scrape(&self) -> Scrape {
        let response = self.get("/metrics");
        assert_eq!(response.status(), 200);
        Scrape::parse(&response.text().unwrap())
    }
}

pub(crate) fn id_of(sealed: &Value) -> String {
    sealed["id"].as_str().unwrap().to_owned()
}

/// Waits until `found` has something.
pub(crate) fn eventually<T>(what: &str, patience: Duration, mut found: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(start.elapsed() < patience, "not within {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Sigil {
    /// Kills it, for tests whose requests nobody waits for.
    pub(crate) fn kill_now(&self) {
        let id = rustix::process::Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
    }

    /// From now on no write to a file succeeds; see [`Setup::outliving_file_limits`].
    pub(crate) fn limit_files(&self) {
        let id = rustix::process::Pid::from_raw(i32::try_from(self.process.id()).unwrap());
        let none = rustix::process::Rlimit { current: Some(0), maximum: None };
        rustix::process::prlimit(id, rustix::process::Resource::Fsize, none).unwrap();
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }
}
