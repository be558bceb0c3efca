//! The clients of the demo, for a sigil that runs elsewhere.

use std::{sync::mpsc::RecvTimeoutError, time::Duration};

use lexopt::{Parser, prelude::*};

use super::ProgramError;
use crate::{
    load::{Load, Pace, Seen},
    signals,
};

const HELP: &str = "\
Usage: demo load [--sigil ADDRESS] [--rate NUMBER]

Puts load on the sigil at ADDRESS (host:port, 127.0.0.1:8080 unless given), aiming at NUMBER operations a second (20 unless given),
until it is told to stop. Says every 30 s what the clients saw. A sigil that is away is tried again.
";
/// Concurrent clients.
const CLIENTS: usize = 8;
const SAY: Duration = Duration::from_secs(30);

pub(super) fn run(mut parser: Parser) -> Result<(), ProgramError> {
    let wrong = |error| ProgramError::CommandLine(error, HELP);
    let (mut sigil, mut rate) = ("127.0.0.1:8080".to_owned(), 20.0);
    while let Some(argument) = parser.next().map_err(wrong)? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            Long("sigil") => sigil = parser.value().and_then(|value| value.string()).map_err(wrong)?,
            Long("rate") => {
                let text = parser.value().and_then(|value| value.string()).map_err(wrong)?;
                let number = text.parse().ok().filter(|rate| (0.1..=100_000.0).contains(rate));
                let wanted = format!("--rate {text:?}: must be operations a second, between 0.1 and 100000");
                rate = number.ok_or_else(|| wrong(wanted.into()))?;
            }
            other => return Err(wrong(other.unexpected())),
        }
    }
    let stop = signals::listen()?;
    let load = Load::start(&sigil, Pace { rate, clients: CLIENTS, bursts: true }).map_err(ProgramError::Client)?;
    println!("load of about {rate} operations a second on http://{sigil}");
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(SAY) {
        println!("{}", line(load.take()));
    }
    Ok(())
}

fn line(mut seen: Seen) -> String {
    let p95 = seen.p95() * 1000.0;
    let Seen { latencies, failed, refused, lost } = seen;
    format!(
        "{} answers, P95 {p95:.1} ms; {failed} failed, {refused} refused as intended, {lost} without answer",
        latencies.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_tells_failures_from_intended_refusals() {
        let seen = Seen { latencies: vec![0.001; 20], failed: 2, refused: 3, lost: 1 };
        assert_eq!(line(seen), "20 answers, P95 1.0 ms; 2 failed, 3 refused as intended, 1 without answer");
    }
}
