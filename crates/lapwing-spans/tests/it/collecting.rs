//! What a reader collects: all that closed before it began, once.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use lapwing_spans::{Instrument, Label, Rule};
use opentelemetry_sdk::metrics::{Aggregation, Stream};
use tracing::{Dispatch, Span, dispatcher, info_span};
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use crate::harness::Harness;

fn rule() -> Rule {
    Rule::span("work")
        .calls(Instrument::new("calls").label(Label::field("kind")))
        .duration(Instrument::new("duration"))
        .in_flight(Instrument::new("in_flight"))
}

fn dispatch(harness: &Harness) -> Dispatch {
    Dispatch::new(registry().with(harness.builder().rule(rule()).build().expect("builds")))
}

fn work(dispatch: &Dispatch, kind: u64, spans: usize) {
    dispatcher::with_default(dispatch, || {
        for _ in 0..spans {
            info_span!("work", kind).in_scope(|| {});
        }
    });
}

/// Each reader of the harness reads the same: so many spans of each kind, so many open.
fn assert_read(harness: &Harness, kinds: &BTreeMap<u64, usize>, open: f64) {
    let reading = harness.read();
    for (kind, spans) in kinds {
        assert_eq!(reading.sum("calls", &[("kind", &kind.to_string())]), *spans as f64, "of kind {kind}");
    }
    assert_eq!(reading.count("duration", &[]), kinds.values().sum::<usize>() as u64);
    assert_eq!(reading.sum("in_flight", &[]), open);
    assert!(reading.series("lapwing.collect").is_empty(), "what tells of a collect is not exported");
}

/// Threads that stay alive, each told when to work, and threads that end; each collect is exact.
fn collects_exactly(harness: &Harness) {
    let dispatch = dispatch(harness);
    work(&dispatch, 0, 1);
    let mut kinds = BTreeMap::from([(0, 1)]);
    assert_read(harness, &kinds, 0.0);
    std::thread::scope(|scope| {
        let (done, finished) = mpsc::channel();
        let alive: Vec<_> = (1..4)
            .map(|kind| {
                let (tell, told) = mpsc::channel::<usize>();
                let (dispatch, done) = (dispatch.clone(), done.clone());
                scope.spawn(move || {
                    for spans in told {
                        work(&dispatch, kind, spans);
                        done.send(()).expect("waited for");
                    }
                });
                tell
            })
            .collect();
        for spans in [1, 7, 63, 64, 65, 127, 128, 129, 500] {
            let open = dispatcher::with_default(&dispatch, || [(); 3].map(|()| info_span!("work", kind = 0)));
            for tell in &alive {
                tell.send(spans).expect("listens");
            }
            std::thread::scope(|ended| {
                for kind in 10..13 {
                    ended.spawn({
                        let dispatch = &dispatch;
                        move || work(dispatch, kind, spans)
                    });
                }
            });
            for _ in &alive {
                finished.recv().expect("all work");
            }
            for kind in (1..4).chain(10..13) {
                *kinds.entry(kind).or_default() += spans;
            }
            assert_read(harness, &kinds, 3.0);
            drop(open);
            *kinds.get_mut(&0).expect("the first") += 3;
            assert_read(harness, &kinds, 0.0);
        }
        drop(alive);
    });
}

#[test]
fn all_that_closed_on_any_thread_is_in_the_next_collect() {
    collects_exactly(&Harness::new());
}

#[test]
fn a_view_that_drops_the_callbacks_instrument_loses_nothing() {
    collects_exactly(&Harness::with_view(|instrument| {
        let dropped = instrument.name() == "lapwing.collect";
        dropped.then(|| Stream::builder().with_aggregation(Aggregation::Drop).build().expect("a stream"))
    }));
}

#[test]
fn what_closes_during_collects_is_in_one_of_them() {
    let harness = Harness::new();
    let dispatch = dispatch(&harness);
    work(&dispatch, 0, 1);
    harness.read();
    let (start, stop) = (Barrier::new(4), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..4)
            .map(|kind| {
                let (dispatch, start) = (&dispatch, &start);
                scope.spawn(move || {
                    start.wait();
                    work(dispatch, kind, 20_000);
                })
            })
            .collect();
        // Two readers' worth of collects at a time.
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                harness.read();
            }
        });
        start.wait();
        for _ in 0..20 {
            harness.read();
        }
        for worker in workers {
            worker.join().expect("no panic");
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_read(&harness, &BTreeMap::from([(0, 1), (1, 20_000), (2, 20_000), (3, 20_000)]), 0.0);
}

#[test]
fn a_layer_that_is_dropped_hands_over_what_it_has() {
    let harness = Harness::new();
    let layer = dispatch(&harness);
    work(&layer, 0, 1);
    harness.read();
    work(&layer, 0, 70);
    std::thread::scope(|scope| {
        scope.spawn(|| work(&layer, 1, 5));
    });
    drop(layer);
    assert_read(&harness, &BTreeMap::from([(0, 71), (1, 5)]), 0.0);
}

#[test]
fn hundreds_of_threads_that_end_lose_nothing() {
    let harness = Harness::new();
    let dispatch = dispatch(&harness);
    work(&dispatch, 0, 1);
    harness.read();
    for round in 1..=100 {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| work(&dispatch, 1, 3));
            }
        });
        if round % 10 == 0 {
            assert_read(&harness, &BTreeMap::from([(0, 1), (1, 12 * round)]), 0.0);
        }
    }
}

thread_local! {
    static KEPT: std::cell::RefCell<Option<Span>> = const { std::cell::RefCell::new(None) };
}

#[test]
fn spans_that_close_as_their_thread_ends_are_counted() {
    let harness = Harness::new();
    let dispatch = dispatch(&harness);
    work(&dispatch, 0, 1);
    harness.read();
    // Thread-locals are dropped by the order of their first use: before and after the layer's own.
    for first in [true, false] {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                if first {
                    KEPT.with(|kept| kept.take());
                }
                work(&dispatch, 1, 2);
                let span = dispatcher::with_default(&dispatch, || info_span!("work", kind = 2));
                KEPT.with(|kept| kept.replace(Some(span)));
            });
            // The end of the scope does not wait for thread-locals.
            thread.join().expect("no panic");
        });
    }
    assert_read(&harness, &BTreeMap::from([(0, 1), (1, 4), (2, 2)]), 0.0);
}

#[test]
fn new_series_do_not_wait_for_a_collect_under_way_and_are_in_the_next() {
    const SERIES: u64 = 300;
    let harness = Harness::new();
    let dispatch = dispatch(&harness);
    // Registered after the layer's own callback, so run after it.
    let (inside, entered) = mpsc::channel();
    let (leave, left) = mpsc::channel::<()>();
    let (block, left) = (Arc::new(AtomicBool::new(false)), std::sync::Mutex::new(left));
    let _gauge = harness
        .meter()
        .u64_observable_gauge("blocking")
        .with_callback({
            let block = Arc::clone(&block);
            move |_| {
                if block.swap(false, Ordering::Relaxed) {
                    inside.send(()).expect("listened to");
                    left.lock().expect("not poisoned").recv().expect("told to leave");
                }
            }
        })
        .build();
    work(&dispatch, 0, 1);
    harness.read();
    block.store(true, Ordering::Relaxed);
    std::thread::scope(|scope| {
        let collect = scope.spawn(|| harness.read());
        entered.recv().expect("a collect is under way");
        // Returns although the collect goes on until it is told to end. More samples than may wait for their series.
        for kind in 1..=SERIES {
            work(&dispatch, kind, 230);
        }
        leave.send(()).expect("waited for");
        collect.join().expect("no panic");
    });
    let kinds = (1..=SERIES).map(|kind| (kind, 230)).chain([(0, 1)]).collect();
    assert_read(&harness, &kinds, 0.0);
}
