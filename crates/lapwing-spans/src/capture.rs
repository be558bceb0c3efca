//! Field values of one span or event, as far as its rules need them.

use std::{
    cell::Cell,
    fmt::{self, Write as _},
};

use tracing_core::{
    callsite::Identifier,
    field::{Field, Visit},
};

use crate::{
    Label,
    live_span::LiveSpan,
    number::Number,
    outcome::Judge,
    problems::{Problems, Reason, Said},
    values::{Value, Values},
};

/// Which fields of a callsite are captured, and as what.
#[derive(Debug)]
pub(crate) struct Fields {
    callsite: Identifier,
    /// By the field's index in the callsite.
    captures: Box<[Capture]>,
    /// How many cells and numbers a span of the callsite needs.
    pub(crate) cells: usize,
    pub(crate) numbers: usize,
}

/// What becomes of one field.
#[derive(Debug)]
enum Capture {
    Nothing,
    /// Its text goes to this cell, and nothing else is wanted. Most are so.
    Text(usize, Box<Wanted>),
    Several(Box<Wanted>),
}

impl Capture {
    fn new(wanted: Wanted) -> Self {
        match wanted {
            Wanted { text: Some(cell), number: None, .. } if wanted.judged.is_empty() => {
                Self::Text(cell, Box::new(wanted))
            }
            wanted => Self::Several(Box::new(wanted)),
        }
    }

    fn wanted(&self) -> Option<&Wanted> {
        match self {
            Self::Nothing => None,
            Self::Text(_, wanted) | Self::Several(wanted) => Some(wanted),
        }
    }
}

/// What one field is captured as.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) name: &'static str,
    /// The cell for its text.
    pub(crate) text: Option<usize>,
    pub(crate) number: Option<usize>,
    /// Cells for what the text says of an outcome.
    pub(crate) judged: Vec<(usize, Judge)>,
    pub(crate) cut_said: Said,
}

impl Fields {
    /// `fields` are those of the callsite, in its order.
    pub(crate) fn new(
        callsite: Identifier,
        fields: impl Iterator<Item = &'static str>,
        mut wanted: Vec<Wanted>,
        cells: usize,
        numbers: usize,
    ) -> Self {
        let mut capture = |name| match wanted.iter().position(|wanted| wanted.name == name) {
            Some(index) => Capture::new(wanted.swap_remove(index)),
            None => Capture::Nothing,
        };
        let captures = fields.map(&mut capture).collect();
        Self { callsite, captures, cells, numbers }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cells == 0 && self.numbers == 0
    }

    #[inline(always)]
    fn capture(&self, field: &Field, new: bool) -> &Capture {
        if new { self.captures.get(field.index()).unwrap_or(&Capture::Nothing) } else { self.capture_later(field) }
    }

    #[inline(never)]
    fn capture_later(&self, field: &Field) -> &Capture {
        let capture = if field.callsite() == self.callsite {
            self.captures.get(field.index())
        } else {
            // `Span::record_all` lets values of another callsite through; its indices mean other fields.
            let same = |capture: &&Capture| capture.wanted().is_some_and(|wanted| wanted.name == field.name());
            self.captures.iter().find(same)
        };
        capture.unwrap_or(&Capture::Nothing)
    }
}

/// Captures the fields that are wanted into a span; the last value of a field wins.
///
/// Formats values, so foreign code runs: hold no lock meanwhile.
pub(crate) struct Visitor<'a> {
    /// Whether the span is being created: nobody else knows it yet, and the values are of its own callsite.
    pub(crate) new: bool,
    pub(crate) span: &'a LiveSpan,
    pub(crate) fields: &'a Fields,
    pub(crate) values: &'a Values,
    pub(crate) problems: &'a Problems,
}

thread_local! {
    /// What values are formatted into. Taken while in use, as formatting may trace.
    static FORMATTED: Cell<String> = const { Cell::new(String::new()) };
}

impl Visitor<'_> {
    #[inline(always)]
    fn number(&self, field: &Field, number: f64, text: &dyn fmt::Display) {
        if let Some(wanted) = self.fields.capture(field, self.new).wanted() {
            self.wanted_number(wanted, number, text);
        }
    }

    #[inline(never)]
    fn wanted_number(&self, wanted: &Wanted, number: f64, text: &dyn fmt::Display) {
        if let Some(cell) = wanted.number {
            self.span.set_number(cell, Number::Value(number));
        }
        if wanted.text.is_some() || !wanted.judged.is_empty() {
            formatted(format_args!("{text}"), |text, cut| self.text(wanted, text, cut));
        }
    }

    fn formatted(&self, field: &Field, text: fmt::Arguments<'_>) {
        if let Some(wanted) = self.fields.capture(field, self.new).wanted() {
            formatted(text, |text, cut| self.parsed(wanted, text, cut));
        }
    }

    #[inline(never)]
    fn wanted_str(&self, wanted: &Wanted, value: &str) {
        let kept = &value[..value.floor_char_boundary(Label::VALUE_LIMIT)];
        self.parsed(wanted, kept, kept.len() < value.len());
    }

    /// A text, and the number it may be.
    fn parsed(&self, wanted: &Wanted, text: &str, cut: bool) {
        if let Some(cell) = wanted.number {
            self.span.set_number(cell, parse(text, cut));
        }
        self.text(wanted, text, cut);
    }

    fn text(&self, wanted: &Wanted, text: &str, cut: bool) {
        if let Some(cell) = wanted.text {
            match Value::held(text) {
                Some(value) => self.set_cell(cell, value),
                None => self.long_text(wanted, cell, text, cut),
            }
        }
        for (cell, judge) in &wanted.judged {
            self.set_cell(*cell, judge.judge(text));
        }
    }
}

impl Visitor<'_> {
    #[inline(never)]
    fn long_text(&self, wanted: &Wanted, cell: usize, text: &str, cut: bool) {
        let value = self.values.find(text);
        if value.is_unknown() {
            self.span.set_text(cell, text);
        } else {
            self.set_cell(cell, value);
        }
        if cut {
            self.problems.count(
                Reason::LabelCut,
                &wanted.cut_said,
                wanted.name,
                "label value is cut at 1024 bytes: use a shorter field, or a closed list of values",
            );
        }
    }

    #[inline(always)]
    fn set_cell(&self, cell: usize, value: Value) {
        if self.new {
            self.span.set_cell(cell, value);
        } else {
            self.span.replace_cell(cell, value);
        }
    }
}

fn parse(text: &str, cut: bool) -> Number {
    // Of a cut text the digits that are left would be another number.
    let number = if cut { None } else { text.trim().parse().ok() };
    number.map_or(Number::Refused, Number::Value)
}

fn formatted(text: fmt::Arguments<'_>, then: impl FnOnce(&str, bool)) {
    let mut out = Bounded { text: FORMATTED.try_with(Cell::take).unwrap_or_default(), cut: false };
    out.text.clear();
    let _ = out.write_fmt(text);
    then(&out.text, out.cut);
    let _ = FORMATTED.try_with(|formatted| formatted.set(out.text));
}

impl Visit for Visitor<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.number(field, value, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value as f64, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value as f64, &value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.number(field, value as f64, &value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.number(field, value as f64, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record_str(field, if value { "true" } else { "false" });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match self.fields.capture(field, self.new) {
            Capture::Nothing => {}
            Capture::Text(cell, wanted) => match Value::held(value) {
                Some(held) => self.set_cell(*cell, held),
                None => self.wanted_str(wanted, value),
            },
            Capture::Several(wanted) => self.wanted_str(wanted, value),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.formatted(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.formatted(field, format_args!("{value:?}"));
    }
}

/// Keeps the first [`Label::VALUE_LIMIT`] bytes, up to a whole character.
///
/// The rest is swallowed, not refused: a `Display` that unwraps its `write!` would panic on a refusal.
struct Bounded {
    text: String,
    cut: bool,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.cut {
            return Ok(());
        }
        let room = Label::VALUE_LIMIT.saturating_sub(self.text.len());
        self.text.push_str(&piece[..piece.floor_char_boundary(room)]);
        self.cut = piece.len() > room;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(pieces: &[&str]) -> (String, bool) {
        let mut out = Bounded { text: String::new(), cut: false };
        for piece in pieces {
            out.write_str(piece).expect("never refuses");
        }
        (out.text, out.cut)
    }

    #[test]
    fn long_values_are_cut_before_the_character_that_does_not_fit() {
        let limit = Label::VALUE_LIMIT;
        assert_eq!(bounded(&["short"]), ("short".to_owned(), false));
        assert_eq!(bounded(&[&"a".repeat(limit)]), ("a".repeat(limit), false));
        assert_eq!(bounded(&[&"a".repeat(limit - 1), "é", "b"]), ("a".repeat(limit - 1), true));
        assert_eq!(bounded(&[&"é".repeat(limit)]), ("é".repeat(limit / 2), true));
        assert_eq!(bounded(&["a", &"🦀".repeat(limit)]).0.len(), 1 + 4 * ((limit - 1) / 4));
    }
}
