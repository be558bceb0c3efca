//! Breaks a service on purpose, or mends it.

use std::time::Duration;

use lexopt::{Parser, prelude::*};
use reqwest::{
    blocking::{Client, RequestBuilder},
    header::CONTENT_TYPE,
};

use super::ProgramError;

const HELP: &str = "\
Usage: demo fault [--admin ADDRESS] FAULT    put a fault in force, in place of the last
       demo fault [--admin ADDRESS] --clear  end it

FAULT is JSON as sigil's admin listener takes it. ADDRESS is that listener's, 127.0.0.1:9000 unless given.

Example: docker compose exec sigil /demo fault '{\"operation\": \"encode\", \"error_rate\": 0.3}'
";
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(mut parser: Parser) -> Result<(), ProgramError> {
    let wrong = |error| ProgramError::CommandLine(error, HELP);
    let (mut admin, mut fault, mut clear) = ("127.0.0.1:9000".to_owned(), None, false);
    while let Some(argument) = parser.next().map_err(wrong)? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            Long("admin") => admin = parser.value().and_then(|value| value.string()).map_err(wrong)?,
            Long("clear") => clear = true,
            Value(value) if fault.is_none() => fault = Some(value.string().map_err(wrong)?),
            other => return Err(wrong(other.unexpected())),
        }
    }
    let http = Client::builder().no_proxy().timeout(PATIENCE).build().map_err(ProgramError::Client)?;
    let url = format!("http://{admin}/admin/faults");
    let request = match (fault, clear) {
        (Some(fault), false) => http.put(&url).header(CONTENT_TYPE, "application/json").body(fault),
        (None, true) => http.delete(&url),
        _ => return Err(wrong("either FAULT or --clear is to be given".into())),
    };
    accepted(&url, request)
}

/// Sends a request; anything but a success is an error, with the answer's first words.
pub(super) fn accepted(url: &str, request: RequestBuilder) -> Result<(), ProgramError> {
    let unreachable = |source| ProgramError::Unreachable { url: url.to_owned(), source };
    let answer = request.send().map_err(unreachable)?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let body = answer.text().map_err(unreachable)?.chars().take(300).collect();
    Err(ProgramError::Refused { url: url.to_owned(), status: status.as_u16(), body })
}
