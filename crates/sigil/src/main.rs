//! The sigil service.

use std::process::ExitCode;

use sigil::{Command, Settings};

fn main() -> ExitCode {
    let outcome = match Settings::from_args(std::env::args_os().skip(1)) {
        Ok(Command::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(Command::Run(settings)) => sigil::run(*settings),
        Err(error) => {
            eprintln!("sigil: {error}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sigil: {error}");
            ExitCode::FAILURE
        }
    }
}
