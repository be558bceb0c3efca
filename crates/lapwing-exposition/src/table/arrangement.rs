//! Which series a table holds, and in which order.

use std::{hash::BuildHasher, mem};

use foldhash::{HashMap, fast::RandomState};
use opentelemetry::KeyValue;

use crate::{Labels, Number, token::write_labels};

use super::{NEW, Row, Table, Unkept, point::Point};

impl Table {
    /// Takes the series of `points`, in their order. What is known of them is kept, the values of new ones are not yet taken;
    /// those that are no longer there are dropped with all their text.
    pub(super) fn rearrange<'a, P: Point + 'a>(
        &mut self,
        points: impl Iterator<Item = &'a P>,
        mut labels: impl FnMut(&'a P) -> Option<Labels>,
    ) -> Result<(), Unkept> {
        let known = Known::of(&self.rows);
        let width = self.bounds.len();
        let mut old: Vec<Option<Row>> = mem::take(&mut self.rows).into_iter().map(Some).collect();
        let old_counts = mem::take(&mut self.counts);
        let old_changed = mem::take(&mut self.changed);
        let mut places = vec![NEW; old.len()];
        let mut added: Vec<u32> = Vec::new();
        for point in points {
            let here = self.rows.len() as u32;
            let before = known.find(&old, || point.attributes());
            // The same attributes twice: the second is another series, of the same labels.
            match before.and_then(|before| Some((before, old[before].take()?))) {
                Some((before, row)) => {
                    self.rows.push(row);
                    self.counts.extend_from_slice(&old_counts[before * width..(before + 1) * width]);
                    self.changed.push(old_changed[before]);
                    places[before] = here;
                }
                // Of a series that is left out not even the labels are looked at.
                None if self.refuses(point.number()) => return Err(Unkept),
                None => {
                    self.rows.push(new_row(point, labels(point).ok_or(Unkept)?));
                    self.counts.resize(self.counts.len() + width, 0);
                    self.changed.push(self.gather);
                    added.push(here);
                }
            }
        }
        self.reorder(&places, added)
    }

    /// `places` has for each old row the new one, `added` the rows that are new.
    fn reorder(&mut self, places: &[u32], mut added: Vec<u32>) -> Result<(), Unkept> {
        let rows = &self.rows;
        let labels = |row: u32| &rows[row as usize].labels;
        added.sort_by(|a, b| labels(*a).cmp(labels(*b)));
        let mut added = added.into_iter().peekable();
        let (mut order, mut moved) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for (position, row) in self.order.iter().enumerate() {
            let row = places[*row as usize];
            if row == NEW {
                continue;
            }
            while let Some(new) = added.next_if(|new| labels(*new) <= labels(row)) {
                order.push(new);
                moved.push(NEW);
            }
            order.push(row);
            moved.push(position as u32);
        }
        moved.extend(added.clone().map(|_| NEW));
        order.extend(added);
        if !order.is_sorted_by(|a, b| labels(*a) < labels(*b)) {
            return Err(Unkept);
        }
        if !moved.iter().copied().eq(0..self.order.len() as u32) {
            for text in &mut self.texts {
                text.rearrange(&moved);
            }
        }
        self.order = order;
        Ok(())
    }
}

/// Its values are not taken yet.
fn new_row<P: Point>(point: &P, labels: Labels) -> Row {
    let mut text = Vec::new();
    write_labels(&mut text, &labels);
    Row {
        attributes: point.attributes().cloned().collect(),
        labels,
        labels_length: text.len(),
        // None that can be measured, so that the first one is taken for a change.
        number: Number::Float(f64::NAN),
        fell: false,
        exemplars: Vec::new(),
    }
}

/// Rows by their attributes.
struct Known {
    hasher: RandomState,
    /// The first row of each hash.
    first: HashMap<u64, u32>,
    /// The next row of the same hash.
    next: Vec<u32>,
}

impl Known {
    fn of(rows: &[Row]) -> Known {
        let hasher = RandomState::default();
        let mut first = HashMap::with_capacity_and_hasher(rows.len(), Default::default());
        let mut next = vec![NEW; rows.len()];
        for (at, row) in rows.iter().enumerate() {
            let hash = hash(&hasher, row.attributes.iter());
            if let Some(before) = first.insert(hash, at as u32) {
                next[at] = before;
            }
        }
        Known { hasher, first, next }
    }

    fn find<'a, I: Iterator<Item = &'a KeyValue>>(
        &self,
        rows: &[Option<Row>],
        attributes: impl Fn() -> I,
    ) -> Option<usize> {
        let mut at = *self.first.get(&hash(&self.hasher, attributes()))?;
        loop {
            if let Some(row) = &rows[at as usize]
                && row.attributes.iter().eq(attributes())
            {
                return Some(at as usize);
            }
            at = self.next[at as usize];
            if at == NEW {
                return None;
            }
        }
    }
}

fn hash<'a>(hasher: &RandomState, attributes: impl Iterator<Item = &'a KeyValue>) -> u64 {
    attributes.fold(0, |hash: u64, attribute| hash.rotate_left(5) ^ hasher.hash_one(attribute))
}
