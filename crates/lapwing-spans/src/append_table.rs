//! A hash table that only grows, read without locks.

use std::sync::OnceLock;

use crate::{
    index::{FIRST_ROWS, Index, Inserted},
    parts::{Parts, Place},
};

/// Entries are found by a hash and a comparison, and are never removed.
#[derive(Debug)]
pub(crate) struct AppendTable<T, const LEVELS: usize = 7> {
    index: Index<LEVELS>,
    first: Box<[OnceLock<T>]>,
    further: Parts<Box<[OnceLock<T>]>, FIRST_ROWS, LEVELS>,
}

impl<T, const LEVELS: usize> AppendTable<T, LEVELS> {
    pub(crate) fn new() -> Self {
        Self { index: Index::new(), first: empty(FIRST_ROWS), further: Parts::new() }
    }

    /// The entry with this hash that is the `same`.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u64, same: impl Fn(&T) -> bool) -> Option<(&T, Place)> {
        self.index.find(hash, |place| self.check(place, &same))
    }

    /// Adds `value`, unless an entry is the `same`.
    pub(crate) fn insert(&self, hash: u64, value: T, same: impl Fn(&T) -> bool) -> Inserted<(&T, Place)> {
        let put = |place: Place| {
            let rows = if place.level() == 0 { &self.first } else { self.further.made_at(place, empty)? };
            Some((rows.get(place.row())?.get_or_init(|| value), place))
        };
        self.index.insert(hash, |place| self.check(place, &same), put)
    }

    #[inline(always)]
    fn check(&self, place: Place, same: impl Fn(&T) -> bool) -> Option<(&T, Place)> {
        self.at(place).filter(|entry| same(entry)).map(|entry| (entry, place))
    }

    #[inline(always)]
    pub(crate) fn at(&self, place: Place) -> Option<&T> {
        match self.first.get(place.first_row()) {
            Some(row) => row.get(),
            None => self.further.at(place)?.get(place.row())?.get(),
        }
    }

    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.index.places().filter_map(|place| self.at(place))
    }
}

fn empty<T>(rows: usize) -> Box<[OnceLock<T>]> {
    std::iter::repeat_with(OnceLock::new).take(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::WINDOW;

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
