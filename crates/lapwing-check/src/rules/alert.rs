//! What an alert lacks.

mod for_shorter_than_evaluation;
mod no_runbook;
mod no_severity;
mod no_summary;
mod runbook_missing;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[
    &for_shorter_than_evaluation::RULE,
    &no_runbook::RULE,
    &no_severity::RULE,
    &no_summary::RULE,
    &runbook_missing::RULE,
];
