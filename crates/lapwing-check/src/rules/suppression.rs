//! Words that allow findings.

mod no_reason;
mod unknown;
mod unused;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&no_reason::RULE, &unknown::RULE, &unused::RULE];
