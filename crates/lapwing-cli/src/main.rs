//! The command `lapwing`: a thin client of the libraries that check and generate.

mod arguments;
mod check;
mod explain;
mod generate;
mod live;
mod output;

use std::process::ExitCode;

use arguments::{Arguments, HELP};
use output::Output;

/// What the tool itself failed at: a command line that is wrong, a path that isn't there.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::from_command_line() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("lapwing: {error}\n`lapwing --help` shows what there is");
            return ExitCode::from(FAILED);
        }
    };
    let done = match arguments {
        Arguments::Help => Ok(Output::clean(HELP.to_owned())),
        Arguments::Version => Ok(Output::clean(format!("lapwing {}\n", env!("CARGO_PKG_VERSION")))),
        Arguments::Explain { id: None } => Ok(Output::clean(explain::list())),
        Arguments::Explain { id: Some(id) } => explain::page(&id).map(Output::clean),
        Arguments::Check(options) => check::run(&options),
        Arguments::Generate(options) => generate::run(&options),
    };
    match done {
        Ok(output) => output.print(),
        Err(error) => {
            eprintln!("lapwing: {error}");
            ExitCode::from(FAILED)
        }
    }
}
