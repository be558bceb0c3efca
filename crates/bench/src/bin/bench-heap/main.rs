//! `bench-heap`: counts allocations, with an allocator that does; see `--help`.

mod memory;

use std::process::ExitCode;

use bench::{
    arguments::{known, number},
    scrapes, spans,
};
use lexopt::{Parser, prelude::*};
use serde_json::Value as Json;

const HELP: &str = "\
Counts what is allocated, with a counting allocator; nothing is timed here. Prints a line of JSON.

Usage: bench-heap allocations --variant V [--iterations N]   of one span or measurement, on its own thread
       bench-heap peak --variant V [--series S]              of one scrape above what was held before it
       bench-heap memory [--series S]                        held for each series, by who holds it

  --variant V      one of `bench list`
  --iterations N   (default 20000)
  --series S       (default 10000)
";

fn main() -> ExitCode {
    match run(Parser::from_env()) {
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Some(answer)) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench-heap: {error}\n`bench-heap --help` shows what there is");
            ExitCode::from(2)
        }
    }
}

fn run(mut parser: Parser) -> Result<Option<Json>, lexopt::Error> {
    let (mut command, mut variant): (Option<String>, Option<String>) = (None, None);
    let (mut iterations, mut series) = (20_000, 10_000);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("variant") => variant = Some(parser.value()?.string()?),
            Long("iterations") => iterations = number(&mut parser, "--iterations")?,
            Long("series") => series = number(&mut parser, "--series")?,
            Value(word) if command.is_none() => command = Some(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let variant = || variant.ok_or_else(|| lexopt::Error::from("--variant is missing; `bench list` has them all"));
    match command.as_deref() {
        None | Some("help") => Ok(None),
        Some("allocations") => Ok(Some(memory::per_operation(known(&variant()?, spans::Variant::named)?, iterations))),
        Some("peak") => Ok(Some(memory::scrape_peak(known(&variant()?, scrapes::Variant::named)?, series))),
        Some("memory") => Ok(Some(memory::per_series(series))),
        Some(other) => Err(format!("there is no command `{other}`; there are allocations, peak, memory, help").into()),
    }
}
