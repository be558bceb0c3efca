//! `cargo xtask`: fetches the real parts, runs every test against them, checks the containers, and measures what telemetry costs.

mod arguments;
mod bench;
mod compose;
mod declared;
mod fetch;
mod machine;
mod page;
mod python;
mod step;
mod steps;
mod throughput;
mod workspace;

use std::process::ExitCode;

use arguments::{Arguments, HELP};

fn main() -> ExitCode {
    match Arguments::from_command_line() {
        Ok(Arguments::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Arguments::Fetch { parts }) => match fetch::fetch(&parts) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error.to_string(), 1),
        },
        Ok(Arguments::Test { only }) => step::run_all(&steps::all(), &only),
        Ok(Arguments::Bench(plan)) => match bench::measure(&plan) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error.to_string(), 1),
        },
        Ok(Arguments::Throughput(plan)) => match throughput::measure(&plan) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error.to_string(), 1),
        },
        Ok(Arguments::Compose(plan)) => match compose::check(&plan) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => failed(&error.to_string(), if error.unavailable() { 3 } else { 1 }),
        },
        Err(error) => failed(&format!("{error}\n`cargo xtask --help` shows what there is"), 2),
    }
}

fn failed(message: &str, code: u8) -> ExitCode {
    eprintln!("xtask: {message}");
    ExitCode::from(code)
}
