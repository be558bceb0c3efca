//! The service from outside: real processes, real HTTP, real PostgreSQL where there is one.
//!
//! | failure case | test |
//! | --- | --- |
//! | 23 | api::slow_request_bodies_are_cut_once_they_are_answered |
//! | 26 | shutdown::requests_in_flight_at_sigterm_are_answered |
//! | 28 | secrets::canary_secrets_are_found_nowhere |
//! | 29 | postgres::silent_sockets_are_given_up_and_everything_arrives |
//! | 30 | unit test store::tests::thousand_cancelled_probes_do_not_hold_the_circuit_half_open |
//! | 31 | crash::killed_at_random_moments_loses_nothing_acknowledged, postgres::killed_service_and_killed_database_agree_in_the_end |

mod api;
mod catalogue;
mod crash;
mod durations;
mod gc;
mod live;
mod outage;
mod postgres;
mod proxy;
mod scrape;
mod secrets;
mod shutdown;
mod sigil;
