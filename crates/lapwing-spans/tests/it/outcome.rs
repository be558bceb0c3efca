//! Outcome: ok or error, and from where.

use lapwing_spans::{Instrument, Label, Rule};
use tracing::{error, field::Empty, info_span, instrument};

use crate::harness::Harness;

/// How often the spans named `work` ended ok, and in error.
fn outcomes(rule: impl FnOnce(Rule) -> Rule, spans: impl FnOnce()) -> (f64, f64) {
    let harness = Harness::new();
    let _default = harness.measure([rule(Rule::span("work").calls(Instrument::new("calls").label(Label::outcome())))]);
    spans();
    let reading = harness.read();
    (reading.sum("calls", &[("outcome", "ok")]), reading.sum("calls", &[("outcome", "error")]))
}

#[test]
fn instrument_err_just_works() {
    #[instrument(name = "work", err)]
    fn work(fail: bool) -> Result<(), std::fmt::Error> {
        if fail { Err(std::fmt::Error) } else { Ok(()) }
    }
    #[instrument(name = "work", err(Debug))]
    async fn later(fail: bool) -> Result<(), std::fmt::Error> {
        tokio::task::yield_now().await;
        if fail { Err(std::fmt::Error) } else { Ok(()) }
    }
    let counts = outcomes(
        |rule| rule,
        || {
            let _ = (work(false), work(true));
            tokio::runtime::Builder::new_current_thread().build().expect("runtime").block_on(async {
                let _ = (later(true).await, later(false).await);
            });
        },
    );
    assert_eq!(counts, (2.0, 2.0));
}

#[test]
fn an_error_event_counts_for_its_own_span_only() {
    let counts = outcomes(
        |rule| rule,
        || {
            let outer = info_span!("work");
            outer.in_scope(|| info_span!("work").in_scope(|| error!("inner")));
            outer.in_scope(|| info_span!("unmeasured").in_scope(|| error!("inner")));
            outer.in_scope(|| tracing::warn!("not so bad"));
        },
    );
    assert_eq!(counts, (1.0, 1.0));
}

#[test]
fn an_error_event_counts_for_the_parent_it_names() {
    let counts = outcomes(
        |rule| rule,
        || {
            let (named, current) = (info_span!("work"), info_span!("work"));
            current.in_scope(|| error!(parent: &named, "elsewhere"));
            current.in_scope(|| error!(parent: None, "nowhere"));
        },
    );
    assert_eq!(counts, (1.0, 1.0));
}

#[test]
fn a_status_code_rules_over_events_early_or_late() {
    let counts = outcomes(
        |rule| rule,
        || {
            info_span!("work", otel.status_code = "OK").in_scope(|| error!("handled"));
            info_span!("work", otel.status_code = "error");
            let late = info_span!("work", otel.status_code = Empty);
            late.record("otel.status_code", "ERROR");
            drop(late);
            let corrected = info_span!("work", otel.status_code = "ERROR");
            corrected.record("otel.status_code", "Ok");
            drop(corrected);
            info_span!("work", otel.status_code = "unset").in_scope(|| error!("counts"));
            drop(info_span!("work", otel.status_code = ?"OK"));
        },
    );
    // The last one is `"OK"` in quotes, which is no status code.
    assert_eq!(counts, (3.0, 3.0));
}

#[test]
fn a_field_gives_the_outcome_by_the_default_list() {
    let counts = outcomes(
        |rule| rule.outcome_from("status", [""; 0]),
        || {
            for status in ["error", "err", "failed", "failure", "ERROR", "ok", "Failed", "500"] {
                info_span!("work", status).in_scope(|| error!("does not count"));
            }
            info_span!("work", status = false);
            info_span!("work", status = true);
            info_span!("work").in_scope(|| error!("does not count"));
        },
    );
    assert_eq!(counts, (5.0, 6.0));
}

#[test]
fn a_field_gives_the_outcome_by_a_list_of_its_own() {
    let counts = outcomes(
        |rule| rule.outcome_from("status", ["500", "503"]),
        || {
            for status in [200, 404, 500, 503] {
                info_span!("work", status);
            }
            let late = info_span!("work", status = 200);
            late.record("status", 503);
            drop(late);
            info_span!("work", status = "error");
        },
    );
    assert_eq!(counts, (3.0, 3.0));
}

#[test]
fn an_error_in_another_thread_counts() {
    let counts = outcomes(
        |rule| rule,
        || {
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            let span = info_span!("work");
            let there = span.clone();
            let handle = std::thread::spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || there.in_scope(|| error!("over there")));
            });
            handle.join().expect("no panic");
            drop(span);
        },
    );
    assert_eq!(counts, (0.0, 1.0));
}
