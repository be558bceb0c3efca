//! Steps, run one after another, timed and summed up.

use std::{
    fmt::Write as _,
    io,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use stack::{AmtoolError, PartsError, PromtoolError};

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: String },
    #[error("cannot run `{command}`: {source}")]
    Run { command: String, source: io::Error },
    #[error(transparent)]
    Parts(#[from] PartsError),
    #[error("{file}: {source}")]
    Promtool { file: String, source: PromtoolError },
    #[error("{file}: {source}")]
    Amtool { file: String, source: AmtoolError },
    #[error(
        "no strict OpenMetrics reader can be had; install python3 with pip, or python3-prometheus-client:\n{tried}"
    )]
    NoReader { tried: String },
    #[error("{variable} is `{text}`; set it to a whole number, or leave it out")]
    Number { variable: &'static str, text: String },
    #[error("costs more than it may:\n{0}")]
    Cost(String),
    #[error("what it costs can't be counted: {0}")]
    Count(String),
    #[error("cannot read {path}: {source}")]
    File { path: String, source: io::Error },
}

/// One named step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// Later steps are of no use when this one fails.
    pub(crate) needed: bool,
    pub(crate) run: fn() -> Result<(), StepError>,
}

enum Outcome {
    Passed(Duration),
    Failed(Duration, StepError),
    NotRun,
}

/// Runs the steps named in `only` (all where it is empty) and prints a table of how they went.
pub(crate) fn run_all(steps: &[Step], only: &[String]) -> ExitCode {
    let begin = Instant::now();
    let mut outcomes = Vec::new();
    let mut stopped = false;
    for step in steps.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name)) {
        if stopped {
            outcomes.push((step.name, Outcome::NotRun));
            continue;
        }
        println!("\n── {} ──", step.name);
        let started = Instant::now();
        let outcome = match (step.run)() {
            Ok(()) => Outcome::Passed(started.elapsed()),
            Err(error) => {
                eprintln!("{}: {error}", step.name);
                stopped = step.needed;
                Outcome::Failed(started.elapsed(), error)
            }
        };
        outcomes.push((step.name, outcome));
    }
    print!("\n{}", table(&outcomes, begin.elapsed()));
    match outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Passed(_))) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn table(outcomes: &[(&str, Outcome)], total: Duration) -> String {
    let mut text = String::new();
    for (name, outcome) in outcomes {
        let _ = match outcome {
            Outcome::Passed(took) => writeln!(text, "{name:<12} passed  {:>7.1} s", took.as_secs_f64()),
            Outcome::Failed(took, error) => {
                let error = error.to_string();
                let headline = error.lines().next().unwrap_or_default();
                writeln!(text, "{name:<12} FAILED  {:>7.1} s  {headline}", took.as_secs_f64())
            }
            Outcome::NotRun => writeln!(text, "{name:<12} not run"),
        };
    }
    let _ = writeln!(text, "{:<12}         {:>7.1} s", "all", total.as_secs_f64());
    text
}

/// Runs a command with its output on the terminal.
pub(crate) fn run(command: &mut Command) -> Result<(), StepError> {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().map_err(|source| StepError::Run { command: shown.clone(), source })?;
    match status.success() {
        true => Ok(()),
        false => Err(StepError::Failed { command: shown, status: status.to_string() }),
    }
}

/// A command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_shows_every_step_and_the_headline_of_what_failed() {
        let error = StepError::NoReader { tried: "much".to_owned() };
        let outcomes = [
            ("lint", Outcome::Passed(Duration::from_millis(1500))),
            ("openmetrics", Outcome::Failed(Duration::from_secs(2), error)),
            ("test", Outcome::NotRun),
        ];
        let text = table(&outcomes, Duration::from_secs(4));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "lint         passed      1.5 s");
        assert_eq!(
            lines[1],
            "openmetrics  FAILED      2.0 s  no strict OpenMetrics reader can be had; install python3 with pip, or python3-prometheus-client:"
        );
        assert_eq!(lines[2], "test         not run");
        assert_eq!(lines[3], "all                      4.0 s");
    }

    #[test]
    fn failed_command_names_itself() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` failed (exit status: 3)");
    }
}
