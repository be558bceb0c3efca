//! Room that grows in parts, none of which ever moves.

use std::sync::OnceLock;

/// Every level has so many times the rows of the one before.
const GROWTH: usize = 4;
/// A large level is allocated in parts of so many rows, each when it is first needed: so memory is in proportion to the
/// entries, and nobody waits for megabytes to be cleared.
const PART: usize = 1024;

/// All levels but the first, which has `FIRST` rows; its owner has that.
#[derive(Debug)]
pub(crate) struct Parts<P, const FIRST: usize, const LEVELS: usize> {
    levels: [OnceLock<Box<[OnceLock<P>]>>; LEVELS],
}

/// Where a row is; valid for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    /// Four bits for the level, the others for the row: enough for 11 levels.
    const ROW_BITS: u32 = 28;

    /// Where the row of this number is, if rows are filled one after the other.
    pub(crate) fn nth<const FIRST: usize>(number: usize) -> Self {
        let (mut level, mut row) = (0, number);
        while row >= rows::<FIRST>(level) {
            row -= rows::<FIRST>(level);
            level += 1;
        }
        Self((level as u32) << Self::ROW_BITS | row as u32)
    }

    #[inline(always)]
    pub(crate) fn as_u32(self) -> u32 {
        self.0
    }

    #[inline(always)]
    pub(crate) fn from_u32(place: u32) -> Self {
        Self(place)
    }

    #[inline(always)]
    pub(crate) fn level(self) -> usize {
        (self.0 >> Self::ROW_BITS) as usize
    }

    /// The row in the first level; beyond its end if the place is in a further one.
    #[inline(always)]
    pub(crate) fn first_row(self) -> usize {
        self.0 as usize
    }

    /// The row within its part.
    #[inline(always)]
    pub(crate) fn row(self) -> usize {
        self.0 as usize & (PART - 1)
    }

    fn part(self) -> usize {
        (self.0 as usize & ((1 << Self::ROW_BITS) - 1)) / PART
    }
}

fn rows<const FIRST: usize>(level: usize) -> usize {
    FIRST * GROWTH.pow(level as u32)
}

impl<P, const FIRST: usize, const LEVELS: usize> Parts<P, FIRST, LEVELS> {
    pub(crate) fn new() -> Self {
        const { assert!(LEVELS <= 11 && FIRST.is_power_of_two() && FIRST <= PART) };
        Self { levels: [const { OnceLock::new() }; LEVELS] }
    }

    /// The part of a further level that holds a place, if it has been needed yet.
    #[inline(always)]
    pub(crate) fn at(&self, place: Place) -> Option<&P> {
        self.levels.get(place.level().checked_sub(1)?)?.get()?.get(place.part())?.get()
    }

    /// The same, made with so many rows if need be.
    pub(crate) fn made_at(&self, place: Place, make: impl FnOnce(usize) -> P) -> Option<&P> {
        self.made(place.level(), place.part(), make)
    }

    /// Whether anything of a further level has been needed yet.
    pub(crate) fn has(&self, level: usize) -> bool {
        level.checked_sub(1).and_then(|further| self.levels.get(further)).is_some_and(|parts| parts.get().is_some())
    }

    /// The part of a level that a hash belongs to, if it has been needed yet.
    pub(crate) fn of_hash(&self, level: usize, hash: u64) -> Option<&P> {
        let parts = self.levels.get(level.checked_sub(1)?)?.get()?;
        parts.get(part_of(hash, parts.len()))?.get()
    }

    /// The same, made with so many rows if need be.
    pub(crate) fn made_of_hash(&self, level: usize, hash: u64, make: impl FnOnce(usize) -> P) -> Option<&P> {
        self.made(level, part_of(hash, rows::<FIRST>(level).div_ceil(PART)), make)
    }

    fn made(&self, level: usize, part: usize, make: impl FnOnce(usize) -> P) -> Option<&P> {
        let rows = rows::<FIRST>(level);
        let empty = || std::iter::repeat_with(OnceLock::new).take(rows.div_ceil(PART)).collect();
        let parts = self.levels.get(level.checked_sub(1)?)?.get_or_init(empty);
        Some(parts.get(part)?.get_or_init(|| make(rows.min(PART))))
    }

    /// All that have been needed.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &P> {
        self.levels.iter().filter_map(OnceLock::get).flatten().filter_map(OnceLock::get)
    }
}

/// By other bits than those that tell the row.
fn part_of(hash: u64, parts: usize) -> usize {
    (hash / PART as u64) as usize & (parts - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_row_of_its_own() {
        let parts: Parts<Vec<OnceLock<usize>>, 64, 7> = Parts::new();
        let make = |rows| std::iter::repeat_with(OnceLock::new).take(rows).collect();
        for number in 64..100_000 {
            let place = Place::nth::<64>(number);
            assert!(parts.made_at(place, make).is_some_and(|part| part[place.row()].set(number).is_ok()));
        }
        for number in 64..100_000 {
            let place = Place::nth::<64>(number);
            assert_eq!(parts.at(place).and_then(|part| part[place.row()].get()), Some(&number));
        }
        assert_eq!(Place::nth::<64>(63).level(), 0);
        let rows: usize = parts.iter().map(Vec::len).sum();
        assert!(rows < 100_000 + PART, "{rows}");
    }
}
