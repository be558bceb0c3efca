//! The series of one instrument, by their label values.

use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;

use crate::{
    index::{FIRST_ROWS, Index, Inserted},
    key::{self, Few, Key, Seeds},
    parts::{Parts, Place},
    series::{Series, SeriesBlock},
};

/// Enough for [`crate::Instrument::MAX_SERIES_LIMIT`].
const LEVELS: usize = 7;

/// Series that are found by their values, without a lock, and are never removed.
#[derive(Debug)]
pub(crate) struct SeriesTable {
    labels: usize,
    overflow: bool,
    seeds: Seeds,
    index: Index<LEVELS>,
    first: SeriesBlock,
    further: Parts<SeriesBlock, FIRST_ROWS, LEVELS>,
}

impl SeriesTable {
    /// For series with so many labels. With `overflow`, they stand for those over the limit.
    pub(crate) fn new(labels: usize, overflow: bool) -> Self {
        let seeds = std::array::from_fn(|_| [0, 1].map(|seed| RandomState::default().hash_one(seed)));
        let first = SeriesBlock::new(labels, overflow, FIRST_ROWS);
        Self { labels, overflow, seeds, index: Index::new(), first, further: Parts::new() }
    }

    /// The series with these values, if there is one. For an instrument with few labels.
    #[inline(always)]
    pub(crate) fn find_few(&self, few: &Few) -> Option<Place> {
        let is = |place: Place| self.at(place)?.is_few(few).then_some(place);
        self.index.find(key::hash_few(few, &self.seeds), is)
    }

    pub(crate) fn find(&self, key: &Key) -> Option<Place> {
        self.index.find(key.hash(&self.seeds), |place| self.at(place)?.is(key).then_some(place))
    }

    /// Makes the series with these values, unless there is one.
    pub(crate) fn insert(&self, key: &Key) -> Inserted<Place> {
        let is = |place: Place| self.at(place)?.is(key).then_some(place);
        self.index.insert(key.hash(&self.seeds), is, |place| {
            let made = |series| SeriesBlock::new(self.labels, self.overflow, series);
            let block = if place.level() == 0 { &self.first } else { self.further.made_at(place, made)? };
            block.put(place.row(), key)?;
            Some(place)
        })
    }

    #[inline(always)]
    pub(crate) fn at(&self, place: Place) -> Option<Series<'_>> {
        match self.first.at(place.first_row()) {
            None => self.further.at(place)?.at(place.row()),
            first => first,
        }
    }

    /// All of them, in the order in which they were made.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Series<'_>> {
        self.index.places().filter_map(|place| self.at(place))
    }

    /// Memory of the slots and of what each series has, used or not.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.index.bytes() + self.first.bytes() + self.further.iter().map(SeriesBlock::bytes).sum::<usize>()
    }
}
