//! What metrics may cost.

mod series;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&series::RULE];
