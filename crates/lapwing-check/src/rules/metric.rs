//! Names of metrics, their labels and the labels' values.

mod unknown;
mod unknown_label;
mod unknown_label_value;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&unknown::RULE, &unknown_label::RULE, &unknown_label_value::RULE];
