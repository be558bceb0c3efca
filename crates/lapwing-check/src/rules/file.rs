//! Files as such.

mod unreadable;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&unreadable::RULE];
