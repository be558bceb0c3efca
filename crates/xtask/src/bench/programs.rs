//! The programs that measure, built and asked.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;
use stack::Located;

use super::BenchError;
use crate::{
    step::{run, shown},
    workspace::{self, cargo},
};

/// `bench`, `bench-heap`, and Valgrind.
pub(crate) struct Programs {
    folder: PathBuf,
    valgrind: Located,
}

impl Programs {
    /// Builds what is not built yet.
    pub(crate) fn build(valgrind: Located) -> Result<Programs, BenchError> {
        run(&mut cargo(&["build", "--profile", "measured", "--package", "bench"]))?;
        Ok(Programs { folder: workspace::target().join("measured"), valgrind })
    }

    /// `(kind, variant, description)` of all there are.
    pub(super) fn variants(&self) -> Result<Vec<[String; 3]>, BenchError> {
        let list = output(Command::new(self.folder.join("bench")).arg("list"))?;
        Ok(list.lines().filter_map(variant).collect())
    }

    /// Starts a process that measures when it is asked.
    pub(super) fn serve(&self, arguments: &str) -> Result<Server, BenchError> {
        let mut command = Command::new(self.folder.join("bench"));
        command.args(arguments.split(' ')).arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped());
        let shown = shown(&command);
        let mut child = command.spawn().map_err(|source| BenchError::Run { command: shown.clone(), source })?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("standard output was asked for"));
        Ok(Server { shown, child, orders, answers })
    }

    /// What `bench-heap` counts.
    pub(super) fn heap(&self, arguments: &str) -> Result<Value, BenchError> {
        let mut command = Command::new(self.folder.join("bench-heap"));
        let text = output(command.args(arguments.split(' ')))?;
        serde_json::from_str(&text).map_err(|_| BenchError::Answer { command: shown(&command), answer: text })
    }

    /// Instructions of a whole run.
    fn instructions(&self, arguments: &str) -> Result<f64, BenchError> {
        let mut command = self.valgrind.command("valgrind");
        command
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--zero-before=*Runner::round_here"])
            .arg(self.folder.join("bench"));
        command.args(arguments.split(' ')).stdin(Stdio::null());
        let output = command.output().map_err(|source| BenchError::Run { command: shown(&command), source })?;
        let said = String::from_utf8_lossy(&output.stderr);
        let collected = said.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
        collected
            .filter(|_| output.status.success())
            .ok_or_else(|| BenchError::Answer { command: shown(&command), answer: said.trim().to_owned() })
    }

    /// Instructions of one of what `arguments` give a number of at their end: from a run with so many and one with twice as many.
    pub(super) fn instructions_each(&self, arguments: &str, number: u32) -> Result<f64, BenchError> {
        let once = self.instructions(&format!("{arguments} {number}"))?;
        let twice = self.instructions(&format!("{arguments} {}", 2 * number))?;
        Ok((twice - once) / f64::from(number))
    }
}

/// A process that measures one variant when it is asked.
pub(super) struct Server {
    shown: String,
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Has it measure once.
    pub(super) fn ask(&mut self, order: u64) -> Result<Value, BenchError> {
        let failed = |source| BenchError::Run { command: self.shown.clone(), source };
        let orders = self.orders.as_mut().expect("orders end with the server");
        writeln!(orders, "{order}").and_then(|()| orders.flush()).map_err(failed)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(failed)?;
        let command = || self.shown.clone();
        serde_json::from_str(&answer).map_err(|_| BenchError::Answer { command: command(), answer })
    }

    /// Ends it; it looks whether it measured everything.
    pub(super) fn finish(mut self) -> Result<(), BenchError> {
        drop(self.orders.take());
        let failed = |source| BenchError::Run { command: self.shown.clone(), source };
        let status = self.child.wait().map_err(failed)?;
        match status.success() {
            true => Ok(()),
            false => Err(BenchError::Refused { command: self.shown.clone(), status: status.to_string() }),
        }
    }
}

/// What was not finished must not go on.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn variant(line: &str) -> Option<[String; 3]> {
    let (kind, rest) = line.split_once(char::is_whitespace)?;
    let (name, description) = rest.trim_start().split_once(char::is_whitespace)?;
    Some([kind, name, description.trim()].map(str::to_owned))
}

fn output(command: &mut Command) -> Result<String, BenchError> {
    Ok(crate::machine::ask(command)?)
}

/// A number in an answer.
pub(super) fn number(answer: &Value, key: &str) -> Result<f64, BenchError> {
    let missing = || BenchError::Answer { command: format!("the answer's `{key}`"), answer: answer.to_string() };
    answer[key].as_f64().ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_read_from_a_list() {
        let line = "span    by-hand-2            by hand, no span: the same";
        assert_eq!(variant(line).unwrap(), ["span", "by-hand-2", "by hand, no span: the same"]);
        assert_eq!(variant(""), None);
    }

    #[test]
    fn number_that_is_missing_is_named() {
        let answer = serde_json::json!({"ns": 3});
        assert_eq!(number(&answer, "ns").unwrap(), 3.0);
        assert!(number(&answer, "bytes").unwrap_err().to_string().contains("`bytes`"));
    }
}
