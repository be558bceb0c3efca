//! Queries as such.

mod syntax;
mod unmatched_sides;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&syntax::RULE, &unmatched_sides::RULE];
