//! One line of an exposition, character by character.

/// What is wrong at a column, counted from 1.
pub(super) type Wrong = (usize, String);

/// Reads a line.
pub(super) struct Cursor<'t> {
    rest: &'t str,
    column: usize,
}

/// A sample as it stands.
pub(super) struct Written {
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) value: f64,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(line: &'t str) -> Self {
        Cursor { rest: line, column: 1 }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    pub(super) fn wrong<T>(&self, what: impl Into<String>) -> Result<T, Wrong> {
        Err((self.column, what.into()))
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = &self.rest[next.len_utf8()..];
        self.column += 1;
        Some(next)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.next();
        }
        there
    }

    /// Passes over spaces and tabs; whether there was one.
    pub(super) fn spaces(&mut self) -> bool {
        let mut any = false;
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t')) {
            self.next();
            any = true;
        }
        any
    }

    /// Up to the next space.
    pub(super) fn word(&mut self) -> &'t str {
        let end = self.rest.find([' ', '\t']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.column += word.chars().count();
        self.rest = rest;
        word
    }

    /// A name: quoted, or of letters, digits, `_` and, of a metric, `:`.
    pub(super) fn name(&mut self, of_metric: bool) -> Result<String, Wrong> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || (of_metric && c == ':');
        if !self.peek().is_some_and(|c| fits(c) && !c.is_ascii_digit()) {
            return self.wrong(match self.peek() {
                Some(c) => format!("`{c}` begins no name"),
                None => "here a name is missing".to_owned(),
            });
        }
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| fits(*c)) {
            name.push(c);
            self.next();
        }
        Ok(name)
    }

    fn quoted(&mut self) -> Result<String, Wrong> {
        let from = self.column;
        if !self.eat('"') {
            return self.wrong("here a quote is missing");
        }
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err((from, "the quote is not closed".to_owned())),
                Some('"') => return Ok(text),
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some(c @ ('\\' | '"')) => text.push(c),
                    Some(other) => text.extend(['\\', other]),
                    None => return Err((from, "the quote is not closed".to_owned())),
                },
                Some(c) => text.push(c),
            }
        }
    }

    /// `{…}`: labels, and a quoted name of the metric.
    fn labels(&mut self, name: &mut Option<String>, labels: &mut Vec<(String, String)>) -> Result<(), Wrong> {
        if !self.eat('{') {
            return Ok(());
        }
        loop {
            self.spaces();
            if self.eat('}') {
                return Ok(());
            }
            let (from, quoted) = (self.column, self.peek() == Some('"'));
            let label = self.name(false)?;
            self.spaces();
            if self.eat('=') {
                self.spaces();
                let value = self.quoted()?;
                if labels.iter().any(|(known, _)| *known == label) {
                    return Err((from, format!("the label `{label}` is there twice")));
                }
                labels.push((label, value));
            } else if quoted && name.is_none() {
                *name = Some(label);
            } else {
                return self.wrong("here `=` is missing");
            }
            self.spaces();
            if !self.eat(',') && self.peek() != Some('}') {
                return self.wrong("here `,` or `}` is missing");
            }
        }
    }

    fn number(&mut self) -> Result<f64, Wrong> {
        let from = self.column;
        let word = self.word();
        word.parse().map_err(|_| (from, format!("`{word}` is no number")))
    }

    /// A sample: name, labels, value, time, and in OpenMetrics an exemplar.
    pub(super) fn sample(&mut self, openmetrics: bool) -> Result<Written, Wrong> {
        let mut name = None;
        let mut labels = Vec::new();
        if self.peek() != Some('{') {
            name = Some(self.name(true)?);
        }
        self.spaces();
        self.labels(&mut name, &mut labels)?;
        let Some(name) = name.filter(|name| !name.is_empty()) else { return self.wrong("the sample has no name") };
        self.spaces();
        if self.rest.is_empty() {
            return self.wrong("here a value is missing");
        }
        let value = self.number()?;
        self.spaces();
        if !self.rest.is_empty() && self.peek() != Some('#') {
            let from = self.column;
            let time = self.number()?;
            if !openmetrics && time.fract() != 0.0 {
                return Err((from, "a time is in whole milliseconds".to_owned()));
            }
            self.spaces();
        }
        if openmetrics && self.eat('#') {
            self.spaces();
            let mut none = Some(String::new());
            self.labels(&mut none, &mut Vec::new())?;
            self.spaces();
            self.number()?;
            if self.spaces() && !self.rest.is_empty() {
                self.number()?;
                self.spaces();
            }
        }
        if !self.rest.is_empty() {
            return self.wrong("here the line should end");
        }
        labels.sort();
        Ok(Written { name, labels, value })
    }
}
