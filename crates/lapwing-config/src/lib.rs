//! Reads OpenTelemetry declarative configuration, with Lapwing's span rules in it, and says exactly what is wrong with it.
//!
//! One YAML file says what telemetry a service has: resource, propagators, traces, metrics and views in the standard's own
//! format (`file_format` 1.0 and 1.1), and under `instrumentation/development.rust.lapwing` which spans become which
//! instruments. [`load`] and [`parse`] turn it into a [`Configuration`]: plain data, defaults filled in, nothing started.
//!
//! A second file beside it, `monitoring.yaml`, says what is watched of the service and who is told: see [`monitoring`].
//! Editors complete both by the JSON Schemas in [`schema`].
//!
//! # Example
//!
//! ```
//! use lapwing_config::{Measure, parse};
//!
//! let text = r#"
//! file_format: "1.1"
//! meter_provider:
//!   readers:
//!     - pull: {exporter: {prometheus/development: {port: 9000}}}
//!   views:
//!     - selector: {instrument_name: sign.duration}
//!       stream: {aggregation: {explicit_bucket_histogram: {boundaries: [0.01, 0.1, 1]}}}
//! instrumentation/development:
//!   rust:
//!     lapwing:
//!       rules:
//!         - span: sign
//!           duration: {instrument: sign.duration, labels: [outcome]}
//! "#;
//! let configuration = parse(text, "telemetry.yaml", &|_| None)?;
//! assert_eq!(configuration.meter.unwrap().prometheus.unwrap().port, 9000);
//! let Measure::Duration(instrument) = &configuration.lapwing.rules[0].measures[0] else { panic!() };
//! assert_eq!((instrument.name.as_str(), instrument.unit.as_str()), ("sign.duration", "s"));
//! assert_eq!(instrument.boundaries.as_deref(), Some(&[0.01, 0.1, 1.0][..]));
//!
//! let wrong = text.replace("boundaries", "boundries");
//! assert_eq!(
//!     parse(&wrong, "telemetry.yaml", &|_| None).unwrap_err().to_string(),
//!     "\
//! error: unknown key `boundries` in `explicit_bucket_histogram`
//!  --> telemetry.yaml:8:58
//!   |
//! 8 |       stream: {aggregation: {explicit_bucket_histogram: {boundries: [0.01, 0.1, 1]}}}
//!   |                                                          ^^^^^^^^^
//!   = help: did you mean `boundaries`?"
//! );
//! # Ok::<(), lapwing_config::ConfigError>(())
//! ```
//!
//! # Behaviour
//!
//! | in the file | becomes |
//! | --- | --- |
//! | a key of the table ([`reference()`]) that is served | its place in the model |
//! | a key of the standard that the Rust SDK can't serve | one warning, in [`Configuration::warnings`] |
//! | any other key, but one beside `lapwing` under `rust` | an error with the nearest known key |
//! | a wrong type or value, a required key that is missing | an error |
//! | a key of the other edition of the format | an error with the right key |
//! | null under a key | as if the key was not there |
//! | `${NAME}`, `${env:NAME}`, `${NAME:-default}`, `$$` in a value | the substitution of the standard, not recursive |
//! | `${NAME:?reason}`, or anything else in `${…}` | an error |
//! | an unquoted value | typed by YAML 1.2's core schema, after substitution |
//! | an alias | what its anchor stands for |
//! | a duplicate key, a merge key, an own tag, a second document | an error |
//!
//! All errors are found in one go, in file order, each with line and column. No message holds a substituted value, and
//! literal secrets are starred out of the lines shown.
//!
//! # Cost
//!
//! Made for start-up: a file of some hundred lines takes about a millisecond, and nothing is kept but the model. Nesting is
//! limited to 64 levels and aliases to 200 000 nodes, so that no file can take the process down.

mod check;
mod cursor;
mod decode;
mod duration;
mod environment;
mod finding;
mod glob;
mod json;
mod keys;
mod model;
pub mod monitoring;
mod percent;
mod reading;
pub mod schema;
mod secret;
mod substitution;
mod typed;

pub use environment::file_from_env;
pub use finding::{ConfigError, Finding};
pub use glob::glob_matches;
pub use ipnet::IpNet;
pub use keys::{Bound, Edition, Key, Object, Status, Type, reference};
pub use lapwing_document::{Place, Position, Severity};
pub use lapwing_exposition::Translation;
pub use lapwing_spans::{
    ExemplarFilter, Instrument, Label, LabelSource, Match, Matched, Measure, Outcome, Rule, Timing, nearest,
};
pub use model::*;

use std::path::Path;

use lapwing_document::{Extent, Node, Source};

/// Reads a configuration file; substitutions come from the process environment.
///
/// # Errors
/// [`ConfigError::Read`] if there is no such file or it is no UTF-8, else as [`parse`].
pub fn load(path: impl AsRef<Path>) -> Result<Configuration, ConfigError> {
    let path = path.as_ref();
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let mut configuration = parse(&text, &path.display().to_string(), &|name| std::env::var(name).ok())?;
    configuration.warnings.extend(environment::deprecation(path));
    Ok(configuration)
}

/// Where a configuration has what is secret, such as values of headers and URLs with a user: not to be shown where a line of it is.
pub fn secrets(root: &Node) -> Vec<Extent> {
    let mut found = Vec::new();
    secret::find(root, &mut |extent| found.push(extent));
    found
}

/// What may be secret in a line of a file that is no YAML, so that nothing is known but its text: as [`secrets`], and rather too much.
pub fn secret_in_unparsed(line: usize, source: &Source) -> Option<Extent> {
    secret::in_unparsed(line, source)
}

/// Reads a configuration from text; `file` is its name in findings, `env` looks variables up.
///
/// # Errors
/// [`ConfigError::Invalid`] with every error of the file, in file order.
pub fn parse(text: &str, file: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Configuration, ConfigError> {
    let (mut configuration, warnings) = reading::read(text, file, Some(env), check::configuration)?;
    configuration.warnings = warnings;
    Ok(configuration)
}
