//! The spans that are open and matched by a rule.

use std::sync::OnceLock;

use tracing_core::span::Id;

use crate::{
    live_span::LiveSpan,
    sync::{AtomicU64, Ordering},
};

/// Slots that an id may be in, per level: one cache line of ids.
const WINDOW: usize = 8;
/// Every level has so many times the lines of the one before, and is allocated when it is first needed.
const GROWTH: usize = 4;
/// Room for 89 million spans open at a time, with 32 lines in the first level.
const LEVELS: usize = 10;

/// Open spans by id, found without a lock.
///
/// An own table, not the registry's span extensions: it is faster, and a layer that logs while it holds a span's
/// extensions cannot deadlock with it.
///
/// An id sits in one of the [`WINDOW`] slots of its line, in any level. Its slot is claimed by one compare-and-swap of 0 for
/// the id, and given up by storing 0. In between nobody else writes the id. Whoever looks for an id has a handle of
/// its span, or is told of it by who has: so the span can't be closed, nor its slot be claimed by another, while he uses what
/// he found.
/// (`tracing` lets raw ids be made up. Then a slot of another span may be found: all it holds are atomics and locks, so the
/// worst is a wrong label.)
pub(crate) struct OpenSpans<const FIRST: usize = 32> {
    first: Level,
    further: [OnceLock<Level>; LEVELS - 1],
}

struct Level {
    /// Apart from the spans, so that a search touches one cache line.
    ids: Box<[Line]>,
    spans: Box<[LiveSpan]>,
}

#[derive(Default)]
#[repr(align(64))]
struct Line([AtomicU64; WINDOW]);

/// An open span, to be looked at or released.
#[derive(Clone, Copy)]
pub(crate) struct Slot<'a> {
    id: &'a AtomicU64,
    pub(crate) span: &'a LiveSpan,
}

impl Slot<'_> {
    /// Gives the slot up. To be called once, by who closes the span, after which `span` belongs to another.
    pub(crate) fn release(self) {
        self.id.store(0, Ordering::Release);
    }
}

/// What became of a claim.
pub(crate) enum Claimed<'a> {
    /// A slot, still with what its last span left in it.
    New(&'a LiveSpan),
    /// The slot of a span with the same id, whose close was never heard of.
    Lost(Slot<'a>),
    /// Millions of spans are open.
    Full,
}

impl<const FIRST: usize> OpenSpans<FIRST> {
    pub(crate) fn new() -> Self {
        const { assert!(FIRST.is_power_of_two()) };
        Self { first: Level::new(FIRST), further: [const { OnceLock::new() }; LEVELS - 1] }
    }

    /// The open span of this id.
    #[inline(always)]
    pub(crate) fn find(&self, id: &Id) -> Option<Slot<'_>> {
        let id = id.into_u64();
        let line = line(id) & (FIRST - 1);
        // Most are in the first slot of their line: spans that a thread has open at a time are few.
        let slot = Slot { id: &self.first.ids.get(line)?.0[0], span: self.first.spans.get(line * WINDOW)? };
        if slot.id.load(Ordering::Acquire) == id { Some(slot) } else { self.search(id) }
    }

    #[inline(never)]
    fn search(&self, id: u64) -> Option<Slot<'_>> {
        let further = self.further.iter().map_while(OnceLock::get);
        (0..)
            .zip(std::iter::once(&self.first).chain(further))
            .find_map(|(index, level)| level.slots(id, index).find(|slot| slot.id.load(Ordering::Acquire) == id))
    }

    /// A slot for a span that has just been created.
    #[inline(always)]
    pub(crate) fn claim(&self, id: &Id) -> Claimed<'_> {
        let id = id.into_u64();
        let line = line(id) & (FIRST - 1);
        match (self.first.ids.get(line), self.first.spans.get(line * WINDOW)) {
            // Read first: a slot that is taken is passed over without writing to its line. Acquire: what the last span did
            // with the slot is done.
            (Some(Line([slot, ..])), Some(span))
                if slot.load(Ordering::Relaxed) == 0
                    && slot.compare_exchange(0, id, Ordering::Acquire, Ordering::Relaxed).is_ok() =>
            {
                Claimed::New(span)
            }
            _ => self.claim_further(id),
        }
    }

    #[inline(never)]
    fn claim_further(&self, id: u64) -> Claimed<'_> {
        for index in 0..LEVELS {
            let level = match index.checked_sub(1) {
                None => &self.first,
                Some(further) => self.further[further].get_or_init(|| Level::new(FIRST * GROWTH.pow(index as u32))),
            };
            for slot in level.slots(id, index) {
                let held = slot.id.load(Ordering::Relaxed);
                if held == id {
                    return Claimed::Lost(slot);
                }
                if held == 0 && slot.id.compare_exchange(0, id, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                    return Claimed::New(slot.span);
                }
            }
        }
        Claimed::Full
    }
}

#[cfg(test)]
impl<const FIRST: usize> OpenSpans<FIRST> {
    /// How many slots there are beyond the first level.
    pub(crate) fn further_slots(&self) -> usize {
        self.further.iter().filter_map(OnceLock::get).map(|level| level.spans.len()).sum()
    }
}

impl Level {
    fn new(lines: usize) -> Self {
        Self {
            ids: std::iter::repeat_with(Line::default).take(lines).collect(),
            spans: std::iter::repeat_with(LiveSpan::default).take(lines * WINDOW).collect(),
        }
    }

    fn slots(&self, id: u64, index: usize) -> impl Iterator<Item = Slot<'_>> {
        let line = if index == 0 { line(id) } else { further_line(id, index) } & (self.ids.len() - 1);
        let spans = &self.spans[line * WINDOW..][..WINDOW];
        self.ids[line].0.iter().zip(spans).map(|(id, span)| Slot { id, span })
    }
}

/// Which line of the first level an id belongs to, of any power of two.
///
/// Ids of `tracing_subscriber::Registry` have in their low bits a small number that a thread uses again for its next span,
/// from bit 38 the thread's number, and above a count of reuses. So a thread stays in its lines, and others in theirs. Ids
/// of another make are found just as well, only slower.
fn line(id: u64) -> usize {
    // The lowest id is 1.
    let id = id.wrapping_sub(1);
    let thread = (id >> 38) & 0x1FFF;
    ((id >> WINDOW.trailing_zeros()) as usize).wrapping_add((thread as usize).wrapping_mul(13))
}

/// Which line of a further level an id belongs to. Spread over all of them, and in each level otherwise: ids that meet in one
/// line go apart in the next level, so that a level is only made when those before are well filled.
fn further_line(id: u64, index: usize) -> usize {
    let spread = id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let spread = (spread ^ spread >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    spread.rotate_left(7 * index as u32) as usize
}
