//! The text of a file by lines, and what of it must not be shown.

use std::{collections::HashMap, ops::Range};

use crate::{Excerpt, Extent, Place};

/// A file's text by lines, and the parts to star out when one is shown.
#[derive(Clone, Debug)]
pub struct Source {
    file: String,
    text: String,
    lines: Vec<Line>,
    masks: HashMap<usize, Vec<(usize, usize)>>,
}

#[derive(Clone, Debug)]
struct Line {
    bytes: Range<usize>,
    /// Length in characters.
    length: usize,
}

impl Source {
    /// A file of this name with this text. A byte order mark is no part of the text and left out: it would shift the
    /// first line's columns.
    pub fn new(file: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        let lines = lines(&text);
        Source { file: file.into(), text, lines, masks: HashMap::new() }
    }

    /// The file's name, as given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many lines there are; at least one.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// A line by its number, without its break, nothing starred out; empty if there is none.
    pub fn line(&self, number: usize) -> &str {
        let line = number.checked_sub(1).and_then(|index| self.lines.get(index));
        line.and_then(|line| self.text.get(line.bytes.clone())).unwrap_or("")
    }

    /// Length of a line in characters.
    fn length(&self, number: usize) -> usize {
        number.checked_sub(1).and_then(|index| self.lines.get(index)).map_or(0, |line| line.length)
    }

    /// The bytes of a line, and its length in characters.
    pub(crate) fn measure(&self, number: usize) -> Option<(Range<usize>, usize)> {
        number.checked_sub(1).and_then(|index| self.lines.get(index)).map(|line| (line.bytes.clone(), line.length))
    }

    /// What to underline for `extent`: its part on the first line, held inside the file.
    pub fn place(&self, extent: Extent) -> Place {
        let line = extent.start.line.clamp(1, self.lines.len());
        let length = self.length(line);
        let column = extent.start.column.clamp(1, length + 1);
        let end = if extent.end.line == extent.start.line { extent.end.column } else { length + 1 };
        Place { line, column, width: end.min(length + 1).saturating_sub(column).max(1) }
    }

    /// Stars out `extent` wherever one of its lines is shown.
    pub fn mask(&mut self, extent: Extent) {
        let last = extent.end.line.min(self.lines.len());
        for line in extent.start.line..=last {
            let from = if line == extent.start.line { extent.start.column } else { 1 };
            let to = if line == extent.end.line { extent.end.column } else { usize::MAX };
            self.masks.entry(line).or_default().push((from, to));
        }
    }

    /// The line at `place` as it may be shown, with what to underline.
    pub fn excerpt(&self, place: Place) -> Excerpt {
        Excerpt {
            file: self.file.clone(),
            position: place.position(),
            line_text: self.shown(place.line),
            width: place.width,
            label: None,
        }
    }

    /// The line as it may be shown: secrets starred out, control characters replaced.
    fn shown(&self, line: usize) -> String {
        let masks = self.masks.get(&line).map_or(&[][..], Vec::as_slice);
        let shown = self.line(line).chars().enumerate().map(|(index, character)| {
            let column = index + 1;
            match character {
                _ if masks.iter().any(|&(from, to)| (from..to).contains(&column)) && !character.is_whitespace() => '*',
                '\t' => ' ',
                _ if character.is_control() => char::REPLACEMENT_CHARACTER,
                _ => character,
            }
        });
        shown.collect()
    }
}

/// Lines as YAML breaks them: at `\n`, `\r\n` and a lone `\r`. Always at least one.
fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut add = |bytes: Range<usize>| lines.push(Line { length: text[bytes.clone()].chars().count(), bytes });
    while let Some(length) = text[start..].find(['\n', '\r']) {
        let end = start + length;
        add(start..end);
        start = end + if text[end..].starts_with("\r\n") { 2 } else { 1 };
    }
    add(start..text.len());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Position;

    fn split(text: &str) -> Vec<String> {
        let source = Source::new("f", text);
        (1..=source.line_count()).map(|number| source.line(number).to_owned()).collect()
    }

    #[test]
    fn all_three_line_breaks_end_a_line() {
        assert_eq!(split("a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(split(""), [""]);
    }

    #[test]
    fn masked_columns_are_starred_and_the_rest_keeps_its_place() {
        let mut source = Source::new("f", "a: secret # note");
        source.mask(Extent { start: Position { line: 1, column: 4 }, end: Position { line: 1, column: 10 } });
        assert_eq!(source.shown(1), "a: ****** # note");
    }
}
