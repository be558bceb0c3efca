//! Where alerts go.

mod inline_secret;
mod no_receiver;
mod repeat_not_multiple;
mod send_resolved_off;
mod undefined_receiver;
mod unreachable_route;
mod unused_receiver;
mod wrong_receiver;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[
    &inline_secret::RULE,
    &no_receiver::RULE,
    &repeat_not_multiple::RULE,
    &send_resolved_off::RULE,
    &undefined_receiver::RULE,
    &unreachable_route::RULE,
    &unused_receiver::RULE,
    &wrong_receiver::RULE,
];
