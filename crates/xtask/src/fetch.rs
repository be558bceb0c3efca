//! Fetching parts, with a line for each step.

use std::time::Instant;

use stack::{Origin, Part, Parts};

use crate::{python, step::StepError};

/// What can be fetched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fetchable {
    Part(Part),
    OpenMetricsReader,
}

impl Fetchable {
    /// What tests need.
    pub(crate) fn all() -> Vec<Fetchable> {
        Part::ALL.into_iter().map(Fetchable::Part).chain([Fetchable::OpenMetricsReader]).collect()
    }

    /// All that have a name on the command line.
    pub(crate) fn known() -> Vec<Fetchable> {
        Self::all().into_iter().chain(Part::TOOLS.map(Fetchable::Part)).collect()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Fetchable::Part(part) => part.name(),
            Fetchable::OpenMetricsReader => "openmetrics-reader",
        }
    }
}

/// Fetches what isn't there yet; tries all and fails with the last error.
pub(crate) fn fetch(wanted: &[Fetchable]) -> Result<(), StepError> {
    let parts = Parts::from_env();
    let mut outcome = Ok(());
    for fetchable in wanted {
        let begin = Instant::now();
        let mut progress = |line: &str| println!("  [{:>5.1} s] {line}", begin.elapsed().as_secs_f64());
        let fetched = match fetchable {
            Fetchable::Part(part) => parts.get_or_fetch(*part, &mut progress).map_err(StepError::from).map(|located| {
                let origin = match located.origin {
                    Origin::Named => "named in the environment",
                    Origin::System => "installed",
                    Origin::Fetched => "fetched",
                };
                format!("{part}: {} ({origin}) in {}", located.version, located.folder.display())
            }),
            Fetchable::OpenMetricsReader => python::reader(&parts, &mut progress).map(|reader| reader.description),
        };
        match fetched {
            Ok(line) => println!("  {line}"),
            Err(error) => {
                eprintln!("  {error}");
                outcome = Err(error);
            }
        }
    }
    outcome
}
