//! What keeps a text from being read, or read as written.

use std::fmt;

use crate::Place;

/// Something wrong with a text as YAML or JSON, whatever it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What sort.
    pub kind: ProblemKind,
    /// Where.
    pub place: Place,
    /// What is wrong; reads alone.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Whether reading ended here.
    pub fatal: bool,
}

/// The sorts of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The text is no YAML, or no JSON.
    Syntax,
    /// A second document where one is all there may be.
    SecondDocument,
    /// A key that its mapping has already.
    DuplicateKey,
    /// A merge key (`<<`), or one with nothing to merge.
    MergeKey,
    /// A tag that is unknown or does not fit its value.
    Tag,
    /// A key that is no scalar.
    Key,
    /// An alias inside its own anchor, or of another document.
    Alias,
    /// Nested too deeply.
    Depth,
    /// Too many nodes.
    Size,
}

/// `text` in backticks, fit for a message: one line, without control characters, not endless.
pub fn quote(text: &str) -> String {
    let mut shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    shown = shown.replace("\\'", "'").replace("\\\"", "\"");
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
