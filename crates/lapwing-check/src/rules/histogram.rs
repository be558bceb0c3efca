//! Buckets and quantiles.

mod bounds;
mod quantile_without_le;
mod threshold_between_bounds;
mod threshold_beyond_bounds;
mod unknown_bound;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[
    &quantile_without_le::RULE,
    &threshold_between_bounds::RULE,
    &threshold_beyond_bounds::RULE,
    &unknown_bound::RULE,
];
