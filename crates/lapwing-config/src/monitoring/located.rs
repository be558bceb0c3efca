//! Values that remember where they were written.

use std::{
    ops::{Deref, Range},
    time::Duration,
};

use lapwing_document::{Origin, Place};

use crate::Position;

/// A value and where in the file it is written, so that what is wrong with it can be pointed at: for a string each of its
/// characters.
///
/// ```
/// use lapwing_config::monitoring::{Condition, parse};
///
/// let text = "\
/// file_format: \"1.0\"
/// service: sigil
/// alerts:
///   - name: Filling
///     severity: warning
///     summary: the disk fills
///     condition:
///       promql: |
///         predict_linear(free_bytes[6h],
///                        86400) < 0
/// ";
/// let monitoring = parse(text, "monitoring.yaml")?;
/// let Condition::PromQl(promql) = &monitoring.alerts[0].condition else { panic!() };
/// let place = promql.place_of(promql.find("86400").unwrap()..promql.len());
/// assert_eq!((place.line, place.column, place.width), (10, 24, 10));
/// # Ok::<(), lapwing_config::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    origin: Origin,
    is_duration: bool,
}

impl<T> Located<T> {
    /// A value whose characters are where `origin` says.
    pub fn new(value: T, origin: Origin) -> Self {
        Located { value, origin, is_duration: false }
    }

    /// A value of which only the whole has a place.
    pub fn at(value: T, place: Place) -> Self {
        Located { value, origin: Origin::lost(place), is_duration: false }
    }

    /// Where the whole value is, with its quotes; of a block its first line with text.
    pub fn place(&self) -> Place {
        self.origin.whole()
    }

    /// Where it begins.
    pub fn position(&self) -> Position {
        self.place().position()
    }
}

impl Located<f64> {
    /// A number of seconds that was written as a duration, such as `500ms`.
    pub fn duration(time: Duration, place: Place) -> Self {
        Located { is_duration: true, ..Located::at(time.as_secs_f64(), place) }
    }

    /// Whether it was written as a duration.
    pub fn is_duration(&self) -> bool {
        self.is_duration
    }
}

impl<T: AsRef<str>> Located<T> {
    /// Where the bytes `range` of the text begin, as wide as what of them is on that line.
    pub fn place_of(&self, range: Range<usize>) -> Place {
        self.origin.place_of(self.value.as_ref(), range)
    }

    /// Where the bytes `range` of the text are, one place a line.
    pub fn places_of(&self, range: Range<usize>) -> Vec<Place> {
        self.origin.places_of(self.value.as_ref(), range)
    }
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
