//! A child process that never outlives its owner.

use std::{
    ffi::OsStr,
    fs::{self, OpenOptions},
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, kill_process};

use crate::{
    Signal,
    guardian::Guardian,
    log::{last_lines, read_from},
};

const POLL: Duration = Duration::from_millis(10);
const TAIL: usize = 20;

/// Why a child could not be started, reached or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program could not be started.
    #[error("cannot start {name} (`{program}`); check that the program is there and executable: {source}")]
    Start {
        /// Name of the child.
        name: String,
        /// Its program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// It ended by itself.
    #[error("{name} ended early ({status}); the end of its log:\n{tail}")]
    Exited {
        /// Name of the child.
        name: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        tail: String,
    },
    /// It didn't do in time what was waited for.
    #[error("{name} wasn't ready within {deadline:?} (waited for {awaited}); the end of its log:\n{tail}")]
    NotReady {
        /// Name of the child.
        name: String,
        /// What was waited for.
        awaited: String,
        /// For how long.
        deadline: Duration,
        /// The last lines of its log.
        tail: String,
    },
    /// The system refused to signal or await it.
    #[error("cannot {action} {name}: {source}")]
    System {
        /// Name of the child.
        name: String,
        /// What was tried.
        action: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// What a child is started with.
#[derive(Debug)]
pub struct ProcessBuilder {
    name: String,
    command: Command,
    log: PathBuf,
    stop_signal: Signal,
    stop_deadline: Duration,
}

impl ProcessBuilder {
    /// Adds one argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable; the others are inherited.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes an inherited environment variable away.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Working directory; default the owner's.
    pub fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Signal with which the child is asked to stop; default `SIGTERM`.
    pub fn stop_signal(mut self, signal: Signal) -> Self {
        self.stop_signal = signal;
        self
    }

    /// How long the child may take to stop before it is killed; default 10 s.
    pub fn stop_deadline(mut self, deadline: Duration) -> Self {
        self.stop_deadline = deadline;
        self
    }

    /// Starts the child, in a process group of its own so that Ctrl-C reaches its owner only, who then stops it.
    /// Standard output and error are appended to the log, standard input is empty.
    pub fn spawn(mut self) -> Result<Process, ProcessError> {
        let program = self.command.get_program().to_string_lossy().into_owned();
        let start = |source| ProcessError::Start { name: self.name.clone(), program: program.clone(), source };
        let log = OpenOptions::new().create(true).append(true).open(&self.log).map_err(start)?;
        let log_start = log.metadata().map_err(start)?.len();
        let errors = log.try_clone().map_err(start)?;
        self.command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
        let mut child = self.command.spawn().map_err(start)?;
        let guardian = Guardian::of_group(child.id(), self.stop_signal).map_err(|source| {
            let _ = child.kill();
            let _ = child.wait();
            start(source)
        })?;
        Ok(Process {
            name: self.name,
            child,
            guardian: Some(guardian),
            log: self.log,
            log_start,
            stop_signal: self.stop_signal,
            stop_deadline: self.stop_deadline,
        })
    }
}

/// A running child. Dropping it stops it; if the owner is killed, a guardian process stops it in the owner's place.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    guardian: Option<Guardian>,
    log: PathBuf,
    log_start: u64,
    stop_signal: Signal,
    stop_deadline: Duration,
}

impl Process {
    /// A child called `name` in messages, running `program`, with its output appended to the file `log`.
    pub fn builder(name: impl Into<String>, program: impl AsRef<OsStr>, log: impl Into<PathBuf>) -> ProcessBuilder {
        Process::of_command(name, Command::new(program), log)
    }

    /// As [`builder`](Self::builder), from a command already made.
    pub fn of_command(name: impl Into<String>, command: Command, log: impl Into<PathBuf>) -> ProcessBuilder {
        ProcessBuilder {
            name: name.into(),
            command,
            log: log.into(),
            stop_signal: Signal::default(),
            stop_deadline: Duration::from_secs(10),
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// What it has written so far.
    pub fn output(&self) -> String {
        read_from(&self.log, self.log_start)
    }

    /// The last lines it wrote.
    pub fn log_tail(&self, lines: usize) -> String {
        last_lines(&self.output(), lines)
    }

    /// How it ended, if it has.
    pub fn exited(&mut self) -> Result<Option<ExitStatus>, ProcessError> {
        let status = self.child.try_wait().map_err(|source| self.system("await", source))?;
        if status.is_some() {
            self.guardian = None;
        }
        Ok(status)
    }

    /// Waits until `url` answers with a success.
    ///
    /// # Errors
    /// At once when the child ends; after `deadline` otherwise. Both show the end of its log.
    pub fn wait_ready(&mut self, url: &str, deadline: Duration) -> Result<(), ProcessError> {
        let client = crate::http::client(Duration::from_secs(2));
        self.wait_until(&format!("a success from {url}"), deadline, |_| {
            client.get(url).send().is_ok_and(|response| response.status().is_success()).then_some(())
        })
    }

    /// Waits until `found` makes something of a line that the child wrote.
    ///
    /// # Errors
    /// As [`wait_ready`](Self::wait_ready).
    pub fn wait_line<T>(
        &mut self,
        awaited: &str,
        deadline: Duration,
        found: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ProcessError> {
        self.wait_until(awaited, deadline, |process| {
            let output = process.output();
            // A line still being written must not be taken for whole.
            let whole = output.rfind('\n').map_or("", |end| &output[..end]);
            whole.lines().find_map(&found)
        })
    }

    fn wait_until<T>(
        &mut self,
        awaited: &str,
        deadline: Duration,
        mut condition: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T, ProcessError> {
        let begin = Instant::now();
        loop {
            // Asked first, judged last: what a child said before it ended still counts.
            let status = self.exited()?;
            if let Some(value) = condition(self) {
                return Ok(value);
            }
            if let Some(status) = status {
                return Err(ProcessError::Exited { name: self.name.clone(), status, tail: self.log_tail(TAIL) });
            }
            if begin.elapsed() >= deadline {
                return Err(ProcessError::NotReady {
                    name: self.name.clone(),
                    awaited: awaited.to_owned(),
                    deadline,
                    tail: self.log_tail(TAIL),
                });
            }
            thread::sleep(POLL);
        }
    }

    /// Waits for the child to end by itself; `None` if it is still running after `deadline`.
    pub fn wait_exit(&mut self, deadline: Duration) -> Result<Option<ExitStatus>, ProcessError> {
        let begin = Instant::now();
        loop {
            let status = self.exited()?;
            if status.is_some() || begin.elapsed() >= deadline {
                return Ok(status);
            }
            thread::sleep(POLL);
        }
    }

    /// Sends the child its stop signal and doesn't wait.
    pub fn ask_to_stop(&mut self) -> Result<(), ProcessError> {
        self.send(self.stop_signal.number())
    }

    /// Asks the child to stop, and kills it when it hasn't within its stop deadline. Returns how it ended.
    pub fn stop(&mut self) -> Result<ExitStatus, ProcessError> {
        self.ask_to_stop()?;
        match self.wait_exit(self.stop_deadline)? {
            Some(status) => Ok(status),
            None => self.kill(),
        }
    }

    /// Kills the child and its own children with `SIGKILL`, as a crash of the machine would.
    pub fn kill(&mut self) -> Result<ExitStatus, ProcessError> {
        if let Some(status) = self.exited()? {
            return Ok(status);
        }
        // Children of servers may have left the process group, so they are looked up before their parent is gone.
        let family = descendants(self.id());
        self.send(rustix::process::Signal::KILL)?;
        for id in family {
            if let Some(pid) = Pid::from_raw(id as i32) {
                let _ = kill_process(pid, rustix::process::Signal::KILL);
            }
        }
        let status = self.child.wait().map_err(|source| self.system("await", source))?;
        self.guardian = None;
        Ok(status)
    }

    /// Freezes the child and its own children: connections stay open and nothing answers any more.
    pub fn pause(&mut self) -> Result<(), ProcessError> {
        self.send_family(rustix::process::Signal::STOP)
    }

    /// Lets a frozen child go on.
    pub fn resume(&mut self) -> Result<(), ProcessError> {
        self.send_family(rustix::process::Signal::CONT)
    }

    fn send_family(&mut self, signal: rustix::process::Signal) -> Result<(), ProcessError> {
        self.send(signal)?;
        for id in descendants(self.id()) {
            if let Some(pid) = Pid::from_raw(id as i32) {
                let _ = kill_process(pid, signal);
            }
        }
        Ok(())
    }

    /// Signals the child unless it has ended; a child that has ended but wasn't awaited yet keeps its number.
    fn send(&mut self, signal: rustix::process::Signal) -> Result<(), ProcessError> {
        if self.exited()?.is_some() {
            return Ok(());
        }
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).map_err(|error| self.system("signal", error.into()))
    }

    fn system(&self, action: &'static str, source: io::Error) -> ProcessError {
        ProcessError::System { name: self.name.clone(), action, source }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A frozen child would never see the stop signal.
        let _ = self.resume();
        if self.stop().is_err() {
            let _ = self.kill();
        }
    }
}

/// Ids of all processes below `root`, from `/proc`.
fn descendants(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            // The name in parentheses may hold anything; after it come the state and the parent.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((id, parent))
        })
        .collect();
    let mut family = vec![root];
    let mut next = 0;
    while next < family.len() {
        let parent = family[next];
        family.extend(parents.iter().filter(|(_, p)| *p == parent).map(|(id, _)| *id));
        next += 1;
    }
    family.remove(0);
    family
}
