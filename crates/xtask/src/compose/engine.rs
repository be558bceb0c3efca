//! The Docker engine, through its command line.

use std::{
    io,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::workspace;

/// Between two looks at something that changes outside.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error("no Docker engine answers; start one, or pass over this check: {0}")]
    NoEngine(String),
    #[error("`docker compose` is missing or older than 2.20; install the plug-in: {0}")]
    NoCompose(String),
    #[error("the image {image} is not here and can't be had; pull it where a registry can be reached: {problem}")]
    NoImage { image: String, problem: String },
    #[error("`{command}` failed: {problem}")]
    Failed { command: String, problem: String },
    #[error("cannot run `{command}`: {source}")]
    Run { command: String, source: io::Error },
    #[error("`{command}` printed something else than expected: {problem}")]
    Unexpected { command: String, problem: String },
}

impl EngineError {
    /// Whether it says something of the machine, not of the stack.
    pub(crate) fn unavailable(&self) -> bool {
        matches!(self, EngineError::NoEngine(_) | EngineError::NoCompose(_) | EngineError::NoImage { .. })
    }
}

/// An engine that answers, with Compose.
#[derive(Debug)]
pub(crate) struct Engine;

impl Engine {
    pub(crate) fn find() -> Result<Self, EngineError> {
        let engine = Engine;
        engine
            .run(&["version", "--format", "{{.Server.Version}}"])
            .map_err(|e| EngineError::NoEngine(e.to_string()))?;
        let version = engine.run(&["compose", "version", "--short"]);
        let version = version.map_err(|e| EngineError::NoCompose(e.to_string()))?;
        let mut numbers = version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
        match (numbers.next(), numbers.next()) {
            (Some(2), Some(20..)) | (Some(3..), _) => Ok(engine),
            _ => Err(EngineError::NoCompose(version)),
        }
    }

    /// Standard output of `docker …`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String, EngineError> {
        self.output(Command::new("docker").args(arguments))
    }

    /// Standard output of a command.
    pub(crate) fn output(&self, command: &mut Command) -> Result<String, EngineError> {
        let shown = crate::step::shown(command);
        let output = command.current_dir(workspace::root()).stdin(Stdio::null()).output();
        let output = output.map_err(|source| EngineError::Run { command: shown.clone(), source })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let problem = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(EngineError::Failed { command: shown, problem })
    }

    /// A command that goes on beside this, with its output on the terminal.
    pub(crate) fn start(&self, command: &mut Command) -> Result<Child, EngineError> {
        let shown = crate::step::shown(command);
        let child = command.current_dir(workspace::root()).stdin(Stdio::null()).spawn();
        child.map_err(|source| EngineError::Run { command: shown, source })
    }
}

/// Waits a moment: what is outside tells nobody when it changes.
pub(crate) fn pause() {
    thread::sleep(PAUSE);
}
