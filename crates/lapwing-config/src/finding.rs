//! What is wrong with a file, where, and what to do.

use std::{fmt, path::PathBuf};

use lapwing_document::{Excerpt, Picture, Position, Severity};

/// One error or warning.
///
/// `Display` renders it with the line and carets:
///
/// ```text
/// error: unknown key `boundries` in `explicit_bucket_histogram`
///   --> telemetry.yaml:31:15
///    |
/// 31 |               boundries: [0.1, 1]
///    |               ^^^^^^^^^
///    = help: did you mean `boundaries`?
/// ```
///
/// No text of a finding holds a substituted value, and literal secrets (header values, keys such as `password`
/// or `api_key`) are starred out in `line_text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Error or warning.
    pub severity: Severity,
    /// File as given.
    pub file: String,
    /// Where.
    pub position: Position,
    /// The line itself, as written in the file: before substitution, secrets starred out; of a long one a part.
    pub line_text: String,
    /// How many characters of the line stand before that part.
    pub cut: usize,
    /// How many characters to underline; at least 1.
    pub width: usize,
    /// What is wrong; reads alone.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Why a configuration could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read configuration `{}`: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is wrong; all that is wrong, in file order.
    #[error("{}", render(.0))]
    Invalid(Vec<Finding>),
}

impl ConfigError {
    /// The errors found in the file; none if it could not be read.
    pub fn findings(&self) -> &[Finding] {
        match self {
            ConfigError::Read { .. } => &[],
            ConfigError::Invalid(findings) => findings,
        }
    }
}

fn render(findings: &[Finding]) -> String {
    findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n\n")
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let excerpt = Excerpt {
            file: self.file.clone(),
            position: self.position,
            line_text: self.line_text.clone(),
            cut: self.cut,
            width: self.width,
            label: None,
        };
        let help = self.help.as_deref().map(|help| [("help", help)]);
        let notes = help.as_ref().map_or(&[][..], |help| &help[..]);
        write!(f, "{}: {}\n{}", self.severity, self.message, Picture { excerpts: &[excerpt], notes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_shows_the_line_and_underlines_the_flaw() {
        let finding = Finding {
            severity: Severity::Error,
            file: "otel-config/sigil/telemetry.yaml".to_owned(),
            position: Position { line: 31, column: 15 },
            line_text: "              boundries: [0.1, 1]".to_owned(),
            cut: 0,
            width: 9,
            message: "unknown key `boundries` in `explicit_bucket_histogram`".to_owned(),
            help: Some("did you mean `boundaries`?".to_owned()),
        };
        assert_eq!(
            finding.to_string(),
            "\
error: unknown key `boundries` in `explicit_bucket_histogram`
  --> otel-config/sigil/telemetry.yaml:31:15
   |
31 |               boundries: [0.1, 1]
   |               ^^^^^^^^^
   = help: did you mean `boundaries`?"
        );
    }

    #[test]
    fn a_warning_without_help_ends_with_its_carets() {
        let finding = Finding {
            severity: Severity::Warning,
            file: "t.yaml".to_owned(),
            position: Position { line: 2, column: 1 },
            line_text: "logger_provider:".to_owned(),
            cut: 0,
            width: 15,
            message: "`logger_provider` has no effect".to_owned(),
            help: None,
        };
        assert_eq!(
            finding.to_string(),
            "\
warning: `logger_provider` has no effect
 --> t.yaml:2:1
  |
2 | logger_provider:
  | ^^^^^^^^^^^^^^^"
        );
    }
}
