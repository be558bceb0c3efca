//! The command line.

use std::{ffi::OsString, str::FromStr};

use crate::{
    bench::{self, Section},
    compose,
    fetch::Fetchable,
    steps,
    throughput::Plan,
};
use lexopt::{Parser, prelude::*};

pub(crate) const HELP: &str = "\
Fetches the real servers and runs every test of the workspace against them.

Usage: cargo xtask test [--only STEP]...     all steps, or only those named
       cargo xtask fetch [PART]...           all parts that tests need, or only those named
       cargo xtask throughput [OPTIONS]      the reference service with telemetry on against off
       cargo xtask bench [OPTIONS]           what a span and a scrape cost, against measuring by hand and with other crates
       cargo xtask compose [OPTIONS]         docker-compose.yml: up, checked, broken, down again

Steps of `test`, in this order; a failing one doesn't keep the later ones from running (only `fetch` does):
  fetch         Prometheus 2.42 and 3, Alertmanager 0.25 and 0.33, PostgreSQL 15, VictoriaMetrics into target/parts; nothing is installed
  format        cargo fmt --check
  lint          cargo clippy, warnings denied
  doc           cargo doc, warnings denied
  declared      what is checked in is what the declarations give, and `lapwing check` finds nothing
  promtool      configuration, rules and routes in otel-config, read by both generations of promtool and amtool; the rules' tests
  openmetrics   100 000 generated metric sets, read by the strict OpenMetrics reader of the Python client
  cost          instructions, allocations and bytes of a span, a scrape and a series; never a time (needs Valgrind)
  test          cargo test --workspace --all-features, with no test skipped for want of a server

Parts of `fetch`: prometheus-3, prometheus-2, alertmanager-0.33, alertmanager-0.25, postgresql-15, victoria-metrics,
openmetrics-reader; wrk (for measurements only), valgrind (for measurements and `cost`)

Options of `throughput`, which builds sigil in release mode, drives it with wrk and takes about 8 minutes:
  --rounds N    rounds of all workloads on all sides (default 6)
  --seconds S   length of one run (default 5)
  --write       put the table into docs/throughput.md

Options of `bench`, which takes about 25 minutes and wants a machine that does nothing else:
  --quick       7 rounds instead of 25, and a shorter drive of the service: about 10 minutes
  --rounds N    as many rounds as that
  --only PART   span, scrape, memory or service; may be given more than once. The others keep their last figures
  --write       put the tables and pictures into docs/performance.md
It keeps all figures in target/bench/summary.json: `span.allocations` is the number `allocations` in the object `span`.

Options of `compose`, which needs a Docker engine and takes about 12 minutes, most of it until an incident is resolved:
  --report FILE        write what was seen as JSON
  --without SERVICE    leave it out; several with commas, or more than once
  --no-build           take the image of the services as it is
It has a project, ports and volumes of its own and takes them away again; a demo that runs is left alone.

Examples:
  cargo xtask test                           what CI runs
  cargo xtask test --only lint --only test   while working
  cargo xtask fetch && cargo test            tests against real servers, without the rest
  cargo xtask bench --quick --only span      while working on the span layer
  cargo xtask test --only cost               what must not become dearer

Environment:
  LAPWING_PROMETHEUS_2, LAPWING_PROMETHEUS_3, LAPWING_ALERTMANAGER_0_25, LAPWING_ALERTMANAGER_0_33,
  LAPWING_POSTGRES, LAPWING_VICTORIA_METRICS, LAPWING_WRK, LAPWING_VALGRIND
                           a program of your own instead of a fetched one
  LAPWING_PARTS            folder of fetched parts (default target/parts)
  LAPWING_SYSTEM_PARTS=0   pass over what is installed on the machine
  LAPWING_OFFLINE=1        fetch nothing
  LAPWING_SETS, LAPWING_SEED   number (100000) and seed (1) of the generated metric sets

Exit code: 0 all passed, 1 a step failed or the measurement couldn't be made, 2 the command line is wrong,
3 no Docker engine answers or an image can't be had (`compose` only).
";

const COMMANDS: [&str; 6] = ["test", "fetch", "throughput", "bench", "compose", "help"];

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(crate) enum Arguments {
    Help,
    Fetch { parts: Vec<Fetchable> },
    Test { only: Vec<String> },
    Throughput(Plan),
    Bench(bench::Plan),
    Compose(compose::Plan),
}

impl Arguments {
    pub(crate) fn from_command_line() -> Result<Self, lexopt::Error> {
        Self::parse(std::env::args_os().skip(1))
    }

    /// Reads what follows the program's name. One leading `--` is passed over: the cargo alias ends in one, and who writes another
    /// means that one.
    fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut words = words.into_iter().peekable();
        words.next_if(|word| word == "--");
        let mut parser = Parser::from_args(words);
        let mut command: Option<String> = None;
        let mut parts = Vec::new();
        let mut only = Vec::new();
        let mut plan = Plan::default();
        let mut bench = bench::Plan::default();
        let mut stack = compose::Plan::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(Arguments::Help),
                Long("only") if command.as_deref() == Some("test") => {
                    only.push(known("step", parser.value()?.string()?, &steps::NAMES)?);
                }
                Long("rounds") if command.as_deref() == Some("throughput") => {
                    plan.rounds = from_one(&mut parser, "--rounds")?;
                }
                Long("seconds") if command.as_deref() == Some("throughput") => {
                    plan.seconds = from_one(&mut parser, "--seconds")?;
                }
                Long("write") if command.as_deref() == Some("throughput") => plan.write = true,
                Long("quick") if command.as_deref() == Some("bench") => bench.quick = true,
                Long("rounds") if command.as_deref() == Some("bench") => {
                    bench.rounds = Some(from_one(&mut parser, "--rounds")?);
                }
                Long("only") if command.as_deref() == Some("bench") => {
                    let name = known("part", parser.value()?.string()?, &Section::ALL.map(Section::name))?;
                    bench.only.extend(Section::named(&name));
                }
                Long("write") if command.as_deref() == Some("bench") => bench.write = true,
                Long("report") if command.as_deref() == Some("compose") => stack.report = Some(parser.value()?.into()),
                Long("without") if command.as_deref() == Some("compose") => {
                    let names = parser.value()?.string()?;
                    stack.without.extend(names.split(',').filter(|name| !name.is_empty()).map(str::to_owned));
                }
                Long("no-build") if command.as_deref() == Some("compose") => stack.no_build = true,
                Value(value) if command.is_none() => command = Some(known("command", value.string()?, &COMMANDS)?),
                Value(value) if command.as_deref() == Some("fetch") => {
                    let known_parts = Fetchable::known();
                    let names: Vec<&str> = known_parts.iter().map(|part| part.name()).collect();
                    let name = known("part", value.string()?, &names)?;
                    parts.extend(known_parts.into_iter().find(|part| part.name() == name));
                }
                other => return Err(other.unexpected()),
            }
        }
        match command.as_deref() {
            Some("throughput") => Ok(Arguments::Throughput(plan)),
            Some("bench") => Ok(Arguments::Bench(bench)),
            Some("compose") => Ok(Arguments::Compose(stack)),
            Some("test") => Ok(Arguments::Test { only }),
            Some("fetch") => Ok(Arguments::Fetch { parts: if parts.is_empty() { Fetchable::all() } else { parts } }),
            _ => Ok(Arguments::Help),
        }
    }
}

/// The value of an option that counts from 1.
fn from_one<T: FromStr>(parser: &mut Parser, option: &str) -> Result<T, lexopt::Error> {
    let text = parser.value()?.to_string_lossy().into_owned();
    text.parse().map_err(|_| format!("{option} {text:?}: must be a whole number from 1 on").into())
}

fn known(what: &str, name: String, names: &[&str]) -> Result<String, lexopt::Error> {
    match names.contains(&name.as_str()) {
        true => Ok(name),
        false => Err(format!("there is no {what} `{name}`; there are {}", names.join(", ")).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use stack::Part;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn commands_and_their_arguments() {
        assert_eq!(parse(""), Ok(Arguments::Help));
        assert_eq!(parse("test --help"), Ok(Arguments::Help));
        assert_eq!(parse("test"), Ok(Arguments::Test { only: vec![] }));
        let only = vec!["lint".to_owned(), "test".to_owned()];
        assert_eq!(parse("test --only lint --only=test"), Ok(Arguments::Test { only }));
        let parts = vec![Fetchable::Part(Part::Prometheus2)];
        assert_eq!(parse("fetch prometheus-2"), Ok(Arguments::Fetch { parts }));
        let parts = vec![Fetchable::Part(Part::Wrk)];
        assert_eq!(parse("fetch wrk"), Ok(Arguments::Fetch { parts }));
        assert_eq!(parse("fetch"), Ok(Arguments::Fetch { parts: Fetchable::all() }));
    }

    #[test]
    fn one_leading_separator_is_passed_over() {
        assert_eq!(parse("-- --help"), Ok(Arguments::Help));
        assert_eq!(parse("-- test --only lint"), parse("test --only lint"));
        assert!(parse("test -- --only lint").is_err());
        // A second one ends the options: what follows is a command's name.
        assert!(parse("-- -- --only").unwrap_err().contains("no command `--only`"));
    }

    #[test]
    fn measurement_is_as_long_as_asked() {
        assert_eq!(parse("throughput"), Ok(Arguments::Throughput(Plan::default())));
        let plan = Plan { rounds: NonZeroU32::MIN, write: true, ..Plan::default() };
        assert_eq!(parse("throughput --rounds 1 --write"), Ok(Arguments::Throughput(plan)));
        for wrong in ["throughput --rounds 0", "throughput --seconds 0.5", "test --rounds 3"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let error = parse("throughput --rounds 0").unwrap_err();
        assert_eq!(error, "--rounds \"0\": must be a whole number from 1 on");
    }

    #[test]
    fn bench_measures_what_is_asked_for() {
        assert_eq!(parse("bench"), Ok(Arguments::Bench(bench::Plan::default())));
        let only = vec![Section::Span, Section::Memory];
        let plan = bench::Plan { quick: true, rounds: Some(NonZeroU32::MIN), only, write: true };
        let line = "bench --quick --rounds 1 --only span --only memory --write";
        assert_eq!(parse(line), Ok(Arguments::Bench(plan)));
        assert!(parse("bench --only spans").unwrap_err().contains("there are span, scrape, memory, service"));
        assert!(parse("bench --seconds 3").is_err() && parse("throughput --quick").is_err());
    }

    #[test]
    fn compose_leaves_out_what_is_named() {
        let without = ["grafana", "tempo", "sigil-load"].map(str::to_owned).into();
        let plan = compose::Plan { report: Some("r.json".into()), without, no_build: true };
        let line = "compose --report r.json --without grafana,tempo --without sigil-load --no-build";
        assert_eq!(parse(line), Ok(Arguments::Compose(plan)));
        assert!(parse("test --without grafana").is_err());
    }

    #[test]
    fn tests_fetch_no_tools() {
        assert!(Part::TOOLS.iter().all(|tool| !Fetchable::all().contains(&Fetchable::Part(*tool))));
    }

    #[test]
    fn wrong_words_name_the_right_ones() {
        assert_eq!(
            parse("tset").unwrap_err(),
            "there is no command `tset`; there are test, fetch, throughput, bench, compose, help"
        );
        assert!(parse("test --only tests").unwrap_err().contains("there are fetch, format, lint, doc"));
        assert!(parse("fetch redis").unwrap_err().starts_with("there is no part `redis`"));
        assert!(parse("fetch --only lint").is_err());
    }

    #[test]
    fn help_names_every_step_and_part() {
        for name in steps::NAMES {
            assert!(HELP.contains(&format!("\n  {name} ")), "{name}");
        }
        for part in Fetchable::known() {
            assert!(HELP.contains(part.name()), "{}", part.name());
        }
    }
}
