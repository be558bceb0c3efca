//! A hash table that only grows, read without locks.

use std::sync::OnceLock;

/// Slots of the first level; every further level has [`GROWTH`] times as many and is allocated when it is first needed.
const FIRST: usize = 64;
const GROWTH: usize = 4;
/// 350 000 slots in all: at [`crate::Instrument::MAX_SERIES_LIMIT`] entries, the last level is nine tenths empty.
const LEVELS: usize = 7;
/// Slots probed per level.
const WINDOW: usize = 8;

/// Entries are found by a hash and a comparison, and are never removed.
///
/// An entry always sits in the first slot that was empty on its probe sequence, and no slot is ever emptied again.
/// So a search may stop at the first empty slot, and two threads that insert one key meet in one slot, where the
/// second finds the first's.
///
/// There are several times more slots than entries: box what is large.
#[derive(Debug)]
pub(crate) struct AppendTable<T> {
    levels: [OnceLock<Box<[Slot<T>]>>; LEVELS],
}

type Slot<T> = OnceLock<(u64, T)>;

/// Where an entry is; valid for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    level: u32,
    slot: u32,
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

impl<T> AppendTable<T> {
    pub(crate) fn new() -> Self {
        Self { levels: [const { OnceLock::new() }; LEVELS] }
    }

    /// The entry with this hash that is the `same`.
    pub(crate) fn find(&self, hash: u64, same: impl Fn(&T) -> bool) -> Option<(&T, Place)> {
        for (level, slots) in self.levels.iter().enumerate() {
            let slots = slots.get()?;
            for slot in probes(hash, slots.len()) {
                let (found, value) = slots[slot].get()?;
                if *found == hash && same(value) {
                    return Some((value, Place { level: level as u32, slot: slot as u32 }));
                }
            }
        }
        None
    }

    /// Adds `value`, unless an entry is the `same`.
    pub(crate) fn insert(&self, hash: u64, value: T, same: impl Fn(&T) -> bool) -> Inserted<'_, T> {
        let mut entry = (hash, value);
        for (level, slots) in self.levels.iter().enumerate() {
            let slots = slots.get_or_init(|| empty(FIRST * GROWTH.pow(level as u32)));
            for slot in probes(hash, slots.len()) {
                let place = Place { level: level as u32, slot: slot as u32 };
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

    pub(crate) fn at(&self, place: Place) -> Option<&T> {
        let (_, value) = self.levels.get(place.level as usize)?.get()?.get(place.slot as usize)?.get()?;
        Some(value)
    }

    /// Memory of the slots, taken or not.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.levels.iter().filter_map(OnceLock::get).map(|slots| size_of_val(&**slots)).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.levels
            .iter()
            .filter_map(OnceLock::get)
            .flat_map(|slots| slots.iter())
            .filter_map(|slot| slot.get().map(|(_, value)| value))
    }
}

fn empty<T>(slots: usize) -> Box<[Slot<T>]> {
    std::iter::repeat_with(OnceLock::new).take(slots).collect()
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
        let table = AppendTable::new();
        for n in 0..5000_u64 {
            assert!(matches!(table.insert(n.wrapping_mul(0x9E37_79B9_7F4A_7C15), n, |e| *e == n), Inserted::Added(..)));
        }
        for n in 0..5000_u64 {
            let (found, place) = table.find(n.wrapping_mul(0x9E37_79B9_7F4A_7C15), |e| *e == n).expect("added");
            assert_eq!((*found, table.at(place)), (n, Some(&n)));
        }
        assert!(table.find(7, |_| true).is_none());
        assert_eq!(table.iter().count(), 5000);
    }

    #[test]
    fn one_hash_for_all_fills_the_windows_and_says_so() {
        let table = AppendTable::new();
        for n in 0..WINDOW * LEVELS {
            assert!(matches!(table.insert(3, n, |e| *e == n), Inserted::Added(..)));
        }
        assert!(matches!(table.insert(3, usize::MAX, |e| *e == usize::MAX), Inserted::Full));
        assert_eq!(table.find(3, |e| *e == 20).map(|(e, _)| *e), Some(20));
    }

    #[test]
    fn threads_that_add_the_same_keys_agree_on_one_entry_each() {
        let table = AppendTable::new();
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
