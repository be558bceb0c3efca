//! Values that remember where they were written.

use std::ops::Deref;

use crate::Position;

/// A value and the place in the file that it was written at, so that what is wrong with it can be pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it begins.
    pub position: Position,
    /// How many characters it takes on its first line.
    pub width: usize,
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
