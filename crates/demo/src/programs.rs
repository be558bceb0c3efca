//! The demo taken apart: each piece of it as a program of its own, as containers run them.

mod fault;
mod healthy;
mod load;
mod receivers;

use std::{ffi::OsString, io, process::ExitCode};

use stack::StandInError;

/// A piece, named by the first argument.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    Fault,
    Healthy,
    Load,
    Receivers,
}

/// Why a piece ended badly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    #[error("{0}\n\n{1}")]
    CommandLine(lexopt::Error, &'static str),
    #[error("cannot wait for signals: {0}")]
    Signals(#[from] io::Error),
    #[error(transparent)]
    StandIn(#[from] StandInError),
    #[error("cannot make an HTTP client: {0}")]
    Client(reqwest::Error),
    #[error("{url} doesn't answer; check the address and that it runs: {source}")]
    Unreachable { url: String, source: reqwest::Error },
    #[error("{url} answers {status}: {body}")]
    Refused { url: String, status: u16, body: String },
}

impl Program {
    pub(crate) fn named(word: &OsString) -> Option<Program> {
        Some(match word.to_str()? {
            "fault" => Program::Fault,
            "healthy" => Program::Healthy,
            "load" => Program::Load,
            "receivers" => Program::Receivers,
            _ => return None,
        })
    }

    /// Runs it with what follows its name.
    pub(crate) fn run(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        let parser = lexopt::Parser::from_args(arguments);
        let outcome = match self {
            Program::Fault => fault::run(parser),
            Program::Healthy => healthy::run(parser),
            Program::Load => load::run(parser),
            Program::Receivers => receivers::run(parser),
        };
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("demo: {error}");
                ExitCode::from(if matches!(error, ProgramError::CommandLine(..)) { 2 } else { 1 })
            }
        }
    }
}
