//! Values of `monitoring.yaml`.

use std::time::Duration;

use lapwing_document::{Origin, Value, quote};

use crate::{
    cursor::{Context, Field, Mapping, list},
    duration::duration,
    monitoring::{Filter, Located},
};

/// A string that says something.
pub(super) fn text(cx: &Context, field: Field<'_>) -> Option<Located<String>> {
    let text = field.text(cx)?.to_owned();
    let origin = field.node.scalar().map(|scalar| scalar.origin.clone());
    Some(Located::new(text, origin.unwrap_or_else(|| Origin::lost(field.place()))))
}

/// A string of a form that `is` knows and `help` describes.
fn formed(cx: &Context, field: Field<'_>, is: impl Fn(&str) -> bool, help: &str) -> Option<Located<String>> {
    let text = text(cx, field)?;
    if !is(&text) {
        cx.error(field.place(), format!("{} is no `{}`", quote(&text), field.key), Some(help.to_owned()));
        return None;
    }
    Some(text)
}

/// A name that is fit for paths and labels.
pub(super) fn plain(cx: &Context, field: Field<'_>) -> Option<Located<String>> {
    let is = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    };
    formed(cx, field, is, "begin with a letter or digit, and go on with these, `_`, `.` or `-`")
}

/// A name such as `encode-success`.
pub(super) fn kebab(cx: &Context, field: Field<'_>) -> Option<Located<String>> {
    let is = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .split('-')
                .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
    };
    formed(cx, field, is, "write it in kebab-case, such as `encode-success`")
}

/// A name such as `EncodeSlow`.
pub(super) fn camel(cx: &Context, field: Field<'_>) -> Option<Located<String>> {
    let is = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(|c| c.is_ascii_alphanumeric())
    };
    formed(cx, field, is, "write it in CamelCase, such as `EncodeSlow`")
}

/// A string that begins with one of `starts`.
pub(super) fn starting(cx: &Context, field: Field<'_>, starts: &[&str]) -> Option<String> {
    let text = field.text(cx)?;
    if !starts.iter().any(|start| text.len() > start.len() && text.starts_with(start)) {
        let starts: Vec<String> = starts.iter().map(|start| format!("`{start}`")).collect();
        cx.error(field.place(), format!("`{}` must begin with {}", field.key, starts.join(" or ")), None);
        return None;
    }
    Some(text.to_owned())
}

/// A URL.
pub(super) fn url(cx: &Context, field: Field<'_>) -> Option<String> {
    starting(cx, field, &["http://", "https://"])
}

/// A URL in which `{name}` may stand for one of `names`.
pub(super) fn link(cx: &Context, field: Field<'_>, names: &[&str]) -> Option<String> {
    let url = url(cx, field)?;
    let located = text(cx, field)?;
    let mut offset = 0;
    while let Some(start) = url.get(offset..).and_then(|rest| rest.find('{')).map(|at| offset + at) {
        let end = url.get(start..).and_then(|rest| rest.find('}')).map_or(url.len(), |at| start + at + 1);
        let name = url.get(start..end).unwrap_or("").trim_matches(['{', '}']);
        if !names.contains(&name) {
            let known: Vec<String> = names.iter().map(|name| format!("`{{{name}}}`")).collect();
            let help = format!("here can stand {}", known.join(" and "));
            cx.error(located.place_of(start..end), format!("nothing is filled in for `{{{name}}}`"), Some(help));
            return None;
        }
        offset = end;
    }
    Some(url)
}

/// A length of time.
pub(super) fn time(cx: &Context, field: Field<'_>) -> Option<Duration> {
    let found = field.node.as_str().and_then(duration);
    if found.is_none() {
        let help = "write number and unit, such as `30s`, `5m`, `1h30m` or `30d`".to_owned();
        let shown = field.node.scalar().map_or_else(|| field.node.noun().to_owned(), |scalar| quote(&scalar.text));
        cx.error(field.place(), format!("`{}` must be a duration, found {shown}", field.key), Some(help));
    }
    found
}

/// Lengths of time under `key`.
pub(super) fn times(mapping: &Mapping<'_, '_>, key: &'static str) -> Vec<Duration> {
    let Some((field, items)) = mapping.items(key) else { return Vec::new() };
    items.iter().filter_map(|node| time(mapping.cx, field.item(node))).collect()
}

/// A length of time under `key`.
pub(super) fn time_or(mapping: &Mapping<'_, '_>, key: &'static str, default: Duration) -> Duration {
    mapping.field(key).and_then(|field| time(mapping.cx, field)).unwrap_or(default)
}

/// A length of time under `key` that is longer than nothing.
pub(super) fn positive(mapping: &Mapping<'_, '_>, key: &'static str, default: Duration) -> Duration {
    at_least(mapping, key, Duration::from_millis(1), "more than nothing", default)
}

/// A length of time under `key` that is not shorter than `least`, which `wanted` says.
pub(super) fn at_least(
    mapping: &Mapping<'_, '_>,
    key: &'static str,
    least: Duration,
    wanted: &str,
    default: Duration,
) -> Duration {
    let Some(field) = mapping.field(key) else { return default };
    match time(mapping.cx, field) {
        Some(time) if time < least => {
            mapping.cx.error(field.place(), format!("`{key}` must be {wanted}"), None);
            default
        }
        Some(time) => time,
        None => default,
    }
}

/// A finite number; a length of time is one in seconds until the unit of its instrument is known.
pub(super) fn number(cx: &Context, field: Field<'_>) -> Option<Located<f64>> {
    let value = match field.node.as_str().and_then(duration) {
        Some(time) => return Some(Located::duration(time, field.place())),
        None if field.node.as_str().is_some() => {
            let help = "write a number, or a duration such as `500ms`".to_owned();
            cx.error(field.place(), format!("`{}` must be a number, found a string", field.key), Some(help));
            return None;
        }
        None => field.number(cx)?,
    };
    if !value.is_finite() {
        cx.error(field.place(), format!("`{}` must be finite", field.key), None);
        return None;
    }
    Some(Located::at(value, field.place()))
}

/// A number between two that do not belong.
pub(super) fn between(cx: &Context, field: Field<'_>, above: f64, below: f64, help: &str) -> Option<Located<f64>> {
    let value = field.number(cx)?;
    if !(value > above && value < below) {
        let message = format!("`{}` must be above {above} and below {below}", field.key);
        cx.error(field.place(), message, Some(help.to_owned()));
        return None;
    }
    Some(Located::at(value, field.place()))
}

/// A whole number of events under `key`.
pub(super) fn events(mapping: &Mapping<'_, '_>, key: &'static str, default: u64) -> u64 {
    mapping.integer(key, 0..=i64::MAX).and_then(|value| u64::try_from(value).ok()).unwrap_or(default)
}

/// Strings under `key`, each once.
pub(super) fn distinct(mapping: &Mapping<'_, '_>, key: &'static str) -> Vec<Located<String>> {
    let Some((field, items)) = mapping.items(key) else { return Vec::new() };
    let mut found: Vec<Located<String>> = Vec::new();
    for text in items.iter().filter_map(|node| text(mapping.cx, field.item(node))) {
        if found.iter().any(|known| known.value == text.value) {
            mapping.cx.error(
                text.place(),
                format!("{} is twice in `{key}`", quote(&text)),
                Some("keep one".to_owned()),
            );
        } else {
            found.push(text);
        }
    }
    found
}

/// Labels with the values that each may have.
pub(super) fn filter(cx: &Context, field: Field<'_>) -> Filter {
    let Some(entries) = entries(cx, field) else { return Filter::new() };
    let mut filter = Filter::new();
    for entry in entries {
        let value = Field::of(entry);
        let values: Vec<String> = match &entry.value.value {
            Value::Sequence(items) if items.is_empty() => {
                let help = "leave the label out, or give it a value".to_owned();
                cx.error(entry.key_place, format!("{} has no value", quote(&entry.key)), Some(help));
                continue;
            }
            Value::Sequence(items) => {
                items.iter().filter_map(|item| value.item(item).string(cx)).map(str::to_owned).collect()
            }
            _ => value.string(cx).map(str::to_owned).into_iter().collect(),
        };
        filter.push((Located::at(entry.key.clone(), entry.key_place), values));
    }
    filter
}

/// Any keys, each with a string.
pub(super) fn texts(cx: &Context, field: Field<'_>) -> Vec<(Located<String>, Located<String>)> {
    let entries = entries(cx, field).unwrap_or_default().iter();
    let pair = |entry: &lapwing_document::Entry| {
        Some((Located::at(entry.key.clone(), entry.key_place), text(cx, Field::of(entry))?))
    };
    entries.filter_map(pair).collect()
}

/// Labels with one value each, none of them among `taken`.
pub(super) fn labels(cx: &Context, field: Field<'_>, taken: &[&str]) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    for entry in entries(cx, field).unwrap_or_default() {
        let name = entry.key.as_str();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && !name.starts_with("__")
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            let help = "letters, digits and `_`, and no digit or `__` at the start".to_owned();
            cx.error(entry.key_place, format!("{} is no name of a label", quote(name)), Some(help));
        } else if taken.contains(&name) {
            let help = format!("{} are set already", list(taken));
            cx.error(entry.key_place, format!("the label `{name}` cannot be given here"), Some(help));
        } else if let Some(value) = Field::of(entry).text(cx) {
            labels.push((name.to_owned(), value.to_owned()));
        }
    }
    labels
}

fn entries<'t>(cx: &Context, field: Field<'t>) -> Option<&'t [lapwing_document::Entry]> {
    match &field.node.value {
        Value::Mapping(entries) if !entries.is_empty() => Some(entries),
        Value::Mapping(_) => {
            let help = format!("leave `{}` out, or give it a label", field.key);
            cx.error(field.place(), format!("`{}` is empty", field.key), Some(help));
            None
        }
        _ => {
            field.wrong_type(cx, "a mapping");
            None
        }
    }
}
