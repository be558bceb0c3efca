//! The layer against a real SDK, a real registry and a real `OpenTelemetryLayer`.
//!
//! Known failures of the field, and the tests that show this layer surviving them:
//!
//! | failure | tests |
//! | --- | --- |
//! | 12 | `overflow::overflow_keeps_the_outcome`, `overflow::cardinality_conservation` |
//! | 14 | `known_series::closed_label_sets_exist_at_zero_from_the_start`, `labels::a_closed_list_turns_the_rest_into_other` |
//! | 16 | `recursion::a_meter_that_traces_is_not_measured`, `recursion::callbacks_and_exporters_may_trace`, `slow_log::a_layer_that_opens_slow_spans_when_it_sees_the_log` |
//! | 17 | `deadlock::a_layer_that_logs_in_every_callback`, `deadlock::a_layer_that_logs_while_it_holds_extensions` |
//! | 18 | `hostile_values::follows_from_a_closed_span`, `hostile_values::a_debug_value_that_reads_extensions`, `hostile_values::a_debug_value_that_traces`, `hostile_values::a_debug_value_that_panics`, `hostile_values::guards_held_across_await` |
//! | 19 | `span_end::*` |
//! | 20 | `memory::resident_memory_stays_flat` |
//! | 21 | `clocks::*` |
//! | 22 | `hostile_values::threads_that_record_on_one_span` |

mod beside;
mod build_errors;
mod clocks;
mod collecting;
mod deadlock;
mod events;
mod exemplars;
mod harness;
mod hostile_values;
mod known_series;
mod labels;
mod many;
mod measures;
mod memory;
mod missing_fields;
mod outcome;
mod overflow;
mod process;
mod readers;
mod recursion;
mod slow_log;
mod span_end;
