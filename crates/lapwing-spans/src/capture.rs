//! Field values of one span or event, as far as its rules need them.

use std::fmt::{self, Write as _};

use tracing_core::{
    callsite::Identifier,
    field::{Field, Visit},
};

use crate::Label;

/// Which fields of a callsite are captured, and as what.
#[derive(Debug)]
pub(crate) struct Fields {
    callsite: Identifier,
    /// Slot by the field's index in the callsite.
    slots: Box<[Option<usize>]>,
    wanted: Box<[Wanted]>,
}

/// What a captured field is needed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) name: &'static str,
    pub(crate) text: bool,
    pub(crate) number: bool,
}

impl Fields {
    /// `fields` are those of the callsite, in its order.
    pub(crate) fn new(callsite: Identifier, fields: impl Iterator<Item = &'static str>, wanted: Vec<Wanted>) -> Self {
        let slots = fields.map(|name| wanted.iter().position(|w| w.name == name)).collect();
        Self { callsite, slots, wanted: wanted.into() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    pub(crate) fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    fn slot(&self, field: &Field) -> Option<usize> {
        if field.callsite() == self.callsite {
            *self.slots.get(field.index())?
        } else {
            // `Span::record_all` lets values of another callsite through; its indices mean other fields.
            self.wanted.iter().position(|wanted| wanted.name == field.name())
        }
    }
}

/// A number, if the field is one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Number {
    #[default]
    Missing,
    Value(f64),
    /// There is a value, but it is no number.
    Refused,
}

/// The captured values, by slot. Buffers stay when cleared, so a reused one allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Captures {
    cells: Vec<Cell>,
    used: usize,
}

#[derive(Debug, Default)]
struct Cell {
    present: bool,
    cut: bool,
    text: String,
    number: Number,
}

/// A buffer larger than this is given back rather than kept for reuse.
const KEPT_CAPACITY: usize = 256;

impl Captures {
    /// Makes room for the fields of one span or event, all missing.
    pub(crate) fn reset(&mut self, fields: &Fields) {
        self.used = fields.wanted.len();
        if self.cells.len() < self.used {
            self.cells.resize_with(self.used, Cell::default);
        }
        for cell in &mut self.cells[..self.used] {
            cell.present = false;
            cell.cut = false;
            cell.number = Number::Missing;
            if cell.text.capacity() > KEPT_CAPACITY {
                cell.text = String::new();
            } else {
                cell.text.clear();
            }
        }
    }

    pub(crate) fn text(&self, slot: usize) -> Option<&str> {
        let cell = self.cells[..self.used].get(slot)?;
        cell.present.then_some(cell.text.as_str())
    }

    pub(crate) fn number(&self, slot: usize) -> Number {
        self.cells[..self.used].get(slot).map_or(Number::Missing, |cell| cell.number)
    }

    /// Slots whose text had to be cut.
    pub(crate) fn cut(&self) -> impl Iterator<Item = usize> {
        self.cells[..self.used].iter().enumerate().filter(|(_, cell)| cell.cut).map(|(slot, _)| slot)
    }

    /// Takes over the values that `later` has; `later` keeps the buffers.
    pub(crate) fn overwrite(&mut self, later: &mut Captures) {
        let used = self.used.min(later.used);
        for (cell, newer) in self.cells[..used].iter_mut().zip(&mut later.cells[..used]) {
            if newer.present {
                std::mem::swap(cell, newer);
            }
        }
    }

    /// A visitor that captures what `fields` wants. Formats values, so foreign code runs: hold no lock meanwhile.
    pub(crate) fn visitor<'a>(&'a mut self, fields: &'a Fields) -> Visitor<'a> {
        Visitor { captures: self, fields }
    }
}

/// Captures the fields that are wanted; the last value of a field wins.
pub(crate) struct Visitor<'a> {
    captures: &'a mut Captures,
    fields: &'a Fields,
}

impl Visitor<'_> {
    fn number(&mut self, field: &Field, number: f64, text: fmt::Arguments<'_>) {
        self.capture(field, Some(number), |out| {
            let _ = out.write_fmt(text);
        });
    }

    fn capture(&mut self, field: &Field, number: Option<f64>, write: impl FnOnce(&mut Bounded<'_>)) {
        let Some(slot) = self.fields.slot(field) else { return };
        let (Some(wanted), Some(cell)) = (self.fields.wanted.get(slot), self.captures.cells.get_mut(slot)) else {
            return;
        };
        cell.present = true;
        cell.cut = false;
        cell.text.clear();
        let mut cut = false;
        if wanted.text || number.is_none() {
            let mut out = Bounded { text: &mut cell.text, cut: false };
            write(&mut out);
            cut = out.cut;
            cell.cut = cut && wanted.text;
        }
        if wanted.number {
            cell.number = match number {
                Some(number) => Number::Value(number),
                // The digits that are left would be another number.
                None if cut => Number::Refused,
                None => cell.text.trim().parse().map_or(Number::Refused, Number::Value),
            };
        }
    }
}

impl Visit for Visitor<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.number(field, value, format_args!("{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value as f64, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value as f64, format_args!("{value}"));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.number(field, value as f64, format_args!("{value}"));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.number(field, value as f64, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record_str(field, if value { "true" } else { "false" });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.capture(field, None, |out| {
            let _ = out.write_str(value);
        });
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.capture(field, None, |out| {
            let _ = write!(out, "{value}");
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.capture(field, None, |out| {
            let _ = write!(out, "{value:?}");
        });
    }
}

/// Keeps the first [`Label::VALUE_LIMIT`] bytes, up to a whole character.
///
/// The rest is swallowed, not refused: a `Display` that unwraps its `write!` would panic on a refusal.
struct Bounded<'a> {
    text: &'a mut String,
    cut: bool,
}

impl fmt::Write for Bounded<'_> {
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
        let mut text = String::new();
        let mut out = Bounded { text: &mut text, cut: false };
        for piece in pieces {
            out.write_str(piece).expect("never refuses");
        }
        let cut = out.cut;
        (text, cut)
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
