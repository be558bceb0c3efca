//! `bench`: measures one variant in this process; see `--help`.

use std::{error::Error, process::ExitCode};

use bench::{
    arguments::{Arguments, HELP},
    scrapes,
    serve::serve,
    spans::{self, Measured, Runner},
    stall,
};
use serde_json::{Value, json};

/// Operations before the first that count: caches fill, callsites register, series come to be.
const WARM_UP: usize = 1000;

/// Scrapes before the first that counts, which find the buffers in their final size.
const WARM_UP_SCRAPES: usize = 3;

fn main() -> ExitCode {
    let arguments = match Arguments::from_command_line() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("bench: {error}\n`bench --help` shows what there is");
            return ExitCode::from(2);
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    match arguments {
        Arguments::Help => print!("{HELP}"),
        Arguments::List => list(),
        Arguments::Span { variant, iterations, threads, series, serve: served } => {
            let mut runner = Runner::new(variant, threads, series);
            let mut round = |iterations| match served || threads > 1 {
                true => runner.round(iterations),
                false => runner.round_here(iterations),
            };
            round(WARM_UP);
            match served {
                true => serve(|iterations| span_answer(round(iterations)))?,
                false => println!("{}", span_answer(round(iterations))),
            }
            runner.check()?;
        }
        Arguments::Scrape { variant, series, touched, scrapes, only_touch, serve: served } => {
            let mut subject = variant.prepare(series);
            let mut once = |touched: usize| {
                subject.touch(touched);
                if only_touch { None } else { Some(subject.timed_scrape()) }
            };
            for _ in 0..WARM_UP_SCRAPES {
                once(100);
            }
            let answer = |scraped: Option<scrapes::Scraped>| {
                scraped.map_or(
                    Value::Null,
                    |scraped| json!({"ns": scraped.took.as_nanos() as u64, "bytes": scraped.bytes}),
                )
            };
            match served {
                // Others had the caches meanwhile: the first scrape would pay for them, and most so where it is short.
                true => serve(|touched| {
                    once(touched);
                    answer(once(touched))
                })?,
                false => (0..scrapes).for_each(|_| println!("{}", answer(once(touched)))),
            }
            subject.check()?;
        }
        Arguments::Stall { variant, series, serve: served } => {
            let mut stalls = stall::Stalls::new(variant, series);
            match served {
                true => serve(|_| stalls.round().to_json())?,
                false => println!("{}", stalls.round().to_json()),
            }
        }
    }
    Ok(())
}

fn span_answer(measured: Measured) -> Value {
    json!({"wall_ns": measured.wall_ns, "cpu_ns": measured.cpu_ns})
}

fn list() {
    for variant in spans::Variant::ALL {
        println!("{:<8}{:<30}{}", "span", variant.name(), variant.description());
    }
    for variant in scrapes::Variant::ALL {
        println!("{:<8}{:<30}{}", "scrape", variant.name(), variant.description());
    }
    for variant in stall::Variant::ALL {
        println!("{:<8}{:<30}{}", "stall", variant.name(), variant.description());
    }
}
