//! The page that keeps the last measurement, and what it was measured with.

use std::{path::Path, process::Command};

use stack::Located;

use super::wrk::CONNECTIONS;
use crate::{
    machine::{ask, compiler, date, machine},
    page::Place,
    step::StepError,
};

/// In the workspace.
pub(super) const PATH: &str = "docs/throughput.md";

/// Of the table.
pub(super) const PLACE: Place = Place {
    begin: "<!-- measured: begin, written by `cargo xtask throughput --write` -->",
    end: "<!-- measured: end -->",
};

/// Date, machine and versions.
pub(super) fn conditions(program: &Path, wrk: &Located) -> Result<String, StepError> {
    let sigil = ask(Command::new(program).arg("--version"))?;
    Ok(format!(
        "Measured {} on {}; {sigil}, {}, wrk {} with {CONNECTIONS} connections",
        date()?,
        machine()?,
        compiler()?,
        wrk.version
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_page_has_its_place() {
        let page = include_str!("../../../../docs/throughput.md");
        let begin = page.find(PLACE.begin).unwrap();
        assert!(page[begin..].contains(PLACE.end));
    }
}
