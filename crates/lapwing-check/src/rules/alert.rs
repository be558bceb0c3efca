//! What an alert lacks.

mod for_shorter_than_evaluation;
mod no_runbook;
mod no_severity;
mod no_summary;
mod runbook_missing;
mod template_syntax;
mod template_unknown_label;
mod threshold_out_of_range;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[
    &for_shorter_than_evaluation::RULE,
    &no_runbook::RULE,
    &no_severity::RULE,
    &no_summary::RULE,
    &runbook_missing::RULE,
    &template_syntax::RULE,
    &template_unknown_label::RULE,
    &threshold_out_of_range::RULE,
];
