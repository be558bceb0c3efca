//! Counters, gauges and the windows of rates.

mod missing;
mod of_gauge;
mod range_too_short;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[&missing::RULE, &of_gauge::RULE, &range_too_short::RULE];
