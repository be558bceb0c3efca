//! Tests of the public interface. Failure cases of the field and the tests named after them:
//!
//! | case | test |
//! | --- | --- |
//! | 13 | `limits::a_limit_that_would_take_gigabytes_is_refused` |
//! | 15 | `fill::a_view_without_buckets_leaves_the_rules_own` |
//! | 28 | `secrets::a_canary_in_every_secret_place_is_found_nowhere` |

mod docs;
mod edition;
mod errors;
mod fill;
mod fuzz;
mod limits;
mod monitoring;
mod schema;
mod schemas;
mod secrets;
mod standard;
mod support;
mod warnings;
mod yaml;
