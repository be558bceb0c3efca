//! Tests of the whole crate.
//!
//! | failure case | test |
//! | --- | --- |
//! | 1 | `checked_measurements::nan_and_infinity_leave_the_sum_of_a_histogram_finite`, `…::negative_durations_are_refused_whatever_the_unit_of_time`, `…::negative_adds_leave_a_counter_monotone` |
//! | 2 | `checked_callbacks::panicking_callback_leaves_the_other_metrics`, `…::panic_payload_that_panics_is_survived` |
//! | 7 | `checked_registrations::gauge_on_the_count_of_a_histogram_is_refused`, `…::histogram_over_an_existing_gauge_is_refused` |
//! | 8 | `checked_registrations::second_type_of_a_name_is_refused_and_counted_once`, `…::second_description_gives_way_to_the_first_and_is_counted_once` |
//! | 9 | `checked_measurements::overflowing_counter_saturates`, `…::overflowing_float_sums_stay_finite`, `…::overflowing_integer_histogram_and_up_down_counter_refuse_the_measurement` |
//! | 12 | `checked_overflow::hundred_thousand_label_sets_from_sixteen_threads_conserve_the_totals` |
//! | 13 | `checked_callbacks::a_series_no_longer_observed_is_gone_from_the_next_gather` |
//! | 16 | `checked_reentry::a_global_subscriber_that_causes_problems_neither_recurses_nor_deadlocks` |
//! | 17 | `checked_callbacks::an_instrument_made_inside_a_callback_is_refused_instead_of_waiting_for_ever` |

mod checked_callbacks;
mod checked_exposed;
mod checked_measurements;
mod checked_overflow;
mod checked_reentry;
mod checked_registrations;
mod checked_sdk;
mod exemplars;
mod exponential;
mod formats;
mod gathers;
mod sdk;
mod stock;
