//! Slots are claimed, found and given up.

use std::sync::Arc;

use loom::thread;
use tracing_core::span::Id;

use crate::{
    check,
    live_span::LiveSpan,
    open_spans::{Claimed, OpenSpans},
    sync::{AtomicU64, Ordering},
};

/// One line of slots, in which all ids collide.
type Table = OpenSpans<1>;

fn id(number: u64) -> Id {
    Id::from_u64(number)
}

fn open(table: &Table, number: u64) -> &LiveSpan {
    let Claimed::New(span) = table.claim(&id(number)) else { panic!("there is room, and no other span of this id") };
    span.own(number);
    span
}

fn close(table: &Table, number: u64) {
    let slot = table.find(&id(number)).expect("it is open");
    assert_eq!(slot.span.id(), number, "nobody else writes what an open span has");
    slot.release();
    assert!(table.find(&id(number)).is_none());
}

#[test]
fn a_slot_is_of_one_span_at_a_time_and_goes_on_with_all_that_was_done() {
    check(3, || {
        let table = Arc::new(Table::new());
        let other = thread::spawn({
            let table = Arc::clone(&table);
            move || {
                for number in [1, 2] {
                    open(&table, number);
                    close(&table, number);
                }
            }
        });
        open(&table, 3);
        close(&table, 3);
        other.join().expect("no panic");
        // With all slots taken, what each has been through is seen: three owners in all, besides these eight.
        let owners: u64 = (11..19).map(|number| open(&table, number).owners()).sum();
        assert_eq!(owners, 3 + 8);
    });
}

#[test]
fn who_is_handed_a_span_finds_it_while_others_come_and_go() {
    check(3, || {
        let table = Arc::new(Table::new());
        // As `Span` hands over its reference count.
        let handed = Arc::new(AtomicU64::new(0));
        let creator = thread::spawn({
            let (table, handed) = (Arc::clone(&table), Arc::clone(&handed));
            move || {
                open(&table, 1);
                handed.store(1, Ordering::Release);
            }
        });
        let other = thread::spawn({
            let table = Arc::clone(&table);
            move || {
                open(&table, 2);
                close(&table, 2);
            }
        });
        let was_handed = handed.load(Ordering::Acquire) == 1;
        if was_handed {
            close(&table, 1);
        }
        creator.join().expect("no panic");
        other.join().expect("no panic");
        if !was_handed {
            close(&table, 1);
        }
        assert!(table.find(&id(1)).is_none() && table.find(&id(2)).is_none());
    });
}

#[test]
fn spans_beyond_the_first_line_are_found() {
    check(2, || {
        let table = Arc::new(Table::new());
        // The next level is made at once: what makes it is not loom's.
        for number in 1..10 {
            open(&table, number);
        }
        close(&table, 8);
        // One slot is left in the first level: one of the two goes on to the next.
        let others = [10, 11].map(|number| {
            let table = Arc::clone(&table);
            thread::spawn(move || {
                open(&table, number);
                close(&table, number);
            })
        });
        for other in others {
            other.join().expect("no panic");
        }
        for number in (1..8).chain([9]) {
            close(&table, number);
        }
    });
}
