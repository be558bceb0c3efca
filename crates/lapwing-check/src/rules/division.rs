//! Divisions.

mod no_traffic;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&no_traffic::RULE];
