//! Why files can't be made of the declarations.

use lapwing_config::{Position, monitoring::Located};

use crate::ExpressionError;

/// Something in a `monitoring.yaml` that nothing can be made of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service}/monitoring.yaml:{}:{}: {message}{}", position.line, position.column, help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
pub struct GenerateError {
    /// `service` of the file.
    pub service: String,
    /// Where in the file.
    pub position: Position,
    /// How many characters it takes there.
    pub width: usize,
    /// What is wrong; reads alone.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl GenerateError {
    /// That `at` is wrong.
    pub(crate) fn new<T>(service: &str, at: &Located<T>, message: String, help: Option<String>) -> GenerateError {
        GenerateError { service: service.to_owned(), position: at.position(), width: at.place().width, message, help }
    }

    /// Of a query that the signals of a service can't answer.
    pub(crate) fn query(service: &str, error: &ExpressionError) -> GenerateError {
        GenerateError::new(service, error.subject(), error.to_string(), error.help().map(str::to_owned))
    }
}
