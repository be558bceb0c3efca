//! Where alerts go.

mod inhibits_everything;
mod inhibits_nothing;
mod inline_secret;
mod no_receiver;
mod repeat_not_multiple;
mod send_resolved_off;
mod template_syntax;
mod template_too_long;
mod template_unknown_label;
mod undefined_receiver;
mod unreachable_route;
mod unused_receiver;
mod wrong_matcher;
mod wrong_receiver;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[
    &inhibits_everything::RULE,
    &inhibits_nothing::RULE,
    &inline_secret::RULE,
    &no_receiver::RULE,
    &repeat_not_multiple::RULE,
    &send_resolved_off::RULE,
    &template_syntax::RULE,
    &template_too_long::RULE,
    &template_unknown_label::RULE,
    &undefined_receiver::RULE,
    &unreachable_route::RULE,
    &unused_receiver::RULE,
    &wrong_matcher::RULE,
    &wrong_receiver::RULE,
];
