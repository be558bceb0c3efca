//! Reads JSON, as RFC 8259 has it.

use crate::{
    Extent, Origin, Place, Position, ProblemKind, Resolved, Scalar,
    origin::{Segment, Tracer},
    resolve,
    tree::{Stop, Tree},
};

/// Reads the whole text of the tree's source into the tree.
pub(crate) fn read(tree: &mut Tree<'_, '_>) -> Result<(), Stop> {
    let rest = tree.source.text();
    let read = Reader { rest, at: Position { line: 1, column: 1 } }.document(tree);
    if read.is_err() {
        tree.roots.clear();
    }
    read
}

/// What is still to be read.
struct Reader<'a> {
    rest: &'a str,
    at: Position,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Value,
    /// The first item, or the end of the list.
    ItemOrEnd,
    /// The first key, or the end of the object.
    KeyOrEnd,
    Key,
    /// A comma, or the end of what is open.
    CommaOrEnd,
}

/// A string as read: its text, and where its characters are.
struct Text {
    text: String,
    origin: Origin,
    extent: Extent,
    place: Place,
}

impl<'a> Reader<'a> {
    fn document(mut self, tree: &mut Tree<'_, '_>) -> Result<(), Stop> {
        let mut open: Vec<char> = Vec::new();
        let mut expected = Expected::Value;
        self.white();
        if self.rest.is_empty() {
            return Ok(());
        }
        loop {
            self.white();
            let Some(next) = self.peek() else { return self.fail(tree, "the text ends too early") };
            expected = match (expected, next, open.last()) {
                (Expected::ItemOrEnd | Expected::CommaOrEnd, ']', Some('['))
                | (Expected::KeyOrEnd | Expected::CommaOrEnd, '}', Some('{')) => {
                    let start = self.at;
                    self.skip();
                    open.pop();
                    tree.end(Extent { start, end: self.at })?;
                    Expected::CommaOrEnd
                }
                (Expected::CommaOrEnd, ',', Some(&kind)) => {
                    self.skip();
                    if kind == '{' { Expected::Key } else { Expected::Value }
                }
                (Expected::CommaOrEnd, ..) => return self.fail(tree, "expected `,` or the end of what is open"),
                (Expected::Key | Expected::KeyOrEnd, '"', _) => {
                    let key = self.string(tree)?;
                    tree.key(key.text, key.place, false)?;
                    self.white();
                    if self.peek() != Some(':') {
                        return self.fail(tree, "expected `:`");
                    }
                    self.skip();
                    Expected::Value
                }
                (Expected::Key | Expected::KeyOrEnd, ..) => return self.fail(tree, "expected a key in double quotes"),
                (_, '[' | '{', _) => {
                    let start = self.at;
                    self.skip();
                    open.push(next);
                    let extent = Extent { start, end: self.at };
                    if next == '[' {
                        tree.begin_sequence(0, extent)?;
                        Expected::ItemOrEnd
                    } else {
                        tree.begin_mapping(0, extent)?;
                        Expected::KeyOrEnd
                    }
                }
                _ => {
                    self.scalar(tree, next)?;
                    Expected::CommaOrEnd
                }
            };
            if open.is_empty() {
                self.white();
                return if self.rest.is_empty() { Ok(()) } else { self.fail(tree, "expected the end of the text") };
            }
        }
    }

    fn scalar(&mut self, tree: &mut Tree<'_, '_>, first: char) -> Result<(), Stop> {
        let (mut scalar, extent, place) = if first == '"' {
            let Text { text, origin, extent, place } = self.string(tree)?;
            let scalar = Scalar { text, resolved: Resolved::Str, quoted: true, written: None, unset: None, origin };
            (scalar, extent, place)
        } else {
            let end = self.rest.find([',', ':', ']', '}', '[', '{', '"', ' ', '\t', '\n', '\r']);
            let word = &self.rest[..end.unwrap_or(self.rest.len())];
            if !is_literal(word) {
                return self.fail(tree, "expected a value: a string, a number, `true`, `false`, `null`, `[` or `{`");
            }
            let start = self.at;
            let place = Place { line: start.line, column: start.column, width: word.len() };
            self.rest = &self.rest[word.len()..];
            self.at.column += word.len();
            let origin = Origin::new(place, vec![Segment { offset: 0, at: start, step: 1 }]);
            let (text, resolved) = (word.to_owned(), resolve(word));
            let scalar = Scalar { text, resolved, quoted: false, written: None, unset: None, origin };
            (scalar, Extent { start, end: self.at }, place)
        };
        tree.substitute(&mut scalar);
        if !scalar.quoted {
            scalar.resolved = resolve(&scalar.text);
        }
        tree.scalar(scalar, place, extent, 0)
    }

    /// A string, from its opening quote on.
    fn string(&mut self, tree: &mut Tree<'_, '_>) -> Result<Text, Stop> {
        let start = self.at;
        self.skip();
        let mut tracer = Tracer::default();
        loop {
            let at = self.at;
            let Some(character) = self.peek() else {
                self.at = start;
                return self.fail(tree, "a string without its closing quote");
            };
            match character {
                '"' => break self.skip(),
                '\\' => {
                    let before = self.rest;
                    let Some(character) = self.escape() else {
                        self.at = at;
                        return self.fail(tree, "no escape of JSON");
                    };
                    let width = before.len() - self.rest.len();
                    self.at = Position { column: at.column + width, ..at };
                    tracer.other(character, at, width);
                }
                '\0'..='\x1f' => return self.fail(tree, "a control character in a string, which must be escaped"),
                _ => {
                    tracer.plain(character, at);
                    self.skip();
                }
            }
        }
        let place = Place { line: start.line, column: start.column, width: self.at.column - start.column };
        let (text, origin) = tracer.origin(place);
        Ok(Text { text, origin, extent: Extent { start, end: self.at }, place })
    }

    /// The character that an escape stands for; one half of a surrogate pair alone is the replacement character.
    fn escape(&mut self) -> Option<char> {
        self.rest = self.rest.strip_prefix('\\')?;
        let kind = self.peek()?;
        self.rest = &self.rest[kind.len_utf8()..];
        Some(match kind {
            '"' | '\\' | '/' => kind,
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                if let Some(character) = char::from_u32(first) {
                    return Some(character);
                }
                let after = self.rest;
                let second = self.rest.strip_prefix("\\u").and_then(|rest| {
                    self.rest = rest;
                    self.unit()
                });
                match second {
                    Some(second @ 0xdc00..=0xdfff) if first < 0xdc00 => {
                        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))?
                    }
                    _ => {
                        self.rest = after;
                        char::REPLACEMENT_CHARACTER
                    }
                }
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.rest = &self.rest[4..];
        u32::from_str_radix(digits, 16).ok()
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self) {
        let Some(character) = self.peek() else { return };
        let length = if self.rest.starts_with("\r\n") { 2 } else { character.len_utf8() };
        self.rest = &self.rest[length..];
        if matches!(character, '\n' | '\r') {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
    }

    fn white(&mut self) {
        while let Some(' ' | '\t' | '\n' | '\r') = self.peek() {
            self.skip();
        }
    }

    fn fail<T>(&self, tree: &mut Tree<'_, '_>, message: &str) -> Result<T, Stop> {
        let place = tree.source.place(Extent { start: self.at, end: self.at });
        tree.refuse(ProblemKind::Syntax, place, format!("this is not JSON: {message}"), None)
    }
}

/// Whether `word` is a number of JSON, or one of its three names.
fn is_literal(word: &str) -> bool {
    if matches!(word, "true" | "false" | "null") {
        return true;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}
