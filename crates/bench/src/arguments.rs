//! The command line.

use std::{ffi::OsString, str::FromStr};

use lexopt::{Parser, prelude::*};

use crate::{scrapes, series::SPAN_SERIES, spans, stall};

/// What `--help` prints.
pub const HELP: &str = "\
Measures what a span or a scrape costs, one variant a process. `cargo xtask bench` does it for all, in turns.

Usage: bench span --variant V [--iterations N] [--threads T] [--series S] [--serve]
       bench scrape --variant V [--series S] [--touched P] [--scrapes N] [--only-touch] [--serve]
       bench stall --variant V [--series S] [--serve]
       bench list                             all variants with what they are

span: creates, enters, leaves and closes spans with 3 fields, or measures as often without a span
  --iterations N   measurements of each thread, after 1000 to warm up (default 100000)
  --threads T      threads that measure at the same time (default 1)
  --series S       series they are spread over: 1, 2, 4, 8 or 16 (default 16); with 1 all threads meet on it

scrape: collects and encodes a histogram of S series (10 bounds, 2 labels), after 3 scrapes to warm up
  --series S       (default 1000)
  --touched P      percent of the series that get a new value before each scrape (default 100)
  --scrapes N      (default 10)
  --only-touch     leaves out the scrapes: to be taken off an instruction count

stall: the longest time that one measurement took while S series were scraped and new ones arrived
  --series S       (default 100000)

  --serve          reads orders from standard input (a number of iterations, a percentage, anything) and answers each
                   with a line of JSON; at the end of the input it looks whether everything was measured

Built by `cargo build --profile measured --package bench` to target/measured/bench. To see where instructions go:

  valgrind --tool=callgrind --zero-before='*Runner::round_here' target/measured/bench span --variant lapwing
  callgrind_annotate callgrind.out.*

Counts for one operation are the difference of two runs divided by the difference of their iterations. --zero-before leaves out
what comes before the operations, such as the calibration of the clock, which takes now more, now fewer instructions. `bench-heap --help` tells about memory.

Exit code: 0 measured, 1 something was not measured that should have been, 2 the command line is wrong.
";

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Arguments {
    /// Print [`HELP`].
    Help,
    /// Print all variants.
    List,
    /// Measure spans.
    Span {
        /// Of what.
        variant: spans::Variant,
        /// Measurements of each thread.
        iterations: usize,
        /// At the same time.
        threads: usize,
        /// A power of two, at most 16.
        series: usize,
        /// Whether orders come from standard input.
        serve: bool,
    },
    /// Measure scrapes.
    Scrape {
        /// Of what.
        variant: scrapes::Variant,
        /// How many.
        series: usize,
        /// Percent of them that change between scrapes.
        touched: usize,
        /// How many.
        scrapes: usize,
        /// Whether nothing is scraped at all.
        only_touch: bool,
        /// Whether orders come from standard input.
        serve: bool,
    },
    /// Measure how long a scrape stops measurements.
    Stall {
        /// Of what.
        variant: stall::Variant,
        /// How many.
        series: usize,
        /// Whether orders come from standard input.
        serve: bool,
    },
}

impl Arguments {
    /// Of this process.
    ///
    /// # Errors
    /// A command or option that isn't there, with what there is.
    pub fn from_command_line() -> Result<Arguments, lexopt::Error> {
        Self::parse(std::env::args_os().skip(1))
    }

    fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, lexopt::Error> {
        let mut parser = Parser::from_args(words);
        let mut command: Option<String> = None;
        let (mut variant, mut iterations, mut threads, mut series) = (None, 100_000, 1, None);
        let (mut touched, mut scrapes, mut only_touch, mut serve) = (100, 10, false, false);
        while let Some(argument) = parser.next()? {
            let of = |name: &str| command.as_deref() == Some(name);
            match argument {
                Short('h') | Long("help") => return Ok(Arguments::Help),
                Long("variant") => variant = Some(parser.value()?.string()?),
                Long("serve") => serve = true,
                Long("series") => series = Some(number(&mut parser, "--series")?),
                Long("iterations") if of("span") => iterations = number(&mut parser, "--iterations")?,
                Long("threads") if of("span") => threads = number(&mut parser, "--threads")?,
                Long("touched") if of("scrape") => touched = parser.value()?.parse::<usize>()?.min(100),
                Long("scrapes") if of("scrape") => scrapes = number(&mut parser, "--scrapes")?,
                Long("only-touch") if of("scrape") => only_touch = true,
                Value(word) if command.is_none() => command = Some(word.string()?),
                other => return Err(other.unexpected()),
            }
        }
        let variant = || variant.ok_or_else(|| lexopt::Error::from("--variant is missing; `bench list` has them all"));
        match command.as_deref() {
            None | Some("help") => Ok(Arguments::Help),
            Some("list") => Ok(Arguments::List),
            Some("span") => {
                let series = series.unwrap_or(SPAN_SERIES);
                if !series.is_power_of_two() || series > SPAN_SERIES {
                    return Err(format!("--series {series}: spans can have 1, 2, 4, 8 or 16").into());
                }
                let variant = known(&variant()?, spans::Variant::named)?;
                Ok(Arguments::Span { variant, iterations, threads, series, serve })
            }
            Some("scrape") => {
                let variant = known(&variant()?, scrapes::Variant::named)?;
                let series = series.unwrap_or(1000);
                Ok(Arguments::Scrape { variant, series, touched, scrapes, only_touch, serve })
            }
            Some("stall") => {
                let variant = known(&variant()?, stall::Variant::named)?;
                Ok(Arguments::Stall { variant, series: series.unwrap_or(100_000), serve })
            }
            Some(other) => {
                Err(format!("there is no command `{other}`; there are span, scrape, stall, list, help").into())
            }
        }
    }
}

/// The value of an option that counts from 1.
pub fn number<T: FromStr + PartialOrd + From<u8>>(parser: &mut Parser, option: &str) -> Result<T, lexopt::Error> {
    let text = parser.value()?.to_string_lossy().into_owned();
    let number = text.parse().ok().filter(|number| *number >= T::from(1));
    number.ok_or_else(|| format!("{option} {text:?}: must be a whole number from 1 on").into())
}

/// The variant of that name.
pub fn known<T>(name: &str, named: fn(&str) -> Option<T>) -> Result<T, lexopt::Error> {
    named(name).ok_or_else(|| format!("there is no variant `{name}` of that; `bench list` has them all").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn commands_have_defaults() {
        let variant = spans::Variant::Lapwing;
        let (iterations, threads, series, serve) = (100_000, 1, 16, false);
        assert_eq!(
            parse("span --variant lapwing"),
            Ok(Arguments::Span { variant, iterations, threads, series, serve })
        );
        let scrape = parse("scrape --variant lapwing --touched 10 --series 5 --scrapes 2 --only-touch --serve");
        let variant = scrapes::Variant::Lapwing;
        let expected = Arguments::Scrape { variant, series: 5, touched: 10, scrapes: 2, only_touch: true, serve: true };
        assert_eq!(scrape, Ok(expected));
        assert_eq!(parse(""), Ok(Arguments::Help));
        assert_eq!(parse("span --help"), Ok(Arguments::Help));
    }

    #[test]
    fn wrong_words_say_what_would_be_right() {
        assert!(parse("span").unwrap_err().contains("--variant is missing"));
        assert!(parse("span --variant lapwig").unwrap_err().contains("no variant `lapwig`"));
        assert!(parse("span --variant lapwing --series 3").unwrap_err().contains("1, 2, 4, 8 or 16"));
        assert!(parse("span --variant lapwing --iterations 0").unwrap_err().contains("from 1 on"));
        assert!(parse("scrape --variant lapwing --iterations 7").is_err());
        assert!(parse("spin").unwrap_err().contains("there are span, scrape"));
    }
}
