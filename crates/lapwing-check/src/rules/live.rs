//! What an endpoint really serves, against what is declared.

mod bounds_differ;
mod default_bounds;
mod malformed;
mod missing_metric;
mod overflowing;
mod too_many_series;
mod type_differs;
mod undeclared_label;
mod undeclared_label_value;
mod undeclared_metric;
mod unknown_service;
mod unreachable;

use crate::Rule;

pub(crate) const RULES: &[&Rule] = &[
    &bounds_differ::RULE,
    &default_bounds::RULE,
    &malformed::RULE,
    &missing_metric::RULE,
    &overflowing::RULE,
    &too_many_series::RULE,
    &type_differs::RULE,
    &undeclared_label::RULE,
    &undeclared_label_value::RULE,
    &undeclared_metric::RULE,
    &unknown_service::RULE,
    &unreachable::RULE,
];
