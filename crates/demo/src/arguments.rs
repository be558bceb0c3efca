//! The command line.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use lapwing_config::nearest;
use lexopt::{Parser, prelude::*};

use crate::generation::Generation;

pub(crate) const HELP: &str = "\
Starts the reference service sigil as a process of its own, a real Prometheus that scrapes it, and realistic load,
and shows what Prometheus computes from the histograms that came out of sigil's spans. Prometheus has the generated rules, and a real
Alertmanager tells stand-ins for Slack and PagerDuty of what fires. Ctrl-C ends all of it.

Usage: cargo demo [OPTIONS]    (or cargo demo -- [OPTIONS])
       cargo demo -- drill [NAME… | --all | --chaos] [--stack old|new] [--report FILE]

  --duration TIME     end by itself after this time, such as 45s or 2m (default: run until Ctrl-C)
  --report FILE       at the end, write what Prometheus says as JSON
  --prometheus PATH   this Prometheus (2.42 or newer, or 3.x) instead of one from the PATH or a fetched one
  --port PORT         port of sigil on 127.0.0.1 (default: any that is free)
  --rate NUMBER       operations a second that the load aims at (default 100)
  --no-faults         inject no faults; otherwise latency and errors come and go, so that there is something to see
  --incident          play one incident, and no other faults: fault, pending, firing, received at Slack and PagerDuty, healed, resolved
  -h, --help          this text

Its pieces alone, for where the rest runs elsewhere; each has a --help:
  cargo demo -- load        load on a sigil
  cargo demo -- receivers   stand-ins for Slack and PagerDuty
  cargo demo -- fault       trouble in a sigil
  cargo demo -- healthy     asks a service for its health

Examples:
  cargo demo
  cargo demo -- --duration 45s --report report.json
  cargo demo -- --rate 400 --no-faults --port 8080
  cargo demo -- --incident --duration 60s
  cargo demo -- drill SigilDiskLow --report drill.json

drill gives alerts their reason on a real stack, with all waits divided, and checks that they fire, reach the stand-ins for Slack and PagerDuty
as they should, and resolve. docs/drill.md says more.
  NAME                an alert, or one of its drills, such as SigilErrors/gc; without a name, says which there are
  --all               all of them
  --chaos             kill-prometheus, kill-alertmanager and kill-service: what kill -9 in the middle of a drill loses, and what not
  --stack old|new     Prometheus 2.42 and Alertmanager 0.25 (the default), or 3.x and 0.33

Prometheus, Alertmanager and PostgreSQL are taken from the PATH, or else downloaded as Debian packages into target/parts; nothing is
installed. What can't be had is said and gone on without. LAPWING_OFFLINE=1 forbids the download. All windows and waits of the rules and
routes are divided by 60, so that there is something to see within a minute.

Spans are exported only with OTEL_EXPORTER_OTLP_ENDPOINT in the environment: then a tenth of the requests is traced and sent there, and
the histograms carry exemplars. Without it nothing is traced; the histograms count every span either way.

The report: {\"window\": \"30s\", \"prometheus\": {\"version\", \"targets\", \"targets_up\"} or null, \"services\": [{\"name\", \"address\", \"up\"}],
\"metrics\": {NAME: {\"series\", \"count\"}}, \"quantiles\": {NAME: {\"p50\", \"p95\", \"p99\"}}, \"panels\": {\"asked\", \"with_data\", \"empty\":
[{\"dashboard\", \"panel\", \"query\", \"excuse\"}]} or null, \"alerting\": {\"alertmanager\", \"slack\": {\"firing\", \"resolved\"}, \"pagerduty\": {the
same}, \"watchdog\"} or null, \"incident\": {\"ok\", \"seconds\", \"channels\", \"why_not\", ...} or null, \"problems\": [TEXT]}; \"count\" is the
_count of a histogram and the value of a counter or gauge, summed over its series; the quantiles are of the last \"window\", and one
that Prometheus can't tell is null. \"panels\" counts the queries of all generated dashboards over the time of the run; an empty one has an
excuse or is a problem.

Exit code: 0 all as it should be, 1 something stopped, a target was down, a declared metric was missing, a panel was empty without an
excuse, a stand-in refused a message, the incident went wrong, or lapwing_problems_total was above 0 at the end (see \"problems\"), 2 the
command line is wrong.
";

/// What is to be shown, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) duration: Option<Duration>,
    pub(crate) report: Option<PathBuf>,
    pub(crate) prometheus: Option<PathBuf>,
    pub(crate) port: u16,
    pub(crate) rate: f64,
    pub(crate) faults: bool,
    pub(crate) incident: bool,
}

/// Which alerts are drilled, and on what.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DrillOptions {
    pub(crate) names: Vec<String>,
    pub(crate) all: bool,
    pub(crate) chaos: bool,
    pub(crate) generation: Generation,
    pub(crate) report: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arguments {
    Help,
    Run(Options),
    Drill(DrillOptions),
}

/// All long options, for the nearest to a misspelt one.
const OPTIONS: [&str; 8] = ["duration", "report", "prometheus", "port", "rate", "no-faults", "incident", "help"];

/// Those of `drill`.
const DRILL_OPTIONS: [&str; 5] = ["all", "chaos", "stack", "report", "help"];

/// Reads what follows the program's name. One leading `--` is passed over: the cargo alias ends in one, and who writes another means
/// that one.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, lexopt::Error> {
    let mut words = words.into_iter().peekable();
    words.next_if(|word| word == "--");
    if words.next_if(|word| word == "drill").is_some() {
        return drill(&mut Parser::from_args(words));
    }
    let mut parser = Parser::from_args(words);
    let mut options =
        Options { duration: None, report: None, prometheus: None, port: 0, rate: 100.0, faults: true, incident: false };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Arguments::Help),
            Long("duration") => options.duration = Some(value(&mut parser, "--duration", time)?),
            Long("report") => options.report = Some(parser.value()?.into()),
            Long("prometheus") => options.prometheus = Some(parser.value()?.into()),
            Long("port") => options.port = value(&mut parser, "--port", port)?,
            Long("rate") => options.rate = value(&mut parser, "--rate", rate)?,
            Long("no-faults") => options.faults = false,
            Long("incident") => options.incident = true,
            Long(unknown) => return Err(no_option(unknown, &OPTIONS).into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Arguments::Run(options))
}

/// What follows `drill`.
fn drill(parser: &mut Parser) -> Result<Arguments, lexopt::Error> {
    let mut options =
        DrillOptions { names: Vec::new(), all: false, chaos: false, generation: Generation::Old, report: None };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Arguments::Help),
            Value(name) => options.names.push(name.to_string_lossy().into_owned()),
            Long("all") => options.all = true,
            Long("chaos") => options.chaos = true,
            Long("stack") => options.generation = value(parser, "--stack", generation)?,
            Long("report") => options.report = Some(parser.value()?.into()),
            Long(unknown) => return Err(no_option(unknown, &DRILL_OPTIONS).into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Arguments::Drill(options))
}

fn generation(text: &str) -> Result<Generation, &'static str> {
    match text {
        "old" => Ok(Generation::Old),
        "new" => Ok(Generation::New),
        _ => Err("must be old (Prometheus 2.42, Alertmanager 0.25) or new (3.x, 0.33)"),
    }
}

/// The value of an option, or an error that names the option and what it wants.
fn value<T>(
    parser: &mut Parser,
    option: &str,
    read: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<T, lexopt::Error> {
    let text = parser.value()?.to_string_lossy().into_owned();
    read(&text).map_err(|wanted| format!("{option} {text:?}: {wanted}").into())
}

fn no_option(unknown: &str, options: &[&str]) -> String {
    match nearest(unknown, options.iter().copied()) {
        Some(meant) => format!("there is no option --{unknown}; did you mean --{meant}?"),
        None => format!("there is no option --{unknown}; there are --{}", options.join(", --")),
    }
}

fn time(text: &str) -> Result<Duration, &'static str> {
    const WANTED: &str = "must be a time such as 45s, 2m or 1h";
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" | "" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "ms" => 0.001,
        _ => return Err(WANTED),
    };
    let number: f64 = number.parse().map_err(|_| WANTED)?;
    Duration::try_from_secs_f64(number * seconds)
        .map_err(|_| "is longer than time goes; leave it out to run until Ctrl-C")
}

fn port(text: &str) -> Result<u16, &'static str> {
    text.parse().map_err(|_| "must be 1 to 65535 (0 picks one)")
}

fn rate(text: &str) -> Result<f64, &'static str> {
    let number = text.parse().ok().filter(|rate| (0.1..=100_000.0).contains(rate));
    number.ok_or("must be operations a second, between 0.1 and 100000")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read() {
        let Ok(Arguments::Run(options)) = read("--duration 45s --report r.json --rate=20 --no-faults --port 8080")
        else {
            panic!("not read");
        };
        assert_eq!(options.duration, Some(Duration::from_secs(45)));
        assert_eq!(options.report, Some("r.json".into()));
        assert_eq!((options.rate, options.faults, options.port, options.incident), (20.0, false, 8080, false));
        assert!(matches!(read("--incident"), Ok(Arguments::Run(Options { incident: true, faults: true, .. }))));
        assert_eq!(read("--rate 3 -h"), Ok(Arguments::Help));
    }

    #[test]
    fn drills_are_read() {
        let drill = |names: &[&str], all, generation, report: Option<&str>| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            Ok(Arguments::Drill(DrillOptions {
                names,
                all,
                chaos: false,
                generation,
                report: report.map(PathBuf::from),
            }))
        };
        assert_eq!(read("drill SigilErrors/gc A"), drill(&["SigilErrors/gc", "A"], false, Generation::Old, None));
        assert_eq!(read("-- drill --all --stack new --report r"), drill(&[], true, Generation::New, Some("r")));
        assert!(matches!(read("drill --chaos"), Ok(Arguments::Drill(options)) if options.chaos && !options.all));
        assert!(read("drill --stack older").unwrap_err().contains("must be old (Prometheus 2.42"));
        assert!(read("drill --al").unwrap_err().contains("did you mean --all?"));
        assert_eq!(read("drill --help"), Ok(Arguments::Help));
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(time("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(time("8"), Ok(Duration::from_secs(8)));
        for wrong in ["", "s", "1d", "-1s", "1e400h", "99999999999999999999999h"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_leading_separator_is_passed_over() {
        assert_eq!(read("-- --help"), Ok(Arguments::Help));
        assert_eq!(read("-- --rate 20"), read("--rate 20"));
        assert_eq!(read("--"), read(""));
        for wrong in ["-- -- --help", "--rate 20 -- --help"] {
            assert!(read(wrong).unwrap_err().contains("--help"), "{wrong}");
        }
    }

    #[test]
    fn wrong_values_name_the_option_and_what_it_wants() {
        assert_eq!(read("--port 99999").unwrap_err(), "--port \"99999\": must be 1 to 65535 (0 picks one)");
        assert_eq!(read("--duration x").unwrap_err(), "--duration \"x\": must be a time such as 45s, 2m or 1h");
        for wrong in ["0", "NaN", "many", "1e6"] {
            let error = read(&format!("--rate {wrong}")).unwrap_err();
            let wanted = format!("--rate {wrong:?}: must be operations a second, between 0.1 and 100000");
            assert_eq!(error, wanted);
        }
        assert!(read("--port").unwrap_err().contains("'--port'"));
        assert!(read("45s").unwrap_err().contains("45s"));
    }

    #[test]
    fn misspelt_options_get_the_nearest() {
        assert_eq!(read("--durations 3s").unwrap_err(), "there is no option --durations; did you mean --duration?");
        assert_eq!(read("--no-fault").unwrap_err(), "there is no option --no-fault; did you mean --no-faults?");
        assert!(read("--verbose").unwrap_err().contains("there are --duration, --report,"));
    }

    #[test]
    fn help_names_every_option() {
        for option in OPTIONS.into_iter().chain(DRILL_OPTIONS) {
            assert!(HELP.contains(&format!("  --{option}")) || HELP.contains(&format!(", --{option}")), "{option}");
        }
    }
}
