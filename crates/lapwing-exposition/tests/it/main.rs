//! Tests of the whole crate.
//!
//! | failure case | test |
//! | --- | --- |
//! | 1 | `checked_measurements::nan_and_infinity_leave_the_sum_of_a_histogram_finite`, `…::negative_durations_are_refused_whatever_the_unit_of_time`, `…::negative_adds_leave_a_counter_monotone` |
//! | 1 | `gathers::a_counter_below_zero_is_left_out_and_counted` |
//! | 2 | `checked_callbacks::panicking_callback_leaves_the_other_metrics`, `…::panic_payload_that_panics_is_survived` |
//! | 2 | `gathers::panicking_callback_makes_every_gather_an_error_and_never_an_empty_success`, `exemplars::panicking_exemplar_source_costs_only_the_exemplars`, `registry::the_stock_exporter_is_served_through_its_registry` |
//! | 3 | `gathers::sentinel_and_all_reasons_are_there_though_nothing_was_recorded` |
//! | 4 | `gathers::reserved_and_malformed_label_names_are_renamed_and_counted`, `…::labels_that_become_one_are_joined_in_the_order_of_their_keys` |
//! | 5 | `gathers::names_that_become_one_are_added`, `formats::names_that_only_differ_in_utf8_are_added_for_scrapers_without_it` |
//! | 6 | `gathers::one_instrument_in_two_scopes_is_added_and_what_cannot_be_added_keeps_the_first` |
//! | 7 | `gathers::gauge_on_a_sample_of_a_histogram_is_left_out_and_both_places_are_named` |
//! | 7 | `checked_registrations::gauge_on_the_count_of_a_histogram_is_refused`, `…::histogram_over_an_existing_gauge_is_refused` |
//! | 8 | `checked_registrations::second_type_of_a_name_is_refused_and_counted_once`, `…::second_description_gives_way_to_the_first_and_is_counted_once` |
//! | 8 | `gathers::two_types_of_one_name_keep_the_first_and_are_said_once`, `…::two_descriptions_of_one_name_keep_the_first_and_are_said_once` |
//! | 9 | `gathers::integers_near_their_end_keep_every_digit_and_never_wrap` |
//! | 9 | `checked_measurements::overflowing_counter_saturates`, `…::overflowing_float_sums_stay_finite`, `…::overflowing_integer_histogram_and_up_down_counter_refuse_the_measurement` |
//! | 10 | `gathers::any_label_value_arrives_as_it_was`, and the generated sets of `examples/generate_sets.rs` |
//! | 12 | `gathers::overflow_series_are_visible` |
//! | 12 | `checked_overflow::hundred_thousand_label_sets_from_sixteen_threads_conserve_the_totals` |
//! | 13 | `checked_callbacks::a_series_no_longer_observed_is_gone_from_the_next_gather` |
//! | 13 | `gathers::series_that_are_no_longer_observed_vanish` |
//! | 14 | `declared::a_declared_histogram_is_at_zero_until_the_sdk_has_it` |
//! | 15 | `gathers::views_that_set_only_a_limit_or_a_name_keep_the_advised_boundaries` |
//! | 16 | `checked_reentry::a_global_subscriber_that_causes_problems_neither_recurses_nor_deadlocks` |
//! | 17 | `gathers::gathering_from_within_a_callback_is_an_error_and_no_deadlock` |
//! | 17 | `checked_callbacks::an_instrument_made_inside_a_callback_is_refused_instead_of_waiting_for_ever` |
//! | 24 | `gathers::concurrent_gathers_never_see_the_past`; that they share a collect is tested beside `flight.rs` |

mod checked_callbacks;
mod checked_exposed;
mod checked_measurements;
mod checked_overflow;
mod checked_reentry;
mod checked_registrations;
mod checked_sdk;
mod declared;
mod exemplars;
mod exponential;
mod formats;
mod gathers;
mod memory;
#[cfg(feature = "registry")]
mod registry;
mod scrapers;
mod sdk;
mod stock;
