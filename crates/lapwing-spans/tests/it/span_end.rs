//! Which end is measured: handles, clones, children, busy time, awaits.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use lapwing_spans::{Instrument, Rule};
use tracing::{Instrument as _, Span, info_span};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
    registry,
};

use crate::harness::Harness;

fn rules() -> [Rule; 2] {
    [
        Rule::span("work").duration(Instrument::new("elapsed").unit("ms")),
        Rule::span("work").busy().duration(Instrument::new("busy").unit("ms")),
    ]
}

/// Milliseconds elapsed and busy of the one span named `work`.
fn measured(harness: &Harness) -> (f64, f64) {
    let reading = harness.read();
    assert_eq!((reading.count("elapsed", &[]), reading.count("busy", &[])), (1, 1));
    (reading.sum("elapsed", &[]), reading.sum("busy", &[]))
}

#[test]
fn elapsed_is_from_creation_to_the_drop_of_the_last_handle() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    harness.clock.advance_ms(1);
    span.in_scope(|| harness.clock.advance_ms(2));
    harness.clock.advance_ms(4);
    drop(span);
    assert_eq!(measured(&harness), (7.0, 2.0));
}

#[test]
fn a_clone_that_outlives_the_span_is_the_span() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    let clone = span.clone();
    span.in_scope(|| harness.clock.advance_ms(2));
    drop(span);
    harness.clock.advance_ms(4);
    assert_eq!(harness.read().find("elapsed", &[]), None);
    drop(clone);
    assert_eq!(measured(&harness), (6.0, 2.0));
}

#[test]
fn a_child_that_outlives_the_span_does_not_prolong_it() {
    for child_is_measured in [true, false] {
        let harness = Harness::new();
        let mut rules = rules().to_vec();
        if child_is_measured {
            rules.push(Rule::span("child").duration(Instrument::new("child").unit("ms")));
        }
        let _default = harness.measure(rules);
        let span = info_span!("work");
        let child = span.in_scope(|| {
            harness.clock.advance_ms(2);
            info_span!("child")
        });
        drop(span);
        harness.clock.advance_ms(1000);
        drop(child);
        assert_eq!(measured(&harness), (2.0, 2.0));
        if child_is_measured {
            assert_eq!(harness.read().sum("child", &[]), 1000.0);
        }
    }
}

#[test]
fn grandchildren_do_not_prolong_it_either() {
    let harness = Harness::new();
    let _default = harness.measure([
        Rule::span("work").duration(Instrument::new("work").unit("ms")),
        Rule::span("child").duration(Instrument::new("child").unit("ms")),
    ]);
    let span = info_span!("work");
    let grandchild = span.in_scope(|| {
        harness.clock.advance_ms(2);
        let child = info_span!("child");
        child.in_scope(|| {
            harness.clock.advance_ms(3);
            info_span!("between").in_scope(|| info_span!("grandchild"))
        })
    });
    drop(span);
    harness.clock.advance_ms(1000);
    drop(grandchild);
    let reading = harness.read();
    assert_eq!((reading.sum("work", &[]), reading.sum("child", &[])), (5.0, 3.0));
}

#[test]
fn each_of_two_layers_finds_the_ends() {
    let (first, second) = (Harness::new(), Harness::new());
    let rules = || ["work", "child"].map(|name| Rule::span(name).duration(Instrument::new(name).unit("ms")));
    let layer = |harness: &Harness| {
        harness.builder().clock(first.clock.clone()).rules(rules()).build().expect("rules are right")
    };
    let subscriber = registry().with(layer(&first)).with(layer(&second));
    tracing::subscriber::with_default(subscriber, || {
        let span = info_span!("work");
        let child = span.in_scope(|| {
            first.clock.advance_ms(2);
            info_span!("child")
        });
        let grandchild = child.in_scope(|| {
            first.clock.advance_ms(3);
            info_span!("grandchild")
        });
        drop((span, child));
        first.clock.advance_ms(1000);
        drop(grandchild);
    });
    for harness in [first, second] {
        let reading = harness.read();
        assert_eq!((reading.sum("work", &[]), reading.sum("child", &[])), (2.0, 3.0));
    }
}

/// Lets go of a span when it sees the log of a slow one.
#[derive(Clone, Default)]
struct Holder(Arc<Mutex<Option<Span>>>);

impl<S: Subscriber> Layer<S> for Holder {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        let held = self.0.lock().expect("not poisoned").take();
        drop(held);
    }
}

#[test]
fn a_span_that_closes_while_a_child_closes_changes_nothing() {
    let (harness, holder) = (Harness::new(), Holder::default());
    let other = Rule::span("other").duration(Instrument::new("other"));
    let slow = Rule::span("child").log_over(Duration::ZERO);
    let layer = harness.builder().rules(rules()).rule(other).rule(slow).build().expect("rules are right");
    let _default = tracing::subscriber::set_default(registry().with(layer).with(holder.clone()));
    let other = info_span!("other");
    let held = info_span!(parent: &other, "held");
    *holder.0.lock().expect("not poisoned") = Some(held);
    let span = info_span!("work");
    let child = span.in_scope(|| {
        harness.clock.advance_ms(2);
        info_span!("child")
    });
    drop(span);
    harness.clock.advance_ms(1000);
    drop(child);
    assert!(holder.0.lock().expect("not poisoned").is_none(), "the log was seen");
    assert_eq!(measured(&harness), (2.0, 2.0));
}

#[test]
fn a_child_that_closes_just_before_the_span_changes_nothing() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    let child = span.in_scope(|| info_span!("child"));
    harness.clock.advance_ms(5);
    drop(child);
    drop(span);
    assert_eq!(measured(&harness), (5.0, 0.0));
}

#[test]
fn a_child_that_closes_in_another_thread_does_not_prolong_it() {
    let harness = Harness::new();
    let layer = harness.builder().rules(rules()).build().expect("builds");
    let dispatch = tracing::Dispatch::new(registry().with(layer));
    let child = tracing::dispatcher::with_default(&dispatch, || {
        let span = info_span!("work");
        span.in_scope(|| {
            harness.clock.advance_ms(2);
            info_span!("child")
        })
    });
    harness.clock.advance_ms(1000);
    let elsewhere = std::thread::spawn(move || tracing::dispatcher::with_default(&dispatch, || drop(child)));
    elsewhere.join().expect("no panic");
    assert_eq!(measured(&harness), (2.0, 2.0));
}

#[test]
fn a_span_never_entered_ends_when_it_closes() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    harness.clock.advance_ms(3);
    drop(span);
    assert_eq!(measured(&harness), (3.0, 0.0));

    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    let child = info_span!(parent: &span, "child");
    drop(span);
    harness.clock.advance_ms(1000);
    drop(child);
    // Nothing is known of it but its creation and its close.
    assert_eq!(measured(&harness), (1000.0, 0.0));
}

#[test]
fn busy_time_counts_overlapping_enters_once() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    span.in_scope(|| {
        harness.clock.advance_ms(1);
        span.in_scope(|| harness.clock.advance_ms(2));
        harness.clock.advance_ms(4);
    });
    harness.clock.advance_ms(8);
    span.in_scope(|| harness.clock.advance_ms(16));
    drop(span);
    assert_eq!(measured(&harness), (31.0, 23.0));
}

#[test]
fn busy_time_of_two_threads_is_the_time_with_at_least_one_inside() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    let (inside, entered) = std::sync::mpsc::channel();
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let there = span.clone();
    let first = span.enter();
    harness.clock.advance_ms(1);
    let thread = std::thread::spawn(move || {
        let guard = there.enter();
        inside.send(()).expect("listened to");
        left.recv().expect("told to leave");
        drop(guard);
    });
    entered.recv().expect("enters");
    harness.clock.advance_ms(2);
    drop(first);
    harness.clock.advance_ms(4);
    leave.send(()).expect("listens");
    thread.join().expect("no panic");
    harness.clock.advance_ms(8);
    drop(span);
    assert_eq!(measured(&harness), (15.0, 7.0));
}

#[test]
fn a_span_around_a_future_is_busy_while_polled() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    let clock = harness.clock.clone();
    runtime.block_on(async {
        let (wake, woken) = tokio::sync::oneshot::channel();
        let inner = clock.clone();
        let work = async move {
            inner.advance_ms(1);
            woken.await.expect("woken");
            inner.advance_ms(2);
        }
        .instrument(info_span!("work"));
        let waker = async {
            clock.advance_ms(100);
            wake.send(()).expect("awaited");
        };
        tokio::join!(work, waker);
    });
    assert_eq!(measured(&harness), (103.0, 3.0));
}

#[test]
fn a_future_dropped_half_way_is_measured() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(async {
        let clock = harness.clock.clone();
        let work = async move {
            clock.advance_ms(1);
            std::future::pending::<()>().await;
        }
        .instrument(info_span!("work"));
        tokio::select! {
            biased;
            () = work => unreachable!("never ends"),
            () = tokio::task::yield_now() => {}
        }
    });
    assert_eq!(measured(&harness), (1.0, 1.0));
}

#[test]
fn a_panic_inside_is_measured() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        info_span!("work").in_scope(|| {
            harness.clock.advance_ms(9);
            std::panic::panic_any("inside");
        });
    }));
    assert!(caught.is_err());
    assert_eq!(measured(&harness), (9.0, 9.0));
}

/// Runs on a thread of its own, with the same default.
fn elsewhere<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    std::thread::scope(|scope| {
        let thread = scope.spawn(move || tracing::dispatcher::with_default(&dispatch, body));
        thread.join().expect("no panic")
    })
}

#[test]
fn a_child_made_elsewhere_after_the_last_exit_tells_when_it_ended() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    span.in_scope(|| harness.clock.advance_ms(2));
    harness.clock.advance_ms(3);
    let first = elsewhere(|| info_span!(parent: &span, "child"));
    harness.clock.advance_ms(10);
    let second = elsewhere(|| info_span!(parent: &span, "child"));
    drop(span);
    harness.clock.advance_ms(1000);
    drop((first, second));
    assert_eq!(measured(&harness), (5.0, 2.0));
}

#[test]
fn a_child_made_inside_elsewhere_does_not_prolong_it() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    span.in_scope(|| harness.clock.advance_ms(1));
    let child = elsewhere(|| {
        span.in_scope(|| {
            harness.clock.advance_ms(2);
            info_span!("child")
        })
    });
    harness.clock.advance_ms(4);
    span.in_scope(|| harness.clock.advance_ms(8));
    drop(span);
    harness.clock.advance_ms(1000);
    drop(child);
    assert_eq!(measured(&harness), (15.0, 11.0));
}

#[test]
fn a_clone_that_outlives_a_child_is_the_span_all_the_same() {
    let harness = Harness::new();
    let _default = harness.measure(rules());
    let span = info_span!("work");
    let child = span.in_scope(|| info_span!("child"));
    let clone = span.clone();
    drop(span);
    harness.clock.advance_ms(4);
    drop(child);
    harness.clock.advance_ms(8);
    elsewhere(|| drop(clone));
    assert_eq!(measured(&harness), (12.0, 0.0));
}
