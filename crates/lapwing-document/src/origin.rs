//! Where the characters of a scalar's text stand in its file.

use std::ops::Range;

use crate::{Place, Position};

/// Where each character of a scalar's text is written: through quotes, escapes, folded lines and indentation.
///
/// It goes with the text it was read with; offsets are bytes of that text. An origin that was lost (the text was
/// substituted, say) answers with the place of the whole scalar.
///
/// ```
/// use lapwing_document::{Document, Options};
///
/// let text = "expr: |\n  sum(up)\n    > 1\n";
/// let document = Document::yaml("rules.yaml", text, &Options::STRICT);
/// let expr = document.roots()[0].get("expr").and_then(|node| node.scalar()).unwrap();
/// let at = expr.text.find('>').unwrap();
/// let place = expr.place_of(at..at + 3);
/// assert_eq!((place.line, place.column, place.width), (3, 5, 3));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    whole: Place,
    /// By rising offset; none if the origin is lost.
    segments: Box<[Segment]>,
}

/// Characters that follow each other in the text as in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// First byte of the text.
    pub(crate) offset: usize,
    pub(crate) at: Position,
    /// Columns in the file for each character: more than 1 for an escape, 0 for a line break.
    pub(crate) step: usize,
}

/// A segment has about as many bytes at most: its characters are counted to find one.
const LONGEST: usize = 4096;

impl Segment {
    /// The segments of a text that is written on one line as it is.
    pub(crate) fn run(text: &str, at: Position) -> Vec<Segment> {
        let mut segments = vec![Segment { offset: 0, at, step: 1 }];
        let mut next = LONGEST;
        if text.len() > LONGEST {
            for (before, (offset, _)) in text.char_indices().enumerate() {
                if offset >= next {
                    segments.push(Segment { offset, at: Position { column: at.column + before, ..at }, step: 1 });
                    next = offset + LONGEST;
                }
            }
        }
        segments
    }
}

impl Origin {
    /// One that knows the whole scalar only.
    pub fn lost(whole: Place) -> Self {
        Origin { whole, segments: Box::default() }
    }

    pub(crate) fn new(whole: Place, segments: Vec<Segment>) -> Self {
        Origin { whole, segments: segments.into() }
    }

    /// Where the whole scalar is, with its quotes.
    pub fn whole(&self) -> Place {
        self.whole
    }

    /// Whether places inside the scalar are known.
    pub fn is_known(&self) -> bool {
        !self.segments.is_empty()
    }

    /// Where the bytes `range` of `text` begin, as wide as what of them is on that line. An empty range points at the
    /// character behind it.
    pub fn place_of(&self, text: &str, range: Range<usize>) -> Place {
        self.places_of(text, range).first().copied().unwrap_or(self.whole)
    }

    /// Where the bytes `range` of `text` are: one place a line, in file order; never none.
    pub fn places_of(&self, text: &str, range: Range<usize>) -> Vec<Place> {
        let start = floor(text, range.start);
        let end = floor(text, range.end).max(start);
        let first = self.segments.partition_point(|segment| segment.offset <= start).saturating_sub(1);
        let mut places: Vec<Place> = Vec::new();
        for (index, segment) in self.segments.iter().enumerate().skip(first) {
            if index > first && segment.offset >= end {
                break;
            }
            let reach = self.segments.get(index + 1).map_or(text.len(), |next| next.offset).min(end.max(start));
            let from = start.max(segment.offset);
            let before = text.get(segment.offset..from).map_or(0, |before| before.chars().count());
            let count = text.get(from..reach).map_or(0, |part| part.chars().count());
            let place = Place {
                line: segment.at.line,
                column: segment.at.column + before * segment.step,
                width: (count * segment.step).max(1),
            };
            match places.last_mut() {
                Some(last) if segment.step == 0 && last.line <= place.line => {}
                Some(last) if last.line == place.line => {
                    last.width = (place.column + place.width).saturating_sub(last.column)
                }
                _ => places.push(place),
            }
        }
        if places.is_empty() {
            places.push(self.whole);
        }
        places
    }
}

/// The nearest offset at or before `offset` that is a character's.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|&offset| text.is_char_boundary(offset)).unwrap_or(0)
}

/// Gathers segments while a text is decoded.
#[derive(Debug, Default)]
pub(crate) struct Tracer {
    pub(crate) text: String,
    segments: Vec<Segment>,
    /// Where the last segment would go on.
    next: Option<Position>,
}

impl Tracer {
    /// A character that stands for itself.
    pub(crate) fn plain(&mut self, character: char, at: Position) {
        let long = self.segments.last().is_some_and(|last| self.text.len() - last.offset >= LONGEST);
        if long || self.next != Some(at) {
            self.segments.push(Segment { offset: self.text.len(), at, step: 1 });
        }
        self.text.push(character);
        self.next = Some(Position { column: at.column + 1, ..at });
    }

    /// A character written with `step` others; a line break, if that is 0.
    pub(crate) fn other(&mut self, character: char, at: Position, step: usize) {
        self.segments.push(Segment { offset: self.text.len(), at, step });
        self.text.push(character);
        self.next = None;
    }

    pub(crate) fn origin(self, whole: Place) -> (String, Origin) {
        (self.text, Origin::new(whole, self.segments))
    }
}
