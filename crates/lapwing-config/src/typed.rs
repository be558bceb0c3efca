//! Typed reading of values: each returns none, with a finding, for what does not fit.

use std::{ops::RangeInclusive, time::Duration};

use lapwing_document::{Node, Resolved, Value, quote};

use crate::{
    cursor::{Context, Field, Mapping, list},
    model::NO_LIMIT,
    nearest,
};

impl<'t> Field<'t> {
    pub(crate) fn string(&self, cx: &Context) -> Option<&'t str> {
        match self.node.scalar() {
            Some(scalar) if scalar.resolved == Resolved::Str => Some(&scalar.text),
            _ => {
                self.wrong_type(cx, "a string");
                None
            }
        }
    }

    /// A string that says something.
    pub(crate) fn text(&self, cx: &Context) -> Option<&'t str> {
        let text = self.string(cx)?;
        if text.trim().is_empty() {
            cx.error(self.place(), format!("`{}` is empty", self.key), self.unset_help());
            return None;
        }
        Some(text)
    }

    pub(crate) fn unset_help(&self) -> Option<String> {
        let name = self.node.scalar()?.unset.as_ref()?;
        Some(format!("environment variable `{name}` is not set"))
    }

    pub(crate) fn bool(&self, cx: &Context) -> Option<bool> {
        match self.node.scalar().map(|scalar| scalar.resolved) {
            Some(Resolved::Bool(value)) => Some(value),
            _ => {
                self.wrong_type(cx, "`true` or `false`");
                None
            }
        }
    }

    pub(crate) fn integer(&self, cx: &Context, range: RangeInclusive<i64>) -> Option<i64> {
        match self.node.scalar().map(|scalar| scalar.resolved) {
            Some(Resolved::Int(value)) if range.contains(&value) => Some(value),
            Some(Resolved::Int(_)) => {
                let (from, to) = range.into_inner();
                let wanted = if to == i64::MAX { format!("at least {from}") } else { format!("from {from} to {to}") };
                cx.error(self.place(), format!("`{}` must be {wanted}", self.key), None);
                None
            }
            _ => {
                self.wrong_type(cx, "an integer");
                None
            }
        }
    }

    pub(crate) fn number(&self, cx: &Context) -> Option<f64> {
        match self.node.scalar().map(|scalar| scalar.resolved) {
            Some(Resolved::Int(value)) => Some(value as f64),
            Some(Resolved::Float(value)) => Some(value),
            _ => {
                self.wrong_type(cx, "a number");
                None
            }
        }
    }

    pub(crate) fn items(&self, cx: &Context) -> Option<&'t [Node]> {
        match &self.node.value {
            Value::Sequence(items) => Some(items),
            _ => {
                self.wrong_type(cx, "a list");
                None
            }
        }
    }

    /// An item of this field's list.
    pub(crate) fn item(&self, node: &'t Node) -> Field<'t> {
        Field { key: self.key, key_place: node.place, node }
    }

    /// One of the standard's words.
    pub(crate) fn word<T: Copy>(&self, cx: &Context, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.string(cx)?;
        if let Some(&(_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let substituted = self.node.scalar().and_then(|scalar| scalar.written.as_deref());
        let (shown, near) = match substituted {
            Some(written) => (format!("the value of {}", quote(&crate::cursor::references(written))), None),
            None => (quote(text), nearest(text, known.iter().copied())),
        };
        let help = near.map_or_else(|| format!("one of {}", list(&known)), |near| format!("did you mean `{near}`?"));
        cx.error(self.place(), format!("{shown} is no `{}`", self.key), Some(help));
        None
    }
}

impl<'t> Mapping<'t, '_> {
    pub(crate) fn string(&self, key: &'static str) -> Option<String> {
        self.field(key)?.string(self.cx).map(str::to_owned)
    }

    /// A string that is not empty, if given.
    pub(crate) fn text(&self, key: &'static str) -> Option<String> {
        self.field(key)?.text(self.cx).map(str::to_owned)
    }

    pub(crate) fn bool(&self, key: &'static str, default: bool) -> bool {
        self.field(key).and_then(|field| field.bool(self.cx)).unwrap_or(default)
    }

    pub(crate) fn integer(&self, key: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        self.field(key)?.integer(self.cx, range)
    }

    /// A limit of things that are allocated ahead, so that it must be positive and sensible.
    pub(crate) fn limit(&self, key: &'static str, most: usize) -> Option<usize> {
        let field = self.field(key)?;
        let value = field.integer(self.cx, 1..=i64::MAX)?;
        match usize::try_from(value) {
            Ok(value) if value <= most => Some(value),
            _ => {
                let help =
                    "memory for that many is set aside ahead; a sensible limit keeps the service alive".to_owned();
                self.cx.error(field.place(), format!("`{key}` must be at most {most}"), Some(help));
                None
            }
        }
    }

    /// Milliseconds, at least `least`.
    pub(crate) fn milliseconds(&self, key: &'static str, least: i64, default: u64) -> Duration {
        let value = self.integer(key, least..=i64::MAX).and_then(|value| u64::try_from(value).ok());
        Duration::from_millis(value.unwrap_or(default)).min(NO_LIMIT)
    }

    /// Milliseconds, 0 meaning no limit as the standard has it.
    pub(crate) fn timeout(&self, key: &'static str, default: u64) -> Duration {
        let value = self.milliseconds(key, 0, default);
        if value.is_zero() { NO_LIMIT } else { value }
    }

    pub(crate) fn word<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        self.field(key)?.word(self.cx, words)
    }

    /// A list that has items, if given.
    pub(crate) fn items(&self, key: &'static str) -> Option<(Field<'t>, &'t [Node])> {
        let field = self.field(key)?;
        let items = field.items(self.cx)?;
        if items.is_empty() {
            let help = format!("leave `{key}` out, or give it an entry");
            self.cx.error(field.place(), format!("`{key}` is an empty list"), Some(help));
            return None;
        }
        Some((field, items))
    }

    /// A list of non-empty strings.
    pub(crate) fn strings(&self, key: &'static str) -> Option<Vec<String>> {
        let (field, items) = self.items(key)?;
        let strings = items.iter().filter_map(|item| field.item(item).text(self.cx)).map(str::to_owned);
        Some(strings.collect())
    }
}
