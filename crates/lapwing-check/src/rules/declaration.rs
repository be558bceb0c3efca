//! What is declared.

mod default_bounds_in_seconds;
mod duplicate_record;
mod not_as_written;
mod refused;
mod threshold_out_of_range;
mod unknown_instrument;
mod unknown_job;
mod unknown_label;
mod unmatched_view;
mod within_no_bound;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[
    &default_bounds_in_seconds::RULE,
    &duplicate_record::RULE,
    &not_as_written::RULE,
    &refused::RULE,
    &threshold_out_of_range::RULE,
    &unknown_instrument::RULE,
    &unknown_job::RULE,
    &unknown_label::RULE,
    &unmatched_view::RULE,
    &within_no_bound::RULE,
];
