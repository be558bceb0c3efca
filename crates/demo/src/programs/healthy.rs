//! Asks a service for its health: the check of a container that holds nothing but the programs.

use std::time::Duration;

use lexopt::{Parser, prelude::*};
use reqwest::blocking::Client;

use super::ProgramError;

const HELP: &str = "\
Usage: demo healthy URL

Exits 0 if URL answers with a status of 200 to 299 within 3 s, else 1, and says why.
";
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn run(mut parser: Parser) -> Result<(), ProgramError> {
    let wrong = |error| ProgramError::CommandLine(error, HELP);
    let mut url = None;
    while let Some(argument) = parser.next().map_err(wrong)? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            Value(value) if url.is_none() => url = Some(value.string().map_err(wrong)?),
            other => return Err(wrong(other.unexpected())),
        }
    }
    let url = url.ok_or_else(|| wrong("URL is missing".into()))?;
    let http = Client::builder().no_proxy().timeout(PATIENCE).build().map_err(ProgramError::Client)?;
    super::fault::accepted(&url, http.get(&url))
}
