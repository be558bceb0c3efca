//! What not every version takes.

mod new_setting;
mod removed_setting;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&new_setting::RULE, &removed_setting::RULE];
