//! Where something is in a file.

/// A place in a file, both counted from 1; columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// A run of characters on one line; line and column count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
    /// How many characters; at least 1.
    pub width: usize,
}

/// From where to where a node reaches; line and column count from 1, the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Its first character.
    pub start: Position,
    /// Behind its last character.
    pub end: Position,
}

impl Place {
    /// The very beginning of a file.
    pub const START: Place = Place { line: 1, column: 1, width: 1 };

    /// Where it begins.
    pub fn position(self) -> Position {
        Position { line: self.line, column: self.column }
    }
}
