//! Words of a query, names and strings: where they stand, and Grafana's variables in them.

use std::ops::Range;

/// Bytes of the text that a part takes, always between characters.
pub type Span = Range<usize>;

/// A name of a metric, label or function.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// Where it stands, quotes included.
    pub span: Span,
    /// The name without quotes, and with the Grafana variables in it as written.
    pub text: String,
    /// Written in quotes, as UTF-8 names are since Prometheus 3.
    pub quoted: bool,
    /// The Grafana variables in it.
    pub variables: Vec<Variable>,
}

impl Name {
    /// The name, unless a Grafana variable is in it.
    pub fn fixed(&self) -> Option<&str> {
        self.variables.is_empty().then_some(self.text.as_str())
    }
}

/// A string in the text: an argument or a label's value.
#[derive(Clone, Debug, PartialEq)]
pub struct StringLiteral {
    /// Where it stands, quotes included.
    pub span: Span,
    /// What it says, escapes resolved; bytes that are no UTF-8 become U+FFFD.
    pub text: String,
    /// The Grafana variables in it.
    pub variables: Vec<Variable>,
}

impl StringLiteral {
    /// The text, unless a Grafana variable is in it.
    pub fn fixed(&self) -> Option<&str> {
        self.variables.is_empty().then_some(self.text.as_str())
    }
}

/// A Grafana variable: `$name`, `${name}`, `${name.field:format}` or `[[name:format]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Where it stands, sign and braces included.
    pub span: Span,
    /// Its name, such as `__rate_interval`.
    pub name: String,
    /// How its value is written, such as `regex`.
    pub format: Option<String>,
}
