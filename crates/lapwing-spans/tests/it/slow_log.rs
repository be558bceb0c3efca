//! The log of slow spans.

use std::time::Duration;

use lapwing_spans::{Instrument, Label, Rule};
use tracing::info_span;
use tracing_core::{Event, Subscriber};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt as _, registry};

use crate::{
    harness::{EventLog, HandClock, Harness},
    process,
};

#[test]
fn spans_over_the_threshold_are_logged_with_their_labels() {
    let harness = Harness::new();
    let log = EventLog::default();
    let layer = harness
        .builder()
        .rule(
            Rule::span("work").log_over(Duration::from_millis(100)).calls(
                Instrument::new("calls")
                    .label(Label::outcome())
                    .label(Label::field("backend"))
                    .label(Label::field("note"))
                    .label(Label::field("absent")),
            ),
        )
        .rule(Rule::event("*").calls(Instrument::new("events")))
        .build()
        .expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer).with(log.clone()));
    for ms in [99, 100] {
        let span = info_span!("work", backend = "db", note = "two \"words\"", otel.status_code = "ERROR");
        harness.clock.advance_ms(ms);
        drop(span);
    }
    let lines = log.lines().into_iter().filter(|line| line.starts_with("WARN lapwing::slow ")).collect::<Vec<_>>();
    assert_eq!(
        lines,
        [concat!(
            "WARN lapwing::slow message=slow span span=\"work\" elapsed_ms=100.0 threshold_ms=100.0 ",
            r#"labels=backend=db note="two \"words\"" outcome=error"#
        )]
    );
    let reading = harness.read();
    assert_eq!((reading.sum("calls", &[("backend", "db"), ("note", "two \"words\""), ("outcome", "error")])), 2.0);
    assert_eq!(reading.sum("events", &[]), 0.0, "the log is not measured");
}

#[test]
fn a_slow_span_is_logged_where_it_was_measured() {
    let harness = Harness::new();
    let log = EventLog::default();
    let layer =
        harness.builder().rule(Rule::span("work").busy().log_over(Duration::from_millis(10))).build().expect("builds");
    let dispatch = tracing::Dispatch::new(registry().with(layer).with(log.clone()));
    let (slow, idle) = tracing::dispatcher::with_default(&dispatch, || {
        let (slow, idle) = (info_span!("work"), info_span!("work"));
        slow.in_scope(|| harness.clock.advance_ms(20));
        (slow, idle)
    });
    // Another thread, without a subscriber of its own.
    std::thread::spawn(move || drop((slow, idle))).join().expect("no panic");
    assert_eq!(log.lines().len(), 1, "{:?}", log.lines());
    assert!(log.lines()[0].contains("elapsed_ms=20.0"), "{:?}", log.lines());
}

#[test]
fn a_layer_that_opens_slow_spans_when_it_sees_the_log() {
    struct Opening(HandClock);
    impl<S: Subscriber> Layer<S> for Opening {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            let span = info_span!("work");
            self.0.advance_ms(500);
            drop(span);
        }
    }
    process::alone("slow_log::a_layer_that_opens_slow_spans_when_it_sees_the_log", Duration::from_secs(60), || {
        let harness = Harness::new();
        let log = EventLog::default();
        let rule = Rule::span("work").log_over(Duration::from_millis(100)).calls(Instrument::new("calls"));
        let layer = harness.builder().rule(rule).build().expect("builds");
        let opening = Opening(harness.clock.clone());
        let subscriber = registry().with(layer).with(opening).with(log.clone());
        tracing::subscriber::set_global_default(subscriber).expect("the only one");
        let span = info_span!("work");
        harness.clock.advance_ms(100);
        drop(span);
        assert_eq!((log.lines().len(), harness.read().sum("calls", &[])), (1, 1.0));
    });
}
