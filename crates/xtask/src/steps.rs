//! The steps of `cargo xtask test`.

use std::{
    env,
    process::{Command, Stdio},
    thread,
};

use stack::Parts;

use crate::{
    bench, declared,
    fetch::{Fetchable, fetch},
    python::{self, Reader},
    step::{Step, StepError, run, shown},
    workspace::{self, cargo},
};

pub(crate) const NAMES: [&str; 9] =
    ["fetch", "format", "lint", "doc", "declared", "promtool", "openmetrics", "cost", "test"];

/// All steps in order. `test` comes last, so that its summary lines stand at the end.
pub(crate) fn all() -> [Step; 9] {
    let [fetch, format, lint, doc, declared, promtool, openmetrics, cost, test] = NAMES;
    [
        Step { name: fetch, needed: true, run: fetch_all },
        Step { name: format, needed: false, run: check_format },
        Step { name: lint, needed: false, run: clippy },
        Step { name: doc, needed: false, run: documentation },
        Step { name: declared, needed: false, run: declared::checked },
        Step { name: promtool, needed: false, run: declared::judged },
        Step { name: openmetrics, needed: false, run: read_openmetrics },
        Step { name: cost, needed: false, run: bench::check },
        Step { name: test, needed: false, run: tests },
    ]
}

fn fetch_all() -> Result<(), StepError> {
    fetch(&Fetchable::all())
}

fn check_format() -> Result<(), StepError> {
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

fn clippy() -> Result<(), StepError> {
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]))
}

fn documentation() -> Result<(), StepError> {
    let mut command = cargo(&["doc", "--workspace", "--all-features", "--no-deps", "--quiet"]);
    run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn tests() -> Result<(), StepError> {
    let mut command = cargo(&["test", "--workspace", "--all-features", "--no-fail-fast"]);
    run(command.env("LAPWING_REQUIRE_PARTS", "1"))
}

/// `generate_sets NUMBER SEED | python3 read_openmetrics.py`, once a core, failing when either side does.
fn read_openmetrics() -> Result<(), StepError> {
    let reader = python::reader(&Parts::from_env(), &mut |line| println!("{line}"))?;
    println!("{}", reader.description);
    // With the features of the whole workspace, as the other steps build it: nothing is compiled twice.
    run(&mut cargo(&["build", "--workspace", "--all-features", "--example", "generate_sets"]))?;

    let (total, seed) = (number("LAPWING_SETS", 100_000)?, number("LAPWING_SEED", 1)?);
    let streams = thread::available_parallelism().map_or(1, |cores| cores.get() as u64).min(total.max(1));
    let share = total.div_ceil(streams);
    thread::scope(|scope| {
        // All are started before any is waited for.
        let running: Vec<_> = (0..streams)
            .map(|stream| {
                let reader = &reader;
                scope.spawn(move || read_stream(reader, share, seed.wrapping_add(stream)))
            })
            .collect();
        running.into_iter().try_for_each(|stream| stream.join().expect("a stream reports and doesn't panic"))
    })
}

fn read_stream(reader: &Reader, number: u64, seed: u64) -> Result<(), StepError> {
    let mut generator = Command::new(workspace::target().join("debug/examples/generate_sets"));
    generator.args([number.to_string(), seed.to_string()]);
    let mut read = reader.command();
    read.arg(workspace::root().join("crates/lapwing-exposition/tests/read_openmetrics.py"));
    println!("$ {} | {}", shown(&generator), shown(&read));

    let failed = |command: &Command| {
        let command = shown(command);
        move |source| StepError::Run { command, source }
    };
    let mut writing = generator.stdout(Stdio::piped()).spawn().map_err(failed(&generator))?;
    let output = writing.stdout.take().expect("standard output was asked for");
    let reading = read.stdin(output).status().map_err(failed(&read));
    // The command keeps the pipe's reading end open, with which a generator whose reader gave up would never end.
    read.stdin(Stdio::null());
    let written = writing.wait().map_err(failed(&generator))?;
    // The reader first: a generator fails for want of a reader, too.
    for (command, status) in [(&read, reading?), (&generator, written)] {
        if !status.success() {
            return Err(StepError::Failed { command: shown(command), status: status.to_string() });
        }
    }
    Ok(())
}

/// A number from the environment.
fn number(variable: &'static str, default: u64) -> Result<u64, StepError> {
    match env::var(variable) {
        Err(_) => Ok(default),
        Ok(text) => text.parse().map_err(|_| StepError::Number { variable, text }),
    }
}
