//! The label values of one series.

use crate::values::Value;

/// Values that are at hand; the others are in a box, which few instruments need.
const FEW: usize = 4;

/// The key of nearly all instruments.
pub(crate) type Few = [Value; FEW];

/// The label values of one series, by the instrument's keys.
///
/// Nearly all instruments have few labels. Arrays of a fixed size are filled and hashed without a loop; what is not used of
/// them is [`Value::NONE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    few: Few,
    many: Box<[Value]>,
}

impl Key {
    /// So many labels, all left out.
    #[inline(always)]
    pub(crate) fn new(labels: usize) -> Self {
        let many = if labels <= FEW { Box::default() } else { vec![Value::NONE; labels - FEW].into() };
        Self { few: [Value::NONE; FEW], many }
    }

    #[inline(always)]
    pub(crate) fn get(&self, label: usize) -> Value {
        match self.few.get(label) {
            Some(value) => *value,
            None => self.many.get(label - FEW).copied().unwrap_or(Value::NONE),
        }
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, label: usize, value: Value) {
        match self.few.get_mut(label) {
            Some(held) => *held = value,
            None => self.set_far(label - FEW, value),
        }
    }

    #[inline(never)]
    fn set_far(&mut self, label: usize, value: Value) {
        if let Some(held) = self.many.get_mut(label) {
            *held = value;
        }
    }

    /// Its values, if it holds no more than a few.
    #[inline(always)]
    pub(crate) fn few(&self) -> Option<&Few> {
        if self.many.is_empty() { Some(&self.few) } else { None }
    }

    /// Becomes a copy of `other`; allocates only if that has another number of labels.
    pub(crate) fn copy(&mut self, other: &Key) {
        self.few = other.few;
        if self.many.len() == other.many.len() {
            self.many.copy_from_slice(&other.many);
        } else {
            self.many.clone_from(&other.many);
        }
    }

    pub(crate) fn labels(&self) -> usize {
        FEW + self.many.len()
    }

    pub(crate) fn hash(&self, seeds: &Seeds) -> u64 {
        let far = |hash: u64, value: &Value| hash.rotate_left(5) ^ fold(value, seeds[0]);
        finish(self.many.iter().fold(sum(&self.few, seeds), far))
    }
}

/// What nobody outside knows.
pub(crate) type Seeds = [[u64; 2]; FEW];

/// The hash of a key that holds no more than a few values.
#[inline(always)]
pub(crate) fn hash_few(few: &Few, seeds: &Seeds) -> u64 {
    finish(sum(few, seeds))
}

/// A sum, not a chain: the processor works on all of them at a time.
#[inline(always)]
fn sum(few: &Few, seeds: &Seeds) -> u64 {
    few.iter().zip(seeds).fold(0, |sum: u64, (value, seed)| sum.wrapping_add(fold(value, *seed)))
}

/// The product of the two words, each made unknown by a seed, folded to one word.
#[inline(always)]
fn fold(value: &Value, seed: [u64; 2]) -> u64 {
    let [first, last] = value.words();
    let product = u128::from(first ^ seed[0]) * u128::from(last ^ seed[1]);
    (product >> 64) as u64 ^ product as u64
}

/// Brings the entropy of the high bits to the low ones.
#[inline(always)]
fn finish(hash: u64) -> u64 {
    hash.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_any_size_differ_in_each_label() {
        let seeds = [[3, 5], [7, 11], [13, 17], [19, 23]].map(|pair: [u64; 2]| pair.map(|seed| seed << 40 | seed));
        for labels in [0, 1, FEW, FEW + 1, 40] {
            let key = Key::new(labels);
            for label in 0..labels {
                let mut other = key.clone();
                other.set(label, Value::code(1));
                assert!(other.get(label) == Value::code(1) && key != other);
                assert_ne!(key.hash(&seeds), other.hash(&seeds));
                if let Some(few) = other.few() {
                    assert_eq!(hash_few(few, &seeds), other.hash(&seeds));
                }
            }
        }
    }
}
