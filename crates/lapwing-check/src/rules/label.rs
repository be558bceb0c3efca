//! What labels hold.

mod personal_data;
mod secret;
mod unbounded;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&personal_data::RULE, &secret::RULE, &unbounded::RULE];
