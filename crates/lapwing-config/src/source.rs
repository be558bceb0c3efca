//! The text of a file by lines, and what of it must not be shown.

use std::collections::HashMap;

use crate::{Finding, Position, Severity};

/// A run of characters on one line; line and column count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) width: usize,
}

/// From where to where a node reaches; line and column count from 1, the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// A file's lines, and the parts to star out when one is shown.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    file: &'a str,
    lines: Vec<&'a str>,
    masks: HashMap<usize, Vec<(usize, usize)>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Source { file, lines: lines(text), masks: HashMap::new() }
    }

    pub(crate) fn line(&self, number: usize) -> &'a str {
        number.checked_sub(1).and_then(|index| self.lines.get(index)).copied().unwrap_or("")
    }

    /// What to underline for `extent`: its part on the first line, held inside the file.
    pub(crate) fn place(&self, extent: Extent) -> Place {
        let line = extent.start.line.clamp(1, self.lines.len());
        let length = self.line(line).chars().count();
        let column = extent.start.column.clamp(1, length + 1);
        let end = if extent.end.line == extent.start.line { extent.end.column } else { length + 1 };
        Place { line, column, width: end.min(length + 1).saturating_sub(column).max(1) }
    }

    /// Stars out `extent` wherever one of its lines is shown.
    pub(crate) fn mask(&mut self, extent: Extent) {
        let last = extent.end.line.min(self.lines.len());
        for line in extent.start.line..=last {
            let from = if line == extent.start.line { extent.start.column } else { 1 };
            let to = if line == extent.end.line { extent.end.column } else { usize::MAX };
            self.masks.entry(line).or_default().push((from, to));
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

    pub(crate) fn finding(&self, severity: Severity, place: Place, message: String, help: Option<String>) -> Finding {
        Finding {
            severity,
            file: self.file.to_owned(),
            position: Position { line: place.line, column: place.column },
            line_text: self.shown(place.line),
            width: place.width,
            message,
            help,
        }
    }
}

/// Lines as YAML breaks them: at `\n`, `\r\n` and a lone `\r`. Always at least one.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r']) {
        lines.push(&rest[..end]);
        rest = rest[end..].strip_prefix("\r\n").unwrap_or(&rest[end + 1..]);
    }
    lines.push(rest);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_line_breaks_end_a_line() {
        assert_eq!(lines("a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(lines(""), [""]);
    }

    #[test]
    fn masked_columns_are_starred_and_the_rest_keeps_its_place() {
        let mut source = Source::new("f", "a: secret # note");
        source.mask(Extent { start: Position { line: 1, column: 4 }, end: Position { line: 1, column: 10 } });
        assert_eq!(source.shown(1), "a: ****** # note");
    }
}
