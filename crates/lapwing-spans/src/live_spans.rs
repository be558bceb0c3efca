//! The spans that are open and matched by a rule.

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tracing_core::{Metadata, span::Id};

use crate::{capture::Captures, origin::Origin, sink::Seat};

/// What is known of one open span. Times are the clock's nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct LiveSpan {
    pub(crate) metadata: Option<&'static Metadata<'static>>,
    pub(crate) captures: Captures,
    /// The series of the plan's in-flight measures, in their order: what was added to is subtracted from.
    pub(crate) in_flight: Vec<Seat>,
    pub(crate) error_event: bool,
    /// Outer option: whether it has been asked for.
    pub(crate) origin: Option<Option<Origin>>,
    pub(crate) created: u64,
    last_exit: Option<u64>,
    busy: u64,
    /// How many enters have not been followed by an exit, over all threads.
    depth: u32,
    entered: u64,
}

impl LiveSpan {
    pub(crate) fn enter(&mut self, now: u64) {
        if self.depth == 0 {
            self.entered = now;
        }
        self.depth += 1;
    }

    pub(crate) fn exit(&mut self, now: u64) {
        self.last_exit = Some(now);
        if self.depth > 0 {
            self.depth -= 1;
            if self.depth == 0 {
                self.busy = self.busy.saturating_add(now.saturating_sub(self.entered));
            }
        }
    }

    /// From creation to `closed`; to the last exit, if there was one, where the span was kept open by a child.
    pub(crate) fn elapsed(&self, closed: u64, kept_open: bool) -> u64 {
        let end = if kept_open { self.last_exit.unwrap_or(closed) } else { closed };
        end.saturating_sub(self.created)
    }

    /// The time during which at least one thread was inside.
    pub(crate) fn busy(&self, closed: u64) -> u64 {
        // A span can close while entered only by way of raw ids; it is then inside until it closes.
        let open = if self.depth > 0 { closed.saturating_sub(self.entered) } else { 0 };
        self.busy.saturating_add(open)
    }

    fn clear(&mut self) {
        let captures = std::mem::take(&mut self.captures);
        let mut in_flight = std::mem::take(&mut self.in_flight);
        in_flight.clear();
        *self = Self { captures, in_flight, ..Self::default() };
    }
}

const SHARDS: usize = 64;

/// Open spans by id.
///
/// An own table, not the registry's span extensions: it is faster, and a layer that logs while it holds a span's
/// extensions cannot deadlock with it. No foreign code ever runs under its locks, so they cannot be poisoned by one
/// and cannot be waited for by the thread that holds them.
pub(crate) struct LiveSpans {
    shards: Box<[Mutex<Shard>]>,
}

type Shard = HashMap<u64, Box<LiveSpan>, foldhash::fast::FixedState>;

impl LiveSpans {
    pub(crate) fn new() -> Self {
        Self { shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect() }
    }

    /// Adds a span. Returns the one that had the same id, whose close was never heard of.
    pub(crate) fn insert(&self, id: &Id, span: Box<LiveSpan>) -> Option<Box<LiveSpan>> {
        self.with_shard(id, |shard, id| shard.insert(id, span))
    }

    /// Runs `f`, which must not call foreign code, on a span if it is known.
    pub(crate) fn with<T>(&self, id: &Id, f: impl FnOnce(&mut LiveSpan) -> T) -> Option<T> {
        self.with_shard(id, |shard, id| shard.get_mut(&id).map(|span| f(span)))
    }

    pub(crate) fn remove(&self, id: &Id) -> Option<Box<LiveSpan>> {
        self.with_shard(id, |shard, id| shard.remove(&id))
    }

    fn with_shard<T>(&self, id: &Id, f: impl FnOnce(&mut Shard, u64) -> T) -> T {
        let id = id.into_u64();
        let shard = id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SHARDS.trailing_zeros());
        f(&mut self.shards[shard as usize].lock().unwrap_or_else(PoisonError::into_inner), id)
    }
}

/// Spans kept for reuse by one thread, with their buffers.
const SPARES: usize = 32;

thread_local! {
    #[expect(clippy::vec_box, reason = "the boxes go into the table of open spans as they are")]
    static SPARE: RefCell<Vec<Box<LiveSpan>>> = const { RefCell::new(Vec::new()) };
}

/// A cleared span, reused where possible.
pub(crate) fn take() -> Box<LiveSpan> {
    SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

/// Gives a span back.
pub(crate) fn give(mut span: Box<LiveSpan>) {
    span.clear();
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < SPARES {
            spare.push(span);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_time_is_the_union_of_what_overlaps() {
        let mut span = LiveSpan::default();
        span.enter(10);
        span.enter(20);
        span.exit(30);
        span.exit(50);
        span.enter(100);
        span.exit(101);
        assert_eq!(span.busy(1000), 41);
    }

    #[test]
    fn a_clock_that_goes_backwards_yields_nothing_negative() {
        let mut span = LiveSpan { created: 100, ..LiveSpan::default() };
        span.enter(90);
        span.exit(80);
        assert_eq!((span.busy(70), span.elapsed(70, false), span.elapsed(70, true)), (0, 0, 0));
    }

    #[test]
    fn a_clock_that_runs_wild_overflows_nothing() {
        let mut span = LiveSpan::default();
        for _ in 0..2 {
            span.enter(0);
            span.exit(u64::MAX);
        }
        span.enter(0);
        assert_eq!(span.busy(u64::MAX), u64::MAX);
    }

    #[test]
    fn only_a_span_kept_open_by_a_child_ends_at_its_last_exit() {
        let mut span = LiveSpan { created: 100, ..LiveSpan::default() };
        assert_eq!(span.elapsed(500, true), 400);
        span.exit(200);
        assert_eq!((span.elapsed(500, false), span.elapsed(500, true)), (400, 100));
    }

    #[test]
    fn an_id_that_comes_again_brings_the_lost_span_to_light() {
        let live = LiveSpans::new();
        let id = Id::from_u64(7);
        assert!(live.insert(&id, Box::default()).is_none());
        assert!(live.insert(&id, Box::default()).is_some());
        assert!(live.remove(&id).is_some());
        assert!(live.with(&id, |_| ()).is_none());
    }
}
