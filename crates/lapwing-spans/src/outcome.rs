//! The outcome of one span or event.

use crate::{Outcome, live_span::LiveSpan, values::Value};

/// Field that OpenTelemetry takes the status from.
pub(crate) const STATUS_FIELD: &str = "otel.status_code";

const DEFAULT_ERRORS: [&str; 6] = ["error", "err", "failed", "failure", "false", "ERROR"];

/// `ok` or `error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ok,
    Error,
}

impl Verdict {
    pub(crate) const ALL: [Verdict; 2] = [Verdict::Ok, Verdict::Error];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Error => "error",
        }
    }

    fn error_if(error: bool) -> Self {
        if error { Verdict::Error } else { Verdict::Ok }
    }
}

/// What the value of a field says of the outcome. Judged when it is recorded, so that its text need not be kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Judge {
    Status,
    /// Whether it is in the list; the default one if that is empty.
    Field(Box<[String]>),
}

/// What is in a judged cell; [`Value::NONE`] if the field is missing.
const OK: Value = Value::code(1);
const ERROR: Value = Value::code(2);
const NEITHER: Value = Value::code(3);

impl Judge {
    pub(crate) fn judge(&self, text: &str) -> Value {
        match self {
            Self::Status if text.eq_ignore_ascii_case("ok") => OK,
            Self::Status if text.eq_ignore_ascii_case("error") => ERROR,
            Self::Status => NEITHER,
            Self::Field(errors) if errors.is_empty() && DEFAULT_ERRORS.contains(&text) => ERROR,
            Self::Field(errors) if errors.iter().any(|error| error == text) => ERROR,
            Self::Field(_) => OK,
        }
    }
}

/// How a rule finds the outcome at one callsite. A cell is missing where the callsite has no such field.
#[derive(Debug)]
pub(crate) enum OutcomePlan {
    Status { cell: Option<usize> },
    Field { cell: Option<usize> },
}

impl OutcomePlan {
    /// `cell` gives the cell of a field that has to be judged.
    pub(crate) fn new(outcome: &Outcome, cell: impl FnOnce(&str, Judge) -> Option<usize>) -> Self {
        match outcome {
            Outcome::Status => Self::Status { cell: cell(STATUS_FIELD, Judge::Status) },
            Outcome::Field { name, errors } => Self::Field { cell: cell(name, Judge::Field(errors.as_slice().into())) },
        }
    }

    /// `error_event`: whether an ERROR event was emitted in the span (or the event is one).
    #[inline(always)]
    pub(crate) fn verdict(&self, span: &LiveSpan, error_event: bool) -> Verdict {
        let judged = |cell: &Option<usize>| cell.map_or(Value::NONE, |cell| span.cell(cell));
        match self {
            Self::Status { cell } => match judged(cell) {
                OK => Verdict::Ok,
                ERROR => Verdict::Error,
                _ => Verdict::error_if(error_event),
            },
            Self::Field { cell } => Verdict::error_if(judged(cell) == ERROR),
        }
    }
}
