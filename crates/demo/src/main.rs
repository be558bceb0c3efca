//! `cargo demo`: a service, Prometheus and load, and in the terminal what Prometheus computes.

mod admin;
mod arguments;
mod catalogue;
mod content;
mod figures;
mod house;
mod load;
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
    let options = match arguments::parse(arguments) {
        Ok(Arguments::Help) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(Arguments::Run(options)) => options,
        Err(error) => {
            eprintln!("demo: {error}\n`cargo demo -- --help` shows what there is");
            return ExitCode::from(2);
        }
    };
    let outcome = signals::listen().map_err(run::RunError::from).and_then(|signals| run::run(&options, &signals));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
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
