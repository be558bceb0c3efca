//! From places inside a document to places in a file, also where a document stands inside a scalar of another.

use std::{ops::Range, sync::Arc};

use lapwing_document::{Extent, Node, Origin, Place, Position, Scalar, Source};

/// Which file of a [`Project`](crate::Project).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub(crate) usize);

/// A run of characters in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spot {
    /// Which file.
    pub file: FileId,
    /// Where in it.
    pub place: Place,
}

/// Where a document stands: it is a file, or a scalar of one (a dashboard in a ConfigMap).
#[derive(Debug)]
pub struct Frame {
    file: FileId,
    inside: Option<Inside>,
}

#[derive(Debug)]
struct Inside {
    outer: Arc<Frame>,
    text: Source,
    origin: Origin,
}

impl Frame {
    pub(crate) fn file(file: FileId) -> Arc<Frame> {
        Arc::new(Frame { file, inside: None })
    }

    /// The frame of a document that is the text of `scalar`.
    pub(crate) fn inside(outer: &Arc<Frame>, scalar: &Scalar) -> Arc<Frame> {
        let text = Source::new("", &scalar.text);
        let inside = Inside { outer: outer.clone(), origin: scalar.origin.clone(), text };
        Arc::new(Frame { file: outer.file, inside: Some(inside) })
    }

    /// Whether the document is all of a file.
    pub(crate) fn is_file(&self) -> bool {
        self.inside.is_none()
    }

    /// Which file it is in the end.
    pub fn file_id(&self) -> FileId {
        self.file
    }

    /// Where `place` of the document is in the file.
    pub fn spot(&self, place: Place) -> Spot {
        match &self.inside {
            None => Spot { file: self.file, place },
            Some(inside) => inside.outer.spot(inside.place(place)),
        }
    }

    /// Where a node is.
    pub fn at(&self, node: &Node) -> Spot {
        self.spot(node.place)
    }

    /// From where to where a node reaches.
    pub(crate) fn extent(&self, extent: Extent) -> (Position, Position) {
        let position = |position: Position| {
            let place = Place { line: position.line, column: position.column, width: 1 };
            self.spot(place).place.position()
        };
        (position(extent.start), position(extent.end))
    }

    /// The scalar that a node is, whatever its type; none of null, lists and mappings.
    pub fn text(self: &Arc<Self>, node: &Node) -> Option<Text> {
        let scalar = node.scalar().filter(|_| !node.is_null())?;
        Some(Text { value: scalar.text.clone(), whole: node.place, origin: scalar.origin.clone(), frame: self.clone() })
    }
}

impl Inside {
    fn place(&self, place: Place) -> Place {
        let text = self.text.text();
        let offset = |column| self.text.offset(Position { line: place.line, column }).unwrap_or(text.len());
        self.origin.place_of(text, offset(place.column)..offset(place.column + place.width))
    }
}

/// A scalar with the places of its characters.
#[derive(Clone, Debug)]
pub struct Text {
    /// What it says, decoded.
    pub value: String,
    whole: Place,
    origin: Origin,
    frame: Arc<Frame>,
}

impl Text {
    /// All of it.
    pub fn spot(&self) -> Spot {
        self.frame.spot(self.whole)
    }

    /// The bytes `range` of the value.
    pub fn within(&self, range: Range<usize>) -> Spot {
        self.frame.spot(self.origin.place_of(&self.value, range))
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.value
    }
}
