//! promtool: what Prometheus' own reader and linter say.

use std::{
    io::{self, Write},
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

use crate::Located;

/// Why promtool isn't content.
#[derive(Debug, thiserror::Error)]
pub enum PromtoolError {
    /// It couldn't be run.
    #[error("cannot run promtool; `cargo xtask fetch` fetches it: {0}")]
    Run(#[from] io::Error),
    /// What it was given can't be read (exit code 1).
    #[error("promtool can't read it:\n{0}")]
    Invalid(String),
    /// It can be read, and breaks a convention (exit code 3).
    #[error("promtool finds it readable, but:\n{0}")]
    Lint(String),
}

/// The promtool of a Prometheus.
#[derive(Clone, Debug)]
pub struct Promtool {
    located: Located,
}

impl Promtool {
    /// That lies beside the given programs.
    pub fn new(located: &Located) -> Self {
        Promtool { located: located.clone() }
    }

    /// `promtool check metrics`: reads text 0.0.4 (not OpenMetrics) and checks names, units and help.
    ///
    /// # Errors
    /// [`PromtoolError::Invalid`] for what can't be read, [`PromtoolError::Lint`] for broken conventions.
    pub fn check_metrics(&self, text: &str) -> Result<(), PromtoolError> {
        let mut command = self.located.command("promtool");
        command.args(["check", "metrics"]).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut stdin = child.stdin.take().expect("standard input was asked for");
        // Written beside reading: a full pipe at either end would else stop both.
        let output = thread::scope(|scope| {
            scope.spawn(move || {
                // promtool may stop reading at the first error; what it says then is what counts.
                let _ = stdin.write_all(text.as_bytes());
            });
            child.wait_with_output()
        })?;
        judge(output)
    }

    /// `promtool check config`.
    pub fn check_config(&self, file: &Path) -> Result<(), PromtoolError> {
        let mut command = self.located.command("promtool");
        command.args(["check", "config"]).arg(file);
        run(command)
    }

    /// `promtool check rules`.
    pub fn check_rules(&self, file: &Path) -> Result<(), PromtoolError> {
        let mut command = self.located.command("promtool");
        command.args(["check", "rules"]).arg(file);
        run(command)
    }

    /// `promtool test rules`.
    pub fn test_rules(&self, file: &Path) -> Result<(), PromtoolError> {
        let mut command = self.located.command("promtool");
        command.args(["test", "rules"]).arg(file);
        run(command)
    }
}

fn run(mut command: Command) -> Result<(), PromtoolError> {
    judge(command.stdin(Stdio::null()).output()?)
}

fn judge(output: Output) -> Result<(), PromtoolError> {
    let said = || {
        let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
        String::from_utf8_lossy(&text).trim_end().to_owned()
    };
    match output.status.code() {
        Some(0) => Ok(()),
        Some(3) => Err(PromtoolError::Lint(said())),
        _ => Err(PromtoolError::Invalid(said())),
    }
}
