//! The text of a file by lines, and what of it must not be shown.

use std::{collections::HashMap, ops::Range};

use crate::{Excerpt, Extent, Place, Position};

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
    /// Where each [`STRIDE`]th character begins, if characters are not bytes: lines can be megabytes long.
    strides: Vec<usize>,
}

/// Characters from one known offset of a line to the next.
const STRIDE: usize = 1024;
/// Longer lines are shown in part.
const LONGEST: usize = 160;
/// What is shown of such a line, in characters: before the place, and in all.
const BEFORE: usize = 40;
const WINDOW: usize = 120;

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

    /// Where in the text a line begins; none if there is no such line.
    pub(crate) fn start(&self, number: usize) -> Option<usize> {
        number.checked_sub(1).and_then(|index| self.lines.get(index)).map(|line| line.bytes.start)
    }

    /// Where in the text a place is; the line's end for columns behind it, none if there is no such line. Takes the same
    /// time wherever on a line it is.
    pub fn offset(&self, position: Position) -> Option<usize> {
        let line = self.lines.get(position.line.checked_sub(1)?)?;
        let before = position.column.checked_sub(1)?;
        if line.strides.is_empty() || before >= line.length {
            return Some(if before >= line.length { line.bytes.end } else { line.bytes.start + before });
        }
        let start = *line.strides.get(before / STRIDE)?;
        let rest = self.text.get(start..line.bytes.end)?;
        Some(start + rest.char_indices().nth(before % STRIDE).map_or(rest.len(), |(index, _)| index))
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

    /// The line at `place` as it may be shown, with what to underline; of a long line only what is around it.
    pub fn excerpt(&self, place: Place) -> Excerpt {
        let length = self.length(place.line);
        let Place { line, column, width } = place;
        let shown = if length <= LONGEST {
            1..length + 1
        } else {
            let start = column.saturating_sub(BEFORE).min(length + 1 - WINDOW).max(1);
            start..start + WINDOW
        };
        let cut = shown.start - 1;
        // What is underlined is not longer than what is shown of it.
        let width = if length <= LONGEST { width } else { width.min(shown.end.saturating_sub(column)).max(1) };
        let line_text = self.shown(line, shown);
        Excerpt { file: self.file.clone(), position: place.position(), line_text, cut, width, label: None }
    }

    /// Columns of a line as they may be shown: secrets starred out, control characters replaced, an ellipsis for the
    /// first or last character if there are more.
    fn shown(&self, line: usize, columns: Range<usize>) -> String {
        let masks = self.masks.get(&line).map_or(&[][..], Vec::as_slice);
        let masks: Vec<_> = masks.iter().filter(|(from, to)| *from < columns.end && *to > columns.start).collect();
        let last = self.length(line);
        let start = self.offset(Position { line, column: columns.start });
        let rest = start.and_then(|start| self.text.get(start..)).unwrap_or_default();
        let shown = rest.chars().zip(columns.clone()).map(|(character, column)| match character {
            _ if column == columns.start && column > 1 => '…',
            _ if column + 1 == columns.end && column < last => '…',
            _ if masks.iter().any(|(from, to)| (*from..*to).contains(&column)) && !character.is_whitespace() => '*',
            '\t' => ' ',
            _ if character.is_control() => char::REPLACEMENT_CHARACTER,
            _ => character,
        });
        shown.collect()
    }
}

/// Lines as YAML breaks them: at `\n`, `\r\n` and a lone `\r`. Always at least one.
fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut add = |bytes: Range<usize>| {
        let length = text[bytes.clone()].chars().count();
        let strides = if length == bytes.len() {
            Vec::new()
        } else {
            let each = text[bytes.clone()].char_indices().step_by(STRIDE);
            each.map(|(offset, _)| bytes.start + offset).collect()
        };
        lines.push(Line { bytes, length, strides });
    };
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
        assert_eq!(source.excerpt(Place::START).line_text, "a: ****** # note");
    }

    #[test]
    fn of_a_long_line_only_what_is_around_the_place_is_shown() {
        let line = "é".repeat(3_000) + "here" + &"x".repeat(70_000);
        let mut source = Source::new("f", &format!("a\n{line}\nb"));
        let excerpt = source.excerpt(Place { line: 2, column: 3_001, width: 4 });
        assert_eq!(excerpt.line_text, format!("…{}here{}…", "é".repeat(39), "x".repeat(75)));
        assert_eq!((excerpt.cut, excerpt.position.column, excerpt.width), (2_960, 3_001, 4));
        let end = source.excerpt(Place { line: 2, column: 73_005, width: 1 });
        assert_eq!((end.line_text, end.cut), (format!("…{}", "x".repeat(119)), 72_884));
        let wide = source.excerpt(Place { line: 2, column: 1, width: 73_004 });
        assert_eq!((wide.line_text, wide.cut, wide.width), (format!("{}…", "é".repeat(119)), 0, 120));
        source.mask(Extent { start: Position { line: 2, column: 3_001 }, end: Position { line: 2, column: 3_005 } });
        let masked = source.excerpt(Place { line: 2, column: 3_001, width: 4 }).line_text;
        assert_eq!(masked, format!("…{}****{}…", "é".repeat(39), "x".repeat(75)));
    }

    #[test]
    fn offsets_are_those_of_the_characters() {
        let text = format!("{}\r\n{}\n", "aé".repeat(2_000), "b".repeat(3));
        let source = Source::new("f", &text);
        let mut column = 0;
        for (offset, character) in text.char_indices().take(4_000) {
            column += 1;
            assert_eq!(source.offset(Position { line: 1, column }), Some(offset), "{column} {character}");
        }
        assert_eq!(source.offset(Position { line: 1, column: 9_999 }), Some(6_000));
        assert_eq!(source.offset(Position { line: 2, column: 3 }), Some(6_004));
        assert_eq!(source.offset(Position { line: 2, column: 9 }), Some(6_005));
        assert_eq!(source.offset(Position { line: 4, column: 1 }), None);
    }
}
