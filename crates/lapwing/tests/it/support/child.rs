//! Processes of their own.

use std::{
    io::{BufRead, BufReader},
    process::{Child as Process, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::PATIENCE;

/// This test binary again, running one ignored test. Killed when dropped.
pub(crate) struct Child {
    process: Process,
    lines: Arc<Lines>,
    readers: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Lines {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl Child {
    /// Starts `test` (its whole path) with these variables and none of OpenTelemetry's from outside.
    pub(crate) fn start(test: &str, variables: &[(&str, &str)]) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("OTEL_") {
                command.env_remove(name);
            }
        }
        command.env_remove("RUST_LOG").env_remove("METRICS_TOKEN").envs(variables.iter().copied());
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = Arc::new(Lines::default());
        let readers = vec![
            read(process.stdout.take().unwrap(), lines.clone()),
            read(process.stderr.take().unwrap(), lines.clone()),
        ];
        Child { process, lines, readers }
    }

    /// Waits for a line of either output that holds `text`.
    pub(crate) fn line_with(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.lines.lines.lock().unwrap();
        loop {
            if let Some(line) = lines.iter().find(|line| line.contains(text)) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no line with {text:?} in:\n{}", lines.join("\n"));
            lines = self.lines.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    pub(crate) fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end; gives its status and everything it said.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            match self.process.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > deadline => {
                    panic!("the child does not end; it said:\n{}", self.lines.lines.lock().unwrap().join("\n"))
                }
                None => thread::sleep(Duration::from_millis(10)),
            }
        };
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        let said = self.lines.lines.lock().unwrap().join("\n");
        (status, said)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(from: impl std::io::Read + Send + 'static, to: Arc<Lines>) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            to.lines.lock().unwrap().push(line);
            to.more.notify_all();
        }
    })
}
