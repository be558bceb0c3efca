//! Label values, short ones as they are, long ones by number.

use std::{hash::BuildHasher as _, sync::Arc};

use crate::{append_table::AppendTable, index::Inserted, parts::Place};

/// A label value in two words, so that it is copied, hashed and compared without a call. Equal for equal texts.
///
/// The lowest byte of the second word tells what it is. A text of up to 15 bytes is held as it is; a longer one by its number
/// among [`Values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    first: u64,
    last: u64,
}

/// The lowest byte of [`Value::last`]: that of a held text is its length and [`HELD`].
const NONE: u8 = 0;
const UNKNOWN: u8 = 1;
const NUMBERED: u8 = 2;
const CODE: u8 = 3;
const HELD: u8 = 0x10;

/// Longest text that is held.
const LONGEST: usize = 15;

impl Value {
    /// There is no value: the label is left out.
    pub(crate) const NONE: Value = Value { first: 0, last: NONE as u64 };
    /// There is a value, but its text is long and has no number (yet).
    pub(crate) const UNKNOWN: Value = Value { first: 0, last: UNKNOWN as u64 };

    /// Not a text, but a number with a meaning of its own.
    pub(crate) const fn code(code: u64) -> Self {
        Self { first: code, last: CODE as u64 }
    }

    #[inline(always)]
    pub(crate) fn words(self) -> [u64; 2] {
        [self.first, self.last]
    }

    #[inline(always)]
    pub(crate) fn from_words([first, last]: [u64; 2]) -> Self {
        Self { first, last }
    }

    #[inline(always)]
    pub(crate) fn is_none(self) -> bool {
        self.last == u64::from(NONE)
    }

    #[inline(always)]
    pub(crate) fn is_unknown(self) -> bool {
        self.last == u64::from(UNKNOWN)
    }

    /// The value of a short text.
    #[inline(always)]
    pub(crate) const fn held(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let tag = bytes.len() as u64 | HELD as u64;
        if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            if bytes.len() > LONGEST {
                return None;
            }
            // The two words overlap by at least the byte that the tag takes.
            let last = u64::from_le_bytes(*last) & !0xFF | tag;
            return Some(Self { first: u64::from_le_bytes(*first), last });
        }
        let first = if let (Some(low), Some(high)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            (u32::from_le_bytes(*high) as u64) << 32 | u32::from_le_bytes(*low) as u64
        } else if let [first, .., last] = *bytes {
            first as u64 | (bytes[bytes.len() / 2] as u64) << 8 | (last as u64) << 16
        } else if let [only] = *bytes {
            only as u64 | (only as u64) << 8 | (only as u64) << 16
        } else {
            0
        };
        Some(Self { first, last: tag })
    }

    /// The text of a held value.
    fn text(self) -> Option<String> {
        let [first, last] = self.words().map(u64::to_le_bytes);
        let length = usize::from(last[0].checked_sub(HELD)?);
        let mut bytes = [0; LONGEST];
        match length {
            8..=LONGEST => {
                bytes[..8].copy_from_slice(&first);
                bytes[length - 7..length].copy_from_slice(&last[1..]);
            }
            4..=7 => {
                bytes[..4].copy_from_slice(&first[..4]);
                bytes[length - 4..length].copy_from_slice(&first[4..]);
            }
            1..=3 => {
                bytes[0] = first[0];
                bytes[length / 2] = first[1];
                bytes[length - 1] = first[2];
            }
            _ => {}
        }
        String::from_utf8(bytes.get(..length)?.to_vec()).ok()
    }
}

/// All texts that a series has or that a rule names, once each.
///
/// Texts enter when a series with them is admitted, so there are no more than the series limits let in, whatever the
/// spans carry.
#[derive(Debug)]
pub(crate) struct Values {
    hasher: foldhash::quality::RandomState,
    /// Of 22 million slots, as each series of each instrument may bring values of its own.
    texts: AppendTable<Arc<str>, 10>,
}

impl Values {
    pub(crate) fn new() -> Self {
        Self { hasher: foldhash::quality::RandomState::default(), texts: AppendTable::new() }
    }

    /// The value of a text; [`Value::UNKNOWN`] if it is long and has not been taken in.
    #[inline(always)]
    pub(crate) fn find(&self, text: &str) -> Value {
        Value::held(text).unwrap_or_else(|| self.find_long(text))
    }

    #[inline(never)]
    fn find_long(&self, text: &str) -> Value {
        let found = self.texts.find(self.hasher.hash_one(text), |known| **known == *text);
        found.map_or(Value::UNKNOWN, |(_, place)| numbered(place))
    }

    /// The value of a text from now on. Unknown only if the table is full, which takes millions of values.
    pub(crate) fn intern(&self, text: &str) -> Value {
        Value::held(text).unwrap_or_else(|| self.take_in(text).map_or(Value::UNKNOWN, |(_, place)| numbered(place)))
    }

    /// A copy of the text of a value.
    pub(crate) fn text(&self, value: Value) -> Option<String> {
        if value.last as u8 == NUMBERED {
            return self.texts.at(Place::from_u32(value.first as u32)).map(ToString::to_string);
        }
        value.text()
    }

    /// The text of a value that a series has, shared by all who ask for it.
    pub(crate) fn shared(&self, value: Value) -> Option<Arc<str>> {
        if value.last as u8 == NUMBERED {
            return self.texts.at(Place::from_u32(value.first as u32)).map(Arc::clone);
        }
        let text = value.text()?;
        Some(self.take_in(&text).map_or_else(|| text.as_str().into(), |(shared, _)| Arc::clone(shared)))
    }

    fn take_in(&self, text: &str) -> Option<(&Arc<str>, Place)> {
        let (hash, same) = (self.hasher.hash_one(text), |known: &Arc<str>| **known == *text);
        if let Some(known) = self.texts.find(hash, same) {
            return Some(known);
        }
        match self.texts.insert(hash, text.into(), same) {
            Inserted::Added(known) | Inserted::Present(known) => Some(known),
            Inserted::Full => None,
        }
    }
}

fn numbered(place: Place) -> Value {
    Value { first: place.as_u32().into(), last: NUMBERED.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_any_byte_or_in_length_are_told_apart() {
        let values = Values::new();
        let mut texts: Vec<String> = (0..40).map(|length| "a".repeat(length)).collect();
        for length in 1..40 {
            for place in 0..length {
                let mut text = "a".repeat(length);
                text.replace_range(place..=place, "b");
                texts.push(text);
            }
        }
        texts.extend(["\0", "\0\0", "a\0", "é", "🦀🦀", "ab", "ba", "abc", "cba", "aab"].map(str::to_owned));
        texts.sort();
        texts.dedup();
        let known: Vec<_> = texts.iter().map(|text| values.intern(text)).collect();
        for (index, (value, text)) in known.iter().zip(&texts).enumerate() {
            assert!(!known[..index].contains(value), "{text:?}");
            assert_eq!((values.find(text), values.text(*value).as_deref()), (*value, Some(text.as_str())));
            assert_eq!(values.shared(*value).as_deref(), Some(text.as_str()));
        }
    }

    #[test]
    fn a_long_text_is_unknown_until_it_is_taken_in_and_a_short_one_never() {
        let values = Values::new();
        assert!(!values.find("fifteen bytes..").is_unknown());
        assert!(values.find("of sixteen bytes").is_unknown());
        let long = values.intern("of sixteen bytes");
        assert!(values.find("of sixteen bytes") == long && !long.is_unknown());
    }

    #[test]
    fn only_what_a_series_has_is_kept() {
        let values = Values::new();
        for n in 0..1000 {
            let value = values.find(&n.to_string());
            assert!(values.text(value).is_some() && values.find(&format!("a long text, number {n}")).is_unknown());
        }
        assert_eq!(values.texts.iter().count(), 0);
    }

    #[test]
    fn what_is_no_text_has_none() {
        let values = Values::new();
        for value in [Value::NONE, Value::UNKNOWN, Value::code(7)] {
            assert!(values.text(value).is_none() && values.shared(value).is_none());
            assert_eq!(Value::from_words(value.words()), value);
        }
        assert!(Value::NONE.is_none() && !Value::UNKNOWN.is_none() && !Value::code(0).is_none());
    }
}
