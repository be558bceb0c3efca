//! What is known of one open span.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::{
    number::Number,
    origin::Origin,
    parts::Place,
    sink::Seat,
    sync::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    values::{Value, Values},
};

/// What is known of one open span, or of one event while it is measured. Times are the clock's ticks.
///
/// What nearly every span needs are atomics of its own cache line, which its thread writes without a locked instruction.
/// What few spans need is behind a lock: fields beyond the first, values without a number, busy time, what is in flight, the origin.
/// No foreign code ever runs under it, so it can't be poisoned by one and can't be waited for by the thread that holds it.
///
/// Two threads may record on one span: of each field one of the two values wins.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct LiveSpan {
    created: AtomicU64,
    last_exit: AtomicU64,
    /// Whether there was an exit that nobody timed. Apart from the time of one that somebody did, which counts.
    exited_untimed: AtomicBool,
    plan: AtomicU32,
    flags: AtomicU32,
    cells: [[AtomicU64; 2]; CELLS],
    numbers: [AtomicU64; NUMBERS],
    /// Made when it is first needed, as most slots never do.
    rest: OnceLock<Box<Mutex<Rest>>>,
}

/// Text fields and outcomes that need no lock.
const CELLS: usize = 8;
/// Numeric fields that need no lock.
const NUMBERS: usize = 2;

/// An ERROR event was emitted in the span.
const ERROR_EVENT: u32 = 1;
/// [`Rest`] is in use.
const REST: u32 = 2;
/// The span may have children that outlive its handles.
const PARENT: u32 = 4;
/// It is to be asked where the span comes from.
pub(crate) const ASK: u32 = 8;
/// Elapsed time is measured.
pub(crate) const ELAPSED: u32 = 16;
/// Busy time is measured.
pub(crate) const BUSY: u32 = 32;
/// It is counted while in flight.
pub(crate) const IN_FLIGHT: u32 = 64;
/// Instead of a time: no exit was timed.
const NEVER: u64 = u64::MAX;

/// What few spans need. The buffers stay when it is cleared, so a slot that is used again allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    /// Those beyond the first [`CELLS`].
    cells: Vec<Value>,
    /// Those beyond the first [`NUMBERS`].
    numbers: Vec<u64>,
    /// By cell: the text of those that are [`Value::UNKNOWN`].
    texts: Vec<String>,
    /// The series of the plan's in-flight measures, in their order: what was added to is subtracted from.
    pub(crate) in_flight: Vec<Seat>,
    pub(crate) busy: Busy,
    pub(crate) origin: Option<Origin>,
}

/// The time during which at least one thread was inside a span.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Busy {
    ticks: u64,
    /// How many enters have not been followed by an exit, over all threads.
    depth: u32,
    entered: u64,
}

/// A buffer larger than this is given back rather than kept for reuse.
const KEPT_CAPACITY: usize = 256;

impl LiveSpan {
    /// Makes a slot that another span was in ready for a new one with so many cells and numbers, all missing.
    #[inline(always)]
    pub(crate) fn reset(&self, plan: Place, created: u64, flags: u32, cells: usize, numbers: usize) {
        if self.flag(REST) {
            self.clear_rest();
        }
        self.flags.store(flags, Ordering::Relaxed);
        self.last_exit.store(NEVER, Ordering::Relaxed);
        self.exited_untimed.store(false, Ordering::Relaxed);
        self.created.store(created, Ordering::Relaxed);
        self.plan.store(plan.as_u32(), Ordering::Relaxed);
        // All of them: that takes less than to find out where to stop.
        for cell in &self.cells {
            cell[1].store(Value::NONE.words()[1], Ordering::Relaxed);
        }
        for number in &self.numbers {
            number.store(Number::Missing.to_bits(), Ordering::Relaxed);
        }
        if cells > CELLS || numbers > NUMBERS {
            self.extend(cells, numbers);
        }
    }

    #[inline(never)]
    fn clear_rest(&self) {
        self.rest().clear();
    }

    #[inline(never)]
    fn extend(&self, cells: usize, numbers: usize) {
        let mut rest = self.rest();
        rest.cells.resize(cells.saturating_sub(CELLS), Value::NONE);
        rest.numbers.resize(numbers.saturating_sub(NUMBERS), Number::Missing.to_bits());
    }

    #[inline(always)]
    pub(crate) fn plan(&self) -> Place {
        Place::from_u32(self.plan.load(Ordering::Relaxed))
    }

    #[inline(always)]
    pub(crate) fn created(&self) -> u64 {
        self.created.load(Ordering::Relaxed)
    }

    /// When the span was exited last, as far as that is kept track of.
    #[inline(always)]
    pub(crate) fn last_exit(&self) -> Option<u64> {
        Some(self.last_exit.load(Ordering::Relaxed)).filter(|exit| *exit != NEVER)
    }

    #[inline(always)]
    pub(crate) fn exit(&self, now: u64) {
        self.last_exit.store(now.min(NEVER - 1), Ordering::Relaxed);
    }

    /// An exit of which the time won't matter, as things are.
    #[inline(always)]
    pub(crate) fn exit_untimed(&self) {
        self.exited_untimed.store(true, Ordering::Relaxed);
    }

    /// Whether there were exits, none of them timed.
    pub(crate) fn exited_untimed(&self) -> bool {
        self.last_exit().is_none() && self.exited_untimed.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn has_error_event(&self) -> bool {
        self.flag(ERROR_EVENT)
    }

    pub(crate) fn add_error_event(&self) {
        self.raise(ERROR_EVENT);
    }

    #[inline(always)]
    pub(crate) fn is_parent(&self) -> bool {
        self.flag(PARENT)
    }

    /// Notes that the span may have children that outlive its handles. Whether that is new.
    pub(crate) fn becomes_parent(&self) -> bool {
        self.raise(PARENT)
    }

    /// Whether it is to be asked where the span comes from. Only the first call says so.
    #[inline(always)]
    pub(crate) fn asks(&self) -> bool {
        self.flag(ASK) && self.flags.fetch_and(!ASK, Ordering::Relaxed) & ASK != 0
    }

    pub(crate) fn set_origin(&self, origin: Option<Origin>) {
        if let Some(origin) = origin {
            self.rest().origin = Some(origin);
        }
    }

    #[inline(always)]
    pub(crate) fn origin(&self) -> Option<Origin> {
        self.flag(REST).then(|| self.rest().origin)?
    }

    /// What few spans need, locked. Call no foreign code meanwhile.
    #[inline(never)]
    pub(crate) fn rest(&self) -> MutexGuard<'_, Rest> {
        self.raise(REST);
        self.rest.get_or_init(Box::default).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value of a cell: nothing, a known value, or one whose text is kept here.
    #[inline(always)]
    pub(crate) fn cell(&self, cell: usize) -> Value {
        match self.cells.get(cell) {
            Some(words) => Value::from_words([words[0].load(Ordering::Relaxed), words[1].load(Ordering::Relaxed)]),
            None => self.rest().cells.get(cell - CELLS).copied().unwrap_or(Value::NONE),
        }
    }

    /// For the thread that creates the span.
    #[inline(always)]
    pub(crate) fn set_cell(&self, cell: usize, value: Value) {
        match self.cells.get(cell) {
            Some(words) => self.store(words, value),
            None => self.replace_cell(cell, value),
        }
    }

    /// For any thread, later. Under the lock, so that no cell gets one word from one thread and one from another. They are
    /// read when no handle is left, so when nobody writes.
    #[inline(never)]
    pub(crate) fn replace_cell(&self, cell: usize, value: Value) {
        let mut rest = self.rest();
        match self.cells.get(cell) {
            Some(words) => self.store(words, value),
            None => {
                if let Some(cell) = rest.cells.get_mut(cell - CELLS) {
                    *cell = value;
                }
            }
        }
    }

    #[inline(always)]
    fn store(&self, words: &[AtomicU64; 2], value: Value) {
        let [first, last] = value.words();
        words[0].store(first, Ordering::Relaxed);
        words[1].store(last, Ordering::Relaxed);
    }

    /// Keeps a text that has no number.
    pub(crate) fn set_text(&self, cell: usize, text: &str) {
        let mut rest = self.rest();
        if rest.texts.len() <= cell {
            rest.texts.resize_with(cell + 1, String::new);
        }
        let kept = &mut rest.texts[cell];
        kept.clear();
        kept.push_str(text);
        drop(rest);
        self.replace_cell(cell, Value::UNKNOWN);
    }

    /// A copy of a cell's text.
    pub(crate) fn text(&self, cell: usize, values: &Values) -> Option<String> {
        match self.cell(cell) {
            unknown if unknown.is_unknown() => self.rest().texts.get(cell).cloned(),
            known => values.text(known),
        }
    }

    pub(crate) fn number(&self, number: usize) -> Number {
        Number::from_bits(match self.numbers.get(number) {
            Some(number) => number.load(Ordering::Relaxed),
            None => match self.rest().numbers.get(number - NUMBERS) {
                Some(number) => *number,
                None => return Number::Missing,
            },
        })
    }

    pub(crate) fn set_number(&self, number: usize, value: Number) {
        match self.numbers.get(number) {
            Some(number) => number.store(value.to_bits(), Ordering::Relaxed),
            None => {
                if let Some(number) = self.rest().numbers.get_mut(number - NUMBERS) {
                    *number = value.to_bits();
                }
            }
        }
    }

    /// Whether any of these flags is raised.
    #[inline(always)]
    pub(crate) fn flag(&self, flag: u32) -> bool {
        self.flags.load(Ordering::Relaxed) & flag != 0
    }

    /// Whether the flag was not raised before. Read first, as it nearly always is.
    fn raise(&self, flag: u32) -> bool {
        !self.flag(flag) && self.flags.fetch_or(flag, Ordering::Relaxed) & flag == 0
    }
}

impl Rest {
    fn clear(&mut self) {
        self.cells.clear();
        self.numbers.clear();
        self.in_flight.clear();
        self.busy = Busy::default();
        self.origin = None;
        for text in &mut self.texts {
            if text.capacity() > KEPT_CAPACITY {
                *text = String::new();
            }
        }
    }
}

impl Busy {
    pub(crate) fn enter(&mut self, now: u64) {
        if self.depth == 0 {
            self.entered = now;
        }
        self.depth += 1;
    }

    pub(crate) fn exit(&mut self, now: u64) {
        if self.depth > 0 {
            self.depth -= 1;
            if self.depth == 0 {
                self.ticks = self.ticks.saturating_add(now.saturating_sub(self.entered));
            }
        }
    }

    /// The time inside until the span closed.
    pub(crate) fn until(&self, closed: u64) -> u64 {
        // A span can close while entered only by way of raw ids; it is then inside until it closes.
        let open = if self.depth > 0 { closed.saturating_sub(self.entered) } else { 0 };
        self.ticks.saturating_add(open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_time_is_the_union_of_what_overlaps() {
        let mut busy = Busy::default();
        busy.enter(10);
        busy.enter(20);
        busy.exit(30);
        busy.exit(50);
        busy.enter(100);
        busy.exit(101);
        assert_eq!(busy.until(1000), 41);
    }

    #[test]
    fn a_clock_that_goes_backwards_or_wild_overflows_nothing() {
        let mut busy = Busy::default();
        busy.enter(90);
        busy.exit(80);
        assert_eq!(busy.until(70), 0);
        for _ in 0..2 {
            busy.enter(0);
            busy.exit(u64::MAX);
        }
        busy.enter(0);
        assert_eq!(busy.until(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_slot_used_again_holds_nothing_of_its_last_span() {
        let (span, values) = (LiveSpan::default(), Values::new());
        let ok = values.intern("ok");
        let origin = Some(Origin { trace_id: [1; 16], span_id: [2; 8] });
        for round in 0..2 {
            span.reset(Place::from_u32(7), 5, ASK, CELLS + 2, NUMBERS + 2);
            for cell in 0..CELLS + 2 {
                assert_eq!((round, span.cell(cell)), (round, Value::NONE));
                span.set_cell(cell, ok);
                assert_eq!(span.cell(cell), ok);
                span.set_text(cell, "rare");
                assert_eq!(span.text(cell, &values).as_deref(), Some("rare"));
            }
            for number in 0..NUMBERS + 2 {
                assert_eq!(span.number(number), Number::Missing);
                span.set_number(number, Number::Value(1.5));
                assert_eq!(span.number(number), Number::Value(1.5));
            }
            assert!(
                !span.has_error_event() && !span.is_parent() && span.origin().is_none() && span.last_exit().is_none()
            );
            assert!(span.becomes_parent() && !span.becomes_parent());
            span.add_error_event();
            span.exit_untimed();
            assert!(span.exited_untimed() && span.last_exit().is_none());
            span.exit(9);
            assert!(span.asks() && !span.asks());
            span.set_origin(origin);
            span.rest().in_flight.push(Seat::LastResort);
            assert_eq!((span.last_exit(), span.origin()), (Some(9), origin));
            span.exit_untimed();
            assert!(!span.exited_untimed() && span.last_exit() == Some(9), "a timed exit counts");
        }
    }
}
