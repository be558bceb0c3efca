//! A running demo, with a temporary folder of its own by which its children are known.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(240);

pub(crate) struct Demo {
    child: Child,
    lines: Receiver<String>,
    seen: String,
    pub(crate) folder: TempDir,
}

/// How a demo ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// Standard output and error.
    pub(crate) said: String,
}

impl Demo {
    pub(crate) fn start(arguments: &[&str]) -> Demo {
        Demo::start_with(arguments, |_| {})
    }

    /// One that finds no Prometheus and may not fetch one.
    pub(crate) fn without_prometheus(arguments: &[&str]) -> Demo {
        Demo::start_with(arguments, |command| {
            command.env("LAPWING_PARTS", "/nonexistent").env("LAPWING_SYSTEM_PARTS", "0");
            for part in ["LAPWING_PROMETHEUS_2", "LAPWING_PROMETHEUS_3"] {
                command.env_remove(part);
            }
        })
    }

    /// One whose environment is prepared.
    pub(crate) fn start_with(arguments: &[&str], prepare: impl Fn(&mut Command)) -> Demo {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
        command.args(arguments).env("TMPDIR", folder.path()).env("LAPWING_OFFLINE", "1").current_dir(folder.path());
        command.env_remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        prepare(&mut command);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let also = sender.clone();
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)))
        });
        thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).for_each(|line| drop(also.send(line)))
        });
        Demo { child, lines, seen: String::new(), folder }
    }

    /// Waits for a line that begins so, and returns what follows.
    pub(crate) fn await_line(&mut self, prefix: &str) -> String {
        self.awaited(prefix, |line| line.strip_prefix(prefix).map(|rest| rest.trim().to_owned()))
    }

    /// Waits for a line in which a word begins so.
    pub(crate) fn await_line_with(&mut self, word: &str) {
        self.awaited(word, |line| line.split(' ').any(|other| other.starts_with(word)).then_some(()))
    }

    fn awaited<T>(&mut self, what: &str, found: impl Fn(&str) -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            let left = LIMIT.saturating_sub(begin.elapsed());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no line `{what}…` in:\n{}", self.seen);
            };
            self.seen.push_str(&line);
            self.seen.push('\n');
            if let Some(value) = found(&line) {
                return value;
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ids of its children whose command line holds `word`.
    pub(crate) fn children(&self, word: &str) -> Vec<u32> {
        processes_of(self.folder.path()).into_iter().filter(|(_, line)| line.contains(word)).map(|(id, _)| id).collect()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> (Ended, TempDir) {
        let begin = Instant::now();
        // Both pipes close when it has ended; its children don't hold them.
        while let Ok(line) = self.lines.recv_timeout(LIMIT.saturating_sub(begin.elapsed())) {
            self.seen.push_str(&line);
            self.seen.push('\n');
        }
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(begin.elapsed() < LIMIT, "the demo doesn't end:\n{}", self.seen),
            }
            thread::yield_now();
        };
        let said = std::mem::take(&mut self.seen);
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (Ended { code: status.code(), said }, folder)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until no process mentions the folder any more.
pub(crate) fn await_no_process_of(folder: &Path) {
    let begin = Instant::now();
    loop {
        let left = processes_of(folder);
        if left.is_empty() {
            return;
        }
        assert!(begin.elapsed() < LIMIT, "left behind: {left:?}");
        thread::yield_now();
    }
}

/// Id and command line of all processes whose command line mentions the folder. Zombies have none.
pub(crate) fn processes_of(folder: &Path) -> Vec<(u32, String)> {
    let folder = folder.display().to_string();
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let line = fs::read_to_string(format!("/proc/{id}/cmdline")).ok()?.replace('\0', " ");
            line.contains(&folder).then_some((id, line))
        })
        .collect()
}
