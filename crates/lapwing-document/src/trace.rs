//! Finds the characters of a decoded YAML scalar again in the text of its file.
//!
//! The parser gives the decoded text and where the scalar begins; this decodes once more and notes where each character
//! came from. Where the two should ever differ, the origin is lost instead of wrong.

use saphyr_parser::ScalarStyle;

use crate::{
    Origin, Place, Position, Source,
    origin::{Segment, Tracer},
};

/// A scalar as the parser has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parsed<'a> {
    pub(crate) style: ScalarStyle,
    pub(crate) text: &'a str,
    /// Where it begins: at its anchor or tag, else at its quote, or of a block at its first line with text.
    pub(crate) at: Position,
    /// The same as an offset of the source.
    pub(crate) offset: usize,
    /// Whether it has an anchor or a tag.
    pub(crate) has_properties: bool,
    pub(crate) whole: Place,
}

/// Where the characters of a scalar are.
pub(crate) fn trace(source: &Source, parsed: Parsed<'_>) -> Origin {
    let Parsed { style, text, at, offset, has_properties, whole } = parsed;
    let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    let Some(rest) = source.text().get(offset..) else { return Origin::lost(whole) };
    let mut walk = Walk { rest, at, tracer: Tracer::default() };
    if has_properties {
        walk.properties();
    }
    if let Some(column) = simple(style, walk.rest, text) {
        let at = Position { column: walk.at.column + column, ..walk.at };
        return Origin::new(whole, Segment::run(text, at));
    }
    match style {
        // Nothing but breaks: the parser does not say where they are.
        _ if is_block && text.trim_start_matches('\n').is_empty() => return Origin::lost(whole),
        ScalarStyle::Literal | ScalarStyle::Folded if has_properties => walk.behind_header(text),
        ScalarStyle::Literal | ScalarStyle::Folded => {
            // The empty lines before the first one with text are part of the block.
            let line = at.line.saturating_sub(text.len() - text.trim_start_matches('\n').len());
            let start = source.start(line).and_then(|start| source.text().get(start..));
            let Some(rest) = start else { return Origin::lost(whole) };
            (walk.rest, walk.at) = (rest, Position { line, column: 1 });
            walk.block(at.column.saturating_sub(1), text)
        }
        ScalarStyle::Plain => walk.flow(None, text),
        ScalarStyle::SingleQuoted => walk.flow(Some('\''), text),
        ScalarStyle::DoubleQuoted => walk.flow(Some('"'), text),
    };
    // A walk that gave up has found another text.
    let (found, origin) = walk.tracer.origin(whole);
    if found == text { origin } else { Origin::lost(whole) }
}

/// At which column `text` begins if it is written as it is, on one line.
fn simple(style: ScalarStyle, raw: &str, text: &str) -> Option<usize> {
    let quote = match style {
        ScalarStyle::Plain => return (raw.starts_with(text) && !text.contains(['\n', '\r'])).then_some(0),
        ScalarStyle::SingleQuoted => '\'',
        ScalarStyle::DoubleQuoted => '"',
        ScalarStyle::Literal | ScalarStyle::Folded => return None,
    };
    let inside = raw.strip_prefix(quote)?;
    let as_it_is = inside.strip_prefix(text)?.starts_with(quote) && !text.contains(['\n', '\r', '\\', quote]);
    as_it_is.then_some(1)
}

fn is_white(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// What is still to be read of the file, and what was found.
struct Walk<'a> {
    rest: &'a str,
    at: Position,
    tracer: Tracer,
}

impl Walk<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Goes behind the next character, a line break (`\r\n` is one) included.
    fn skip(&mut self) -> Option<char> {
        let character = self.peek()?;
        let length = if self.rest.starts_with("\r\n") { 2 } else { character.len_utf8() };
        self.rest = &self.rest[length..];
        if matches!(character, '\n' | '\r') {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(character)
    }

    /// Goes behind anchor and tag, which no scalar begins like.
    fn properties(&mut self) {
        while matches!(self.peek(), Some('&' | '!')) {
            while self.peek().is_some_and(|character| !is_white(character)) {
                self.skip();
            }
            self.breaks();
            // A comment may stand between a tag and its value.
            while self.peek() == Some('#') {
                while !matches!(self.peek(), None | Some('\n' | '\r')) {
                    self.skip();
                }
                self.breaks();
            }
        }
    }

    fn plain(&mut self, character: char) {
        self.tracer.plain(character, self.at);
        self.skip();
    }

    /// A plain or quoted scalar: lines are folded, in quotes there are escapes.
    fn flow(&mut self, quote: Option<char>, text: &str) -> Option<()> {
        if quote.is_some() {
            self.skip();
        }
        while self.tracer.text.len() < text.len() {
            let character = self.peek()?;
            match character {
                _ if is_white(character) => self.white(),
                '\'' if quote == Some('\'') => {
                    self.tracer.other('\'', self.at, 2);
                    self.skip();
                    self.skip();
                }
                '\\' if quote == Some('"') => self.escape()?,
                _ => self.plain(character),
            }
        }
        Some(())
    }

    /// Blanks stand for themselves, but around line breaks; one break is a blank, of more the first is nothing.
    fn white(&mut self) {
        let run = self.rest.len() - self.rest.trim_start_matches(is_white).len();
        if !self.rest[..run].contains(['\n', '\r']) {
            while let Some(character @ (' ' | '\t')) = self.peek() {
                self.plain(character);
            }
            return;
        }
        match self.breaks().as_slice() {
            [one] => self.tracer.other(' ', *one, 0),
            more => more.iter().skip(1).for_each(|&at| self.tracer.other('\n', at, 0)),
        }
    }

    /// Goes behind all white space and says where its line breaks were.
    fn breaks(&mut self) -> Vec<Position> {
        let mut breaks = Vec::new();
        while let Some(character) = self.peek().filter(|&character| is_white(character)) {
            if matches!(character, '\n' | '\r') {
                breaks.push(self.at);
            }
            self.skip();
        }
        breaks
    }

    fn escape(&mut self) -> Option<()> {
        let at = self.at;
        self.skip();
        let character = self.peek()?;
        let digits = match character {
            '\n' | '\r' => {
                // The break itself is nothing; empty lines after it are breaks.
                let breaks = self.breaks();
                breaks.iter().skip(1).for_each(|&at| self.tracer.other('\n', at, 0));
                return Some(());
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        self.skip();
        let decoded = if digits > 0 {
            let code = u32::from_str_radix(self.rest.get(..digits)?, 16).ok()?;
            for _ in 0..digits {
                self.skip();
            }
            char::from_u32(code)?
        } else {
            match character {
                '0' => '\0',
                'a' => '\x07',
                'b' => '\x08',
                't' => '\t',
                'n' => '\n',
                'v' => '\x0b',
                'f' => '\x0c',
                'r' => '\r',
                'e' => '\x1b',
                'N' => '\u{85}',
                '_' => '\u{a0}',
                'L' => '\u{2028}',
                'P' => '\u{2029}',
                other => other,
            }
        };
        self.tracer.other(decoded, at, self.at.column.saturating_sub(at.column));
        Some(())
    }

    /// A block scalar from its header on. The decoded text says how deep it is indented.
    fn behind_header(&mut self, text: &str) -> Option<()> {
        while !matches!(self.skip()?, '\n' | '\r') {}
        self.block(indentation(self.rest, text)?, text)
    }

    /// The lines of a block scalar. The decoded text says which breaks were folded.
    fn block(&mut self, indentation: usize, text: &str) -> Option<()> {
        let mut breaks: Vec<Position> = Vec::new();
        while self.tracer.text.len() < text.len() && !self.rest.is_empty() {
            let mut stripped = 0;
            while stripped < indentation && self.peek() == Some(' ') {
                self.skip();
                stripped += 1;
            }
            if !matches!(self.peek(), None | Some('\n' | '\r')) {
                if stripped < indentation {
                    break;
                }
                self.fold(&mut breaks, text)?;
                while let Some(character) = self.peek().filter(|character| !matches!(character, '\n' | '\r')) {
                    self.plain(character);
                }
            }
            if self.peek().is_some() {
                breaks.push(self.at);
                self.skip();
            }
        }
        // What is left are the breaks that chomping kept; the last one may be the file's end.
        let left = text.get(self.tracer.text.len()..)?.chars();
        for (index, character) in left.enumerate() {
            self.tracer.other(character, breaks.get(index).copied().unwrap_or(self.at), 0);
        }
        Some(())
    }

    /// The breaks between two lines with text: all of them, all but the first, or one that became a blank.
    fn fold(&mut self, breaks: &mut Vec<Position>, text: &str) -> Option<()> {
        let next = text.get(self.tracer.text.len()..)?;
        let kept = next.len() - next.trim_start_matches('\n').len();
        match breaks.as_slice() {
            [one] if kept == 0 => self.tracer.other(' ', *one, 0),
            all => {
                let folded = all.len().checked_sub(kept)?;
                all.iter().skip(folded).for_each(|&at| self.tracer.other('\n', at, 0));
            }
        }
        breaks.clear();
        Some(())
    }
}

/// By how many blanks the lines of a block are indented: those its first line with text has more than the decoded one.
fn indentation(raw: &str, text: &str) -> Option<usize> {
    // In nothing but blanks there is no telling.
    let first = text.find(|c| !matches!(c, ' ' | '\n'))?;
    let decoded = first - text.get(..first)?.trim_end_matches(' ').len();
    let mut lines = raw.split(['\n', '\r']).filter(|line| !line.trim_start_matches(' ').is_empty());
    let line = lines.next()?;
    (line.len() - line.trim_start_matches(' ').len()).checked_sub(decoded)
}
