//! `cargo demo`: a service, Prometheus and load, and in the terminal what Prometheus computes.

mod admin;
mod alerting;
mod announce;
mod arguments;
mod catalogue;
mod content;
mod declared;
mod drill;
mod error;
mod figures;
mod generation;
mod house;
mod incident;
mod load;
mod panels;
mod programs;
mod received;
mod report;
mod run;
mod screen;
mod signals;

use std::process::ExitCode;

use arguments::{Arguments, HELP};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == house::RUN_SIGIL).is_some() {
        return run_sigil(arguments);
    }
    if let Some(program) = arguments.peek().and_then(programs::Program::named) {
        return program.run(arguments.skip(1));
    }
    let arguments = match arguments::parse(arguments) {
        Ok(Arguments::Help) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("demo: {error}\n`cargo demo -- --help` shows what there is");
            return ExitCode::from(2);
        }
    };
    let outcome = signals::listen().map_err(error::RunError::from).and_then(|signals| match &arguments {
        Arguments::Run(options) => run::run(options, &signals),
        Arguments::Drill(options) => drill::run(options, &signals).map_err(error::RunError::from),
        Arguments::Help => Ok(true),
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error @ error::RunError::Drill(drill::DrillError::Unknown(_))) => {
            eprintln!("demo: {error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The process in which sigil runs.
fn run_sigil(arguments: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let settings = match sigil::Settings::from_args(arguments) {
        Ok(sigil::Command::Run(settings)) => *settings,
        Ok(sigil::Command::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("sigil: {error}");
            return ExitCode::from(2);
        }
    };
    match sigil::run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sigil: {error}");
            ExitCode::FAILURE
        }
    }
}
