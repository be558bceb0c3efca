//! A hash index that only grows, read without locks.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use crate::parts::{Parts, Place};

/// Slots of the first level: so many that those who find each other's slot taken are few, as long as entries are.
const FIRST: usize = 256;
/// Rows of the first level of what is indexed.
pub(crate) const FIRST_ROWS: usize = 64;
/// Slots probed per level: so many that a level is well filled before the next one, four times as large, is needed.
pub(crate) const WINDOW: usize = 16;
/// Told from an empty slot by the highest bit.
const TAKEN: u64 = 1 << 63;

/// From a hash to the places of the entries that have it. Entries are numbered as they come, and are never removed.
///
/// An entry always sits in the first slot that was empty on its probe sequence, and no slot is ever emptied again. So a
/// search of a level may stop at the first empty slot. A slot is the upper half of the hash and the place, in one word that
/// is written once, after what is at the place: whoever sees the slot sees the entry.
///
/// There are up to three times more slots than entries. Of 6 levels there are 350 000 slots in all: at
/// [`crate::Instrument::MAX_SERIES_LIMIT`] entries, the last is nine tenths empty.
#[derive(Debug)]
pub(crate) struct Index<const LEVELS: usize> {
    first: Box<[AtomicU64; FIRST]>,
    further: Parts<Box<[AtomicU64]>, FIRST, LEVELS>,
    entries: AtomicUsize,
    /// Held by who adds an entry, so that two threads that add the same agree.
    adding: Mutex<()>,
}

/// What became of an insertion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Inserted<T> {
    Added(T),
    /// Another thread was faster.
    Present(T),
    /// All slots probed are taken, in all levels. Does not happen while hashes are spread and entries are far fewer than slots.
    Full,
}

impl<const LEVELS: usize> Index<LEVELS> {
    pub(crate) fn new() -> Self {
        Self {
            first: Box::new([const { AtomicU64::new(0) }; FIRST]),
            further: Parts::new(),
            entries: AtomicUsize::new(0),
            adding: Mutex::new(()),
        }
    }

    /// What `check` finds at the first place with this hash where it finds anything.
    #[inline(always)]
    pub(crate) fn find<T>(&self, hash: u64, check: impl Fn(Place) -> Option<T>) -> Option<T> {
        // Most are where they are looked for first.
        match self.first[hash as usize & (FIRST - 1)].load(Ordering::Acquire) {
            0 => None,
            slot => match place(slot, hash).and_then(&check) {
                Some(found) => Some(found),
                None => self.search(hash, check),
            },
        }
    }

    #[inline(never)]
    fn search<T>(&self, hash: u64, check: impl Fn(Place) -> Option<T>) -> Option<T> {
        // From the last level there is, where most are, and where a search is short, as it is the least full.
        let levels = (1..LEVELS).take_while(|level| self.further.has(*level)).count();
        let further = (1..=levels).rev().filter_map(|level| self.further.of_hash(level, hash));
        further.map(|slots| &**slots).chain([self.first.as_slice()]).find_map(|slots| {
            probes(hash, slots)
                .map(|slot| slot.load(Ordering::Acquire))
                .take_while(|slot| *slot != 0)
                .find_map(|slot| place(slot, hash).and_then(&check))
        })
    }

    /// Adds an entry, unless `check` finds one. `put` writes what is at its place, before anybody can find it there. No
    /// foreign code may run in either.
    pub(crate) fn insert<T>(
        &self,
        hash: u64,
        check: impl Fn(Place) -> Option<T>,
        put: impl FnOnce(Place) -> Option<T>,
    ) -> Inserted<T> {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let added = self.entries.load(Ordering::Relaxed);
        for level in 0..LEVELS {
            let empty = |slots| std::iter::repeat_with(AtomicU64::default).take(slots).collect();
            let slots = match level {
                0 => self.first.as_slice(),
                _ => self.further.made_of_hash(level, hash, empty).map_or(&[][..], |slots| slots),
            };
            for slot in probes(hash, slots) {
                match slot.load(Ordering::Acquire) {
                    0 => {
                        let place = Place::nth::<FIRST_ROWS>(added);
                        let Some(entry) = put(place) else { return Inserted::Full };
                        slot.store(upper(hash) | u64::from(place.as_u32()), Ordering::Release);
                        self.entries.store(added + 1, Ordering::Release);
                        return Inserted::Added(entry);
                    }
                    taken => {
                        if let Some(present) = place(taken, hash).and_then(&check) {
                            return Inserted::Present(present);
                        }
                    }
                }
            }
        }
        Inserted::Full
    }

    /// All places there are, in the order in which they were added.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> + use<LEVELS> {
        (0..self.entries.load(Ordering::Acquire)).map(Place::nth::<FIRST_ROWS>)
    }

    /// Memory of the slots, taken or not.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.first) + self.further.iter().map(|slots| size_of_val(&**slots)).sum::<usize>()
    }
}

#[inline(always)]
fn upper(hash: u64) -> u64 {
    (hash | TAKEN) & !u64::from(u32::MAX)
}

/// What is in a slot that is taken, if its hash is this one, as far as the slot can tell.
#[inline(always)]
fn place(slot: u64, hash: u64) -> Option<Place> {
    ((slot ^ (hash | TAKEN)) >> 32 == 0).then(|| Place::from_u32(slot as u32))
}

fn probes(hash: u64, slots: &[AtomicU64]) -> impl Iterator<Item = &AtomicU64> {
    let mask = slots.len().wrapping_sub(1);
    (0..WINDOW).filter_map(move |step| slots.get((hash as usize).wrapping_add(step) & mask))
}
