//! What Prometheus calls an OpenTelemetry instrument: computed here and nowhere else.

use std::borrow::Cow;

use crate::unit;

/// Translation strategies of the declarative configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Translation {
    /// Invalid characters become `_`; unit and `_total` are appended.
    #[default]
    UnderscoreEscapingWithSuffixes,
    /// Invalid characters become `_`; nothing is appended.
    UnderscoreEscapingWithoutSuffixes,
    /// Names stay UTF-8; unit and `_total` are appended.
    NoUtf8EscapingWithSuffixes,
    /// Names stay as they are.
    NoTranslation,
}

impl Translation {
    /// Whether names are reduced to letters, digits, `_` and `:`.
    pub(crate) fn escapes(self) -> bool {
        matches!(self, Self::UnderscoreEscapingWithSuffixes | Self::UnderscoreEscapingWithoutSuffixes)
    }

    fn appends(self) -> bool {
        matches!(self, Self::UnderscoreEscapingWithSuffixes | Self::NoUtf8EscapingWithSuffixes)
    }
}

/// Instruments as far as they differ in name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstrumentKind {
    /// Monotonic counter.
    Counter,
    /// Gauge.
    Gauge,
    /// Up/down counter: a gauge to Prometheus, but never called a ratio.
    UpDownCounter,
    /// Histogram.
    Histogram,
}

/// The Prometheus name of an instrument, suffixes included (`sigil.encode`, counter → `sigil_encode_total`).
///
/// It is the name that PromQL uses, save for the `_bucket`, `_sum` and `_count` of a histogram.
///
/// ```
/// use lapwing_exposition::{InstrumentKind::*, Translation::*, prometheus_name};
///
/// let name = |name, unit, kind| prometheus_name(name, unit, kind, UnderscoreEscapingWithSuffixes);
/// assert_eq!(name("sigil.encode", "", Counter), "sigil_encode_total");
/// assert_eq!(name("sigil.encode.duration", "s", Histogram), "sigil_encode_duration_seconds");
/// assert_eq!(name("transfer.bytes", "By", Counter), "transfer_bytes_total");
/// assert_eq!(name("resonance.strength", "1", Gauge), "resonance_strength_ratio");
/// assert_eq!(name("resonance.strength", "1", Histogram), "resonance_strength");
/// assert_eq!(prometheus_name("a.b", "s", Counter, NoUtf8EscapingWithSuffixes), "a.b_seconds_total");
/// assert_eq!(prometheus_name("a.b", "s", Counter, UnderscoreEscapingWithoutSuffixes), "a_b");
/// assert_eq!(prometheus_name("a.b", "s", Counter, NoTranslation), "a.b");
/// ```
///
/// Runs of `_` become one, and a suffix that the name ends with already is not given twice.
pub fn prometheus_name(name: &str, unit: &str, kind: InstrumentKind, translation: Translation) -> String {
    translate(name, unit, kind, translation).0
}

/// The name, and the unit if the name (without `_total`) ends with it.
pub(crate) fn translate(name: &str, unit: &str, kind: InstrumentKind, translation: Translation) -> (String, String) {
    let mut unit = match unit::words(unit) {
        none if none.is_empty() => ratio(unit, kind).to_owned(),
        words => words,
    };
    let mut name = if translation.escapes() { collapsed(name) } else { printable(name) };
    let counter = kind == InstrumentKind::Counter;
    if !translation.appends() {
        let stem = if counter { name.strip_suffix("_total").unwrap_or(&name) } else { &name };
        if !stem.strip_suffix(&unit).is_some_and(|stem| stem.ends_with('_')) {
            unit.clear();
        }
        return (name, unit);
    }
    if counter {
        strip_word(&mut name, "total");
    }
    if !unit.is_empty() && name != unit {
        strip_word(&mut name, &unit);
        append_word(&mut name, &unit);
    } else {
        unit.clear();
    }
    if counter {
        append_word(&mut name, "total");
    }
    (name, unit)
}

fn ratio(unit: &str, kind: InstrumentKind) -> &'static str {
    if unit.trim() == "1" && kind == InstrumentKind::Gauge { "ratio" } else { "" }
}

/// Takes `word` and what separates it off the end of `name`, if something is left then.
fn strip_word(name: &mut String, word: &str) {
    let Some(stem) = name.strip_suffix(word) else { return };
    let left = stem.trim_end_matches(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric());
    if !left.is_empty() && left.len() < stem.len() {
        name.truncate(left.len());
    }
}

fn append_word(name: &mut String, word: &str) {
    if !name.ends_with('_') {
        name.push('_');
    }
    *name += word;
}

/// `name` with `_` for each run of what the classic names don't allow, and before a leading digit.
fn collapsed(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 1);
    for c in name.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | ':' => out.push(c),
            '0'..='9' if out.is_empty() => out.extend(['_', c]),
            '0'..='9' => out.push(c),
            _ if out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    or_underscore(out)
}

/// `name` with `_` for control characters: not every scraper's lexer survives them, quoted or not.
pub(crate) fn printable(name: &str) -> String {
    or_underscore(name.chars().map(|c| if c.is_control() { '_' } else { c }).collect())
}

fn or_underscore(name: String) -> String {
    if name.is_empty() { "_".to_owned() } else { name }
}

/// Whether `name` needs no quotes: letters, digits, `_` and `:`, no leading digit.
pub(crate) fn is_classic(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b == b':')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
}

/// What `escaping=underscores` means to Prometheus: one `_` for each character that isn't allowed at its place.
pub(crate) fn underscored(name: &str) -> Cow<'_, str> {
    if is_classic(name) {
        return Cow::Borrowed(name);
    }
    let allowed =
        |(i, c): (usize, char)| c.is_ascii_alphabetic() || c == '_' || c == ':' || i > 0 && c.is_ascii_digit();
    let name = name.char_indices().map(|(i, c)| if allowed((i, c)) { c } else { '_' }).collect();
    Cow::Owned(or_underscore(name))
}

#[cfg(test)]
mod tests {
    use InstrumentKind::*;
    use Translation::*;
    use proptest::prelude::*;

    use super::*;

    const ALL: [Translation; 4] =
        [UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, NoUtf8EscapingWithSuffixes, NoTranslation];

    #[test]
    fn suffixes_follow_unit_and_kind_and_come_once() {
        for (name, unit, kind, expected) in [
            ("a.b", "", Counter, "a_b_total"),
            ("a.b.total", "", Counter, "a_b_total"),
            ("a_b_total", "s", Counter, "a_b_seconds_total"),
            ("a_seconds_total", "s", Counter, "a_seconds_total"),
            ("a.seconds", "s", Histogram, "a_seconds"),
            ("a.milliseconds", "s", Histogram, "a_milliseconds_seconds"),
            ("subtotal", "", Counter, "subtotal_total"),
            ("total", "", Counter, "total_total"),
            ("seconds", "s", Gauge, "seconds"),
            ("a.total", "", Gauge, "a_total"),
            ("load", "1", Gauge, "load_ratio"),
            ("load.ratio", "1", Gauge, "load_ratio"),
            ("queue", "1", UpDownCounter, "queue"),
            ("hits", "1", Counter, "hits_total"),
            ("strength", "1", Histogram, "strength"),
            ("speed", "m/s", Gauge, "speed_meters_per_second"),
            ("queue", "{request}", UpDownCounter, "queue"),
            ("rate", "{request}/s", Gauge, "rate_per_second"),
            ("a..b--c", "", Gauge, "a_b_c"),
            ("1d", "", Gauge, "_1d"),
            ("日本", "", Gauge, "_"),
            ("", "", Gauge, "_"),
        ] {
            assert_eq!(prometheus_name(name, unit, kind, UnderscoreEscapingWithSuffixes), expected, "{name} {unit}");
        }
    }

    #[test]
    fn utf8_names_keep_their_characters() {
        for (name, unit, kind, with, without) in [
            ("a.b", "By", Counter, "a.b_bytes_total", "a.b"),
            ("a.total", "", Counter, "a_total", "a.total"),
            ("durée", "s", Histogram, "durée_seconds", "durée"),
            ("a\0b\n", "", Gauge, "a_b_", "a_b_"),
        ] {
            assert_eq!(prometheus_name(name, unit, kind, NoUtf8EscapingWithSuffixes), with);
            assert_eq!(prometheus_name(name, unit, kind, NoTranslation), without);
        }
    }

    #[test]
    fn the_unit_is_told_only_where_the_name_ends_with_it() {
        let unit = |name, unit, kind, translation| translate(name, unit, kind, translation).1;
        assert_eq!(unit("a", "s", Counter, UnderscoreEscapingWithSuffixes), "seconds");
        assert_eq!(unit("a", "1", Gauge, UnderscoreEscapingWithSuffixes), "ratio");
        assert_eq!(unit("a", "s", Counter, NoTranslation), "");
        assert_eq!(unit("a_seconds_total", "s", Counter, NoTranslation), "seconds");
        assert_eq!(unit("seconds", "s", Gauge, UnderscoreEscapingWithSuffixes), "");
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_valid_one(name: String, unit: String, kind in 0..4_usize) {
            let kind = [Counter, Gauge, UpDownCounter, Histogram][kind];
            for translation in ALL {
                let (translated, unit) = translate(&name, &unit, kind, translation);
                prop_assert!(!translated.is_empty() && !translated.contains(char::is_control));
                prop_assert!(!translation.escapes() || is_classic(&translated), "{translated}");
                prop_assert!(is_classic(&underscored(&translated)));
                let stem = translated.strip_suffix("_total").unwrap_or(&translated);
                prop_assert!(unit.is_empty() || stem.ends_with(&format!("_{unit}")), "{translated} {unit}");
            }
        }

        #[test]
        fn translating_twice_changes_nothing(name in "[a-z][a-z0-9_.]{0,20}", unit in "(s|By|1|m/s|)", kind in 0..4_usize) {
            let kind = [Counter, Gauge, UpDownCounter, Histogram][kind];
            let once = prometheus_name(&name, &unit, kind, UnderscoreEscapingWithSuffixes);
            let twice = prometheus_name(&once, &unit, kind, UnderscoreEscapingWithSuffixes);
            prop_assert_eq!(once, twice);
        }
    }
}
