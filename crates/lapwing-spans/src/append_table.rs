//! A hash table that only grows, read without locks.

use std::sync::OnceLock;

/// Slots of the first level; every further level has [`GROWTH`] times as many.
const FIRST: usize = 64;
const GROWTH: usize = 4;
/// A large level is allocated in parts of so many slots, each when it is first needed: so memory is in proportion to the
/// entries, and nobody waits for megabytes to be cleared.
const PART: usize = 1024;
/// Slots probed per level: so many that a level is well filled before the next one, four times as large, is needed.
const WINDOW: usize = 16;

/// Entries are found by a hash and a comparison, and are never removed.
///
/// An entry always sits in the first slot that was empty on its probe sequence, and no slot is ever emptied again.
/// So a search of a level may stop at the first empty slot, and two threads that insert one key meet in one slot, where the
/// second finds the first's.
///
/// There are up to three times more slots than entries: box what is large. Of 7 levels there are 350 000 slots in all: at
/// [`crate::Instrument::MAX_SERIES_LIMIT`] entries, the last is nine tenths empty.
#[derive(Debug)]
pub(crate) struct AppendTable<T, const LEVELS: usize = 7> {
    first: Box<[Slot<T>]>,
    /// All levels but the first.
    further: [OnceLock<Level<T>>; LEVELS],
}

type Level<T> = Box<[OnceLock<Box<[Slot<T>]>>]>;

type Slot<T> = OnceLock<(u64, T)>;

/// Where an entry is; valid for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    level: u32,
    slot: u32,
}

impl Place {
    /// Four bits for the level, the others for the slot: enough for 11 levels.
    const SLOT_BITS: u32 = 28;

    #[inline(always)]
    pub(crate) fn as_u32(self) -> u32 {
        self.level << Self::SLOT_BITS | self.slot
    }

    #[inline(always)]
    pub(crate) fn from_u32(place: u32) -> Self {
        Self { level: place >> Self::SLOT_BITS, slot: place & ((1 << Self::SLOT_BITS) - 1) }
    }
}

/// What became of an insertion.
#[derive(Debug)]
pub(crate) enum Inserted<'a, T> {
    Added(&'a T, Place),
    /// Another thread was faster.
    Present(&'a T, Place),
    /// All slots probed are taken, in all levels. Does not happen while hashes are spread and entries are far fewer than slots.
    Full,
}

impl<T, const LEVELS: usize> AppendTable<T, LEVELS> {
    pub(crate) fn new() -> Self {
        const { assert!(LEVELS <= 11) };
        Self { first: empty(FIRST), further: [const { OnceLock::new() }; LEVELS] }
    }

    /// The entry with this hash that is the `same`.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u64, same: impl Fn(&T) -> bool) -> Option<(&T, Place)> {
        // Most are where they are looked for first.
        let slot = hash as usize & (FIRST - 1);
        match self.first.get(slot)?.get() {
            Some((found, value)) if *found == hash && same(value) => {
                Some((value, Place { level: 0, slot: slot as u32 }))
            }
            Some(_) => self.search(hash, same),
            None => None,
        }
    }

    #[inline(never)]
    fn search(&self, hash: u64, same: impl Fn(&T) -> bool) -> Option<(&T, Place)> {
        // From the last level, where most are, and where a search is short, as it is the least full.
        for level in (0..LEVELS).rev() {
            let Some((part, base)) = self.part(level, hash) else { continue };
            for slot in probes(hash, part.len()) {
                match part[slot].get() {
                    Some((found, value)) if *found == hash && same(value) => {
                        return Some((value, Place { level: level as u32, slot: (base + slot) as u32 }));
                    }
                    Some(_) => {}
                    None => break,
                }
            }
        }
        None
    }

    /// The part of a level that a hash belongs to, if it has been needed yet, and the number of its first slot.
    fn part(&self, level: usize, hash: u64) -> Option<(&[Slot<T>], usize)> {
        let Some(further) = level.checked_sub(1) else { return Some((&self.first, 0)) };
        let parts = self.further[further].get()?;
        let index = part_of(hash, parts.len());
        Some((parts[index].get()?, index * PART))
    }

    /// The same, made if need be.
    fn part_made(&self, level: usize, hash: u64) -> (&[Slot<T>], usize) {
        let Some(further) = level.checked_sub(1) else { return (&self.first, 0) };
        let slots = FIRST * GROWTH.pow(level as u32);
        let parts = self.further[further]
            .get_or_init(|| std::iter::repeat_with(OnceLock::new).take(slots.div_ceil(PART)).collect());
        let index = part_of(hash, parts.len());
        (parts[index].get_or_init(|| empty(slots.min(PART))), index * PART)
    }

    fn parts(&self) -> impl Iterator<Item = &[Slot<T>]> {
        let further = self.further.iter().filter_map(OnceLock::get).flat_map(|parts| parts.iter());
        std::iter::once(&*self.first).chain(further.filter_map(OnceLock::get).map(|part| &**part))
    }

    /// Adds `value`, unless an entry is the `same`.
    pub(crate) fn insert(&self, hash: u64, value: T, same: impl Fn(&T) -> bool) -> Inserted<'_, T> {
        let mut entry = (hash, value);
        for level in 0..LEVELS {
            let (slots, base) = self.part_made(level, hash);
            for slot in probes(hash, slots.len()) {
                let place = Place { level: level as u32, slot: (base + slot) as u32 };
                // Never waits for foreign code: the entry is ready, moving it in is all that happens inside.
                match slots[slot].set(entry) {
                    Ok(()) => {
                        return slots[slot].get().map_or(Inserted::Full, |(_, added)| Inserted::Added(added, place));
                    }
                    Err(back) => entry = back,
                }
                if let Some((found, present)) = slots[slot].get()
                    && *found == hash
                    && same(present)
                {
                    return Inserted::Present(present, place);
                }
            }
        }
        Inserted::Full
    }

    #[inline(always)]
    pub(crate) fn at(&self, place: Place) -> Option<&T> {
        let (level, slot) = (place.level as usize, place.slot as usize);
        let (_, value) = match level.checked_sub(1) {
            None => self.first.get(slot)?,
            Some(further) => self.further.get(further)?.get()?.get(slot / PART)?.get()?.get(slot % PART)?,
        }
        .get()?;
        Some(value)
    }

    /// Memory of the slots, taken or not.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.parts().map(size_of_val).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.parts().flatten().filter_map(|slot| slot.get().map(|(_, value)| value))
    }
}

fn empty<T>(slots: usize) -> Box<[Slot<T>]> {
    std::iter::repeat_with(OnceLock::new).take(slots).collect()
}

/// By other bits than those that tell the slot.
fn part_of(hash: u64, parts: usize) -> usize {
    (hash / PART as u64) as usize & (parts - 1)
}

fn probes(hash: u64, slots: usize) -> impl Iterator<Item = usize> {
    let mask = slots - 1;
    (0..WINDOW).map(move |step| (hash as usize).wrapping_add(step) & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_added_and_nothing_else() {
        let table: AppendTable<_> = AppendTable::new();
        for n in 0..5000_u64 {
            assert!(matches!(table.insert(n.wrapping_mul(0x9E37_79B9_7F4A_7C15), n, |e| *e == n), Inserted::Added(..)));
        }
        for n in 0..5000_u64 {
            let (found, place) = table.find(n.wrapping_mul(0x9E37_79B9_7F4A_7C15), |e| *e == n).expect("added");
            assert_eq!((*found, table.at(place)), (n, Some(&n)));
            assert_eq!(Place::from_u32(place.as_u32()), place);
        }
        assert!(table.find(7, |_| true).is_none());
        assert_eq!(table.iter().count(), 5000);
    }

    #[test]
    fn one_hash_for_all_fills_the_windows_and_says_so() {
        let table: AppendTable<_> = AppendTable::new();
        for n in 0..WINDOW * 7 {
            assert!(matches!(table.insert(3, n, |e| *e == n), Inserted::Added(..)));
        }
        assert!(matches!(table.insert(3, usize::MAX, |e| *e == usize::MAX), Inserted::Full));
        assert_eq!(table.find(3, |e| *e == 20).map(|(e, _)| *e), Some(20));
    }

    #[test]
    fn threads_that_add_the_same_keys_agree_on_one_entry_each() {
        let table: AppendTable<_> = AppendTable::new();
        let added: usize = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..2000_u64)
                            .filter(|n| {
                                let hash = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                                matches!(table.insert(hash, *n, |e| e == n), Inserted::Added(..))
                            })
                            .count()
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().expect("no panic")).sum()
        });
        assert_eq!((added, table.iter().count()), (2000, 2000));
    }
}
