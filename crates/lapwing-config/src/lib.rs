//! OpenTelemetry declarative configuration and Lapwing's span rules, read with positions and clear findings.

mod check;
mod cursor;
mod decode;
mod environment;
mod finding;
mod glob;
mod keys;
mod model;
mod percent;
mod scalar;
mod secret;
mod source;
mod substitution;
mod suggestion;
mod tree;
mod typed;

pub use environment::file_from_env;
pub use finding::{ConfigError, Finding, Position, Severity};
pub use glob::glob_matches;
pub use keys::{Edition, Key, Object, Status, reference};
pub use lapwing_exposition::Translation;
pub use lapwing_spans::{
    ExemplarFilter, Instrument, Label, LabelSource, Match, Matched, Measure, Outcome, Rule, Timing,
};
pub use model::*;

use std::path::Path;

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

/// Reads a configuration from text; `file` is its name in findings, `env` looks variables up.
///
/// # Errors
/// [`ConfigError::Invalid`] with every error of the file, in file order.
pub fn parse(text: &str, file: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Configuration, ConfigError> {
    // A byte order mark is no part of the text and would shift the first line's columns.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut source = source::Source::new(file, text);
    let cx = cursor::Context::new(file);
    let mut configuration = Configuration::default();
    match tree::build(text, &source, env, &cx) {
        Ok(root) => {
            configuration = decode::configuration(&cx, root.as_ref());
            if let Some(root) = &root {
                secret::mask(root, &mut source);
            }
        }
        Err(tree::Unreadable) => cx.lines().into_iter().for_each(|line| secret::mask_unparsed(line, &mut source)),
    }
    let (errors, warnings): (Vec<_>, Vec<_>) =
        cx.into_findings(&source).into_iter().partition(|finding| finding.severity == Severity::Error);
    if !errors.is_empty() {
        return Err(ConfigError::Invalid(errors));
    }
    configuration.warnings = warnings;
    Ok(configuration)
}
