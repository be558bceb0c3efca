//! The outcome of one span or event.

use crate::{Outcome, capture::Captures};

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

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Error => "error",
        }
    }

    fn error_if(error: bool) -> Self {
        if error { Verdict::Error } else { Verdict::Ok }
    }
}

/// How a rule finds the outcome at one callsite. A slot is missing where the callsite has no such field.
#[derive(Debug)]
pub(crate) enum OutcomePlan {
    Status { slot: Option<usize> },
    Field { slot: Option<usize>, errors: Box<[String]> },
}

impl OutcomePlan {
    /// `slot` gives the slot of a field that has to be captured as text.
    pub(crate) fn new(outcome: &Outcome, mut slot: impl FnMut(&str) -> Option<usize>) -> Self {
        match outcome {
            Outcome::Status => Self::Status { slot: slot(STATUS_FIELD) },
            Outcome::Field { name, errors } => {
                Self::Field { slot: slot(name), errors: errors.iter().cloned().collect() }
            }
        }
    }

    /// `error_event`: whether an ERROR event was emitted in the span (or the event is one).
    pub(crate) fn verdict(&self, captures: &Captures, error_event: bool) -> Verdict {
        match self {
            Self::Status { slot } => match slot.and_then(|slot| captures.text(slot)) {
                Some(status) if status.eq_ignore_ascii_case("ok") => Verdict::Ok,
                Some(status) if status.eq_ignore_ascii_case("error") => Verdict::Error,
                _ => Verdict::error_if(error_event),
            },
            Self::Field { slot, errors } => {
                let Some(value) = slot.and_then(|slot| captures.text(slot)) else { return Verdict::Ok };
                Verdict::error_if(if errors.is_empty() {
                    DEFAULT_ERRORS.contains(&value)
                } else {
                    errors.iter().any(|error| error == value)
                })
            }
        }
    }
}
