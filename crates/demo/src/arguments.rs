//! The command line.

use std::{path::PathBuf, time::Duration};

use lexopt::prelude::*;

pub(crate) const HELP: &str = "\
Starts the reference service sigil as a process of its own, a real Prometheus that scrapes it, and realistic load,
and shows what Prometheus computes from the histograms that came out of sigil's spans. Ctrl-C ends all of it.

Usage: cargo demo [-- OPTIONS]

  --duration TIME     end by itself after this time, such as 45s or 2m (default: run until Ctrl-C)
  --report FILE       at the end, write what Prometheus says as JSON
  --prometheus PATH   this Prometheus (2.42 or newer) instead of one from the PATH or a fetched one
  --port PORT         port of sigil on 127.0.0.1 (default: any that is free)
  --rate NUMBER       operations a second that the load aims at (default 100)
  --no-faults         inject no faults; otherwise latency and errors come and go, so that there is something to see
  -h, --help          this text

Examples:
  cargo demo
  cargo demo -- --duration 45s --report report.json
  cargo demo -- --rate 400 --no-faults --port 8080

Prometheus is taken from the PATH, or else downloaded as a Debian package into target/parts; nothing is installed. Where it can't be
had, the demo says so and goes on without it. LAPWING_OFFLINE=1 forbids the download.

The report: {\"prometheus\": {\"version\", \"targets\", \"targets_up\"} or null, \"services\": [{\"name\", \"address\", \"up\"}],
\"metrics\": {NAME: {\"series\", \"count\"}}, \"quantiles\": {NAME: {\"p50\", \"p95\", \"p99\"}}, \"problems\": [TEXT]}; \"count\" is the
_count of a histogram and the value of a counter or gauge, summed over its series; a quantile that Prometheus can't tell is null.

Exit code: 0 all as it should be, 1 something stopped, a target was down or a declared metric was missing at the end (see
\"problems\"), 2 the command line is wrong.
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
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arguments {
    Help,
    Run(Options),
}

pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Arguments, lexopt::Error> {
    let mut options = Options { duration: None, report: None, prometheus: None, port: 0, rate: 100.0, faults: true };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Arguments::Help),
            Long("duration") => options.duration = Some(parser.value()?.parse_with(time)?),
            Long("report") => options.report = Some(parser.value()?.into()),
            Long("prometheus") => options.prometheus = Some(parser.value()?.into()),
            Long("port") => options.port = parser.value()?.parse()?,
            Long("rate") => options.rate = parser.value()?.parse_with(rate)?,
            Long("no-faults") => options.faults = false,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Arguments::Run(options))
}

fn time(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" | "" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "ms" => 0.001,
        _ => return Err("write a time as 45s, 2m or 1h".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "write a time as 45s, 2m or 1h".to_owned())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "that is longer than time goes".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|rate| (0.1..=100_000.0).contains(rate));
    number.ok_or_else(|| "give operations a second between 0.1 and 100000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, String> {
        let words = line.split_whitespace().map(str::to_owned);
        parse(lexopt::Parser::from_args(words)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read() {
        let Ok(Arguments::Run(options)) = read("--duration 45s --report r.json --rate=20 --no-faults --port 8080")
        else {
            panic!("not read");
        };
        assert_eq!(options.duration, Some(Duration::from_secs(45)));
        assert_eq!(options.report, Some("r.json".into()));
        assert_eq!((options.rate, options.faults, options.port), (20.0, false, 8080));
        assert_eq!(read("--rate 3 -h"), Ok(Arguments::Help));
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
    fn wrong_options_say_what_is_right() {
        assert!(read("--rate 0").unwrap_err().contains("between 0.1 and 100000"));
        assert!(read("--rate NaN").is_err());
        assert!(read("--port 70000").is_err());
        assert!(read("--durations 3s").unwrap_err().contains("--durations"));
    }
}
