//! The stand-ins for Slack and PagerDuty, for an Alertmanager that runs elsewhere.

use std::{
    thread,
    time::{Duration, Instant},
};

use lexopt::{Parser, prelude::*};
use serde_json::Value as Json;
use stack::{PagerDutyStandIn, Receivers, SlackStandIn};

use super::ProgramError;
use crate::signals;

const HELP: &str = "\
Usage: demo receivers [--listen ADDRESS]

Stands in for Slack, PagerDuty and a dead man's switch at ADDRESS (host:port, 127.0.0.1:9095 unless given) until it is told to stop, says
what arrives, and shows all of it at http://ADDRESS/received. Nothing is kept: what has arrived is forgotten when it ends.
";
/// How long a wait may be before it is begun anew; nothing depends on it.
const PATIENCE: Duration = Duration::from_secs(3600);

pub(super) fn run(mut parser: Parser) -> Result<(), ProgramError> {
    let wrong = |error| ProgramError::CommandLine(error, HELP);
    let mut listen = "127.0.0.1:9095".to_owned();
    while let Some(argument) = parser.next().map_err(wrong)? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            Long("listen") => listen = parser.value().and_then(|value| value.string()).map_err(wrong)?,
            other => return Err(wrong(other.unexpected())),
        }
    }
    let stop = signals::listen()?;
    let receivers = Receivers::serve(&listen, SlackStandIn::builder(), PagerDutyStandIn::builder())?;
    println!("receivers listening on http://{}", receivers.address());
    let (slack, pagerduty) = (receivers.slack().clone(), receivers.pagerduty().clone());
    say("slack", slack_headline, move |last| {
        let next = slack.await_request(|received| last.is_none_or(|last| received.at > last), PATIENCE).ok()?;
        Some((next.at, next.status, next.body))
    });
    say("pagerduty", pagerduty_headline, move |last| {
        let next = pagerduty.await_request(|received| last.is_none_or(|last| received.at > last), PATIENCE).ok()?;
        Some((next.at, next.status, next.body))
    });
    // A sender that is gone is a signal, too.
    let _ = stop.recv();
    Ok(())
}

/// When a request came, what it was answered, and its body.
type Arrival = (Instant, Option<u16>, Json);

/// Prints a line for each request that arrives, until the process ends. `next` waits for the first after the last one.
fn say(
    name: &'static str,
    headline: fn(&Json) -> String,
    next: impl Fn(Option<Instant>) -> Option<Arrival> + Send + 'static,
) {
    thread::spawn(move || {
        let mut last = None;
        loop {
            let Some((at, status, body)) = next(last) else { continue };
            let status = status.map_or("none".to_owned(), |status| status.to_string());
            println!("{name} {status} {}", headline(&body).replace('\n', " "));
            last = Some(at);
        }
    });
}

fn slack_headline(body: &Json) -> String {
    body["attachments"][0]["title"].as_str().or(body["text"].as_str()).unwrap_or_default().to_owned()
}

fn pagerduty_headline(body: &Json) -> String {
    let word = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    format!("{}: {}", word(&body["event_action"]), word(&body["payload"]["summary"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn headlines_of_what_arrives() {
        let slack = json!({"attachments": [{"title": "[FIRING:1] SigilErrors"}]});
        assert_eq!(slack_headline(&slack), "[FIRING:1] SigilErrors");
        assert_eq!(slack_headline(&json!({"text": "disk full"})), "disk full");
        let event = json!({"event_action": "resolve", "payload": {"summary": "over"}});
        assert_eq!(pagerduty_headline(&event), "resolve: over");
        assert_eq!(slack_headline(&Json::Null), "");
    }
}
