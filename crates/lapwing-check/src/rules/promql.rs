//! Queries as such.

mod syntax;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&syntax::RULE];
