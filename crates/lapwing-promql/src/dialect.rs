//! Whose queries are read, and why one can't be.

use crate::Span;

/// Whose queries are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// As in rules: what Prometheus 2.42 or 3 reads.
    Prometheus,
    /// As in dashboards: with Grafana's variables.
    Grafana,
}

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Where; empty at the place where something is missing.
    pub span: Span,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl SyntaxError {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        SyntaxError { span, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
