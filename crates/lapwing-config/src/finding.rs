//! What is wrong with a file, where, and what to do.

use std::{fmt, path::PathBuf};

/// A place in a file, both counted from 1; columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// File as given.
    pub file: String,
    /// Where.
    pub position: Position,
    /// The line itself.
    pub line_text: String,
    /// How many characters to underline.
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

fn render(findings: &[Finding]) -> String {
    findings.iter().map(|f| f.to_string()).collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.position.line, self.position.column, self.message)
    }
}
