//! Telemetry as a program sees it: from a configuration to what a collector and a scraper receive.
//!
//! Whatever is global to a process (the subscriber, signals, standard error) is tested in a process of its own: this
//! binary starts itself again with one ignored test; see [`support::child`].
//!
//! | failure case | test |
//! | --- | --- |
//! | 2 | `gauges::panicking_source_leaves_the_other_metrics` |
//! | 3 | `defaults::disabled_telemetry_still_answers_with_its_sentinel` |
//! | 12 | `views::overflow_keeps_the_outcome_through_the_views` |
//! | 13 | `views::huge_limits_are_refused`, `gauges::series_that_are_gone_vanish` |
//! | 14 | `unlabelled::histograms_without_labels_are_there_at_zero_before_their_first_value` |
//! | 15 | `views::renaming_view_keeps_the_boundaries_an_instrument_advises` |
//! | 16 | `recursion::exporting_everything_does_not_beget_more_to_export` |
//! | 21 | (durations are `lapwing-spans`' own; see there) |
//! | 24 | `failures::recording_goes_on_while_a_scrape_hangs` |
//! | 28 | `secrets::canaries_are_found_nowhere` |

mod defaults;
mod exemplars;
mod export;
mod failures;
mod full;
mod gauges;
mod grpc;
mod hand;
mod http_trace;
mod readme;
mod recipes;
mod recursion;
mod secrets;
mod sigterm;
mod support;
mod ten_lines;
mod unlabelled;
mod views;
