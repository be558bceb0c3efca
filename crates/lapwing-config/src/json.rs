//! JSON to write, with keys in the order given.

use std::fmt::{self, Write as _};

/// A value of JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    pub(crate) fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Json {
        Json::List(texts.into_iter().map(Json::text).collect())
    }

    pub(crate) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
        Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The same object with one member more.
    pub(crate) fn with(mut self, key: &str, value: Json) -> Json {
        if let Json::Object(members) = &mut self {
            members.push((key.to_owned(), value));
        }
        self
    }

    /// Whether it is written on one line: what holds nothing that is an object.
    fn is_short(&self) -> bool {
        match self {
            Json::List(items) => items.iter().all(|item| !matches!(item, Json::Object(_) | Json::List(_))),
            Json::Object(members) => {
                members.len() < 2 && members.iter().all(|(_, value)| !matches!(value, Json::Object(_) | Json::List(_)))
            }
            _ => true,
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let short = self.is_short();
        let next = |f: &mut fmt::Formatter<'_>, index: usize, depth: usize| {
            f.write_str(if index > 0 { "," } else { "" })?;
            match (short, index) {
                (true, 0) => Ok(()),
                (true, _) => f.write_char(' '),
                (false, _) => write!(f, "\n{:1$}", "", depth * 2),
            }
        };
        let end = |f: &mut fmt::Formatter<'_>| if short { Ok(()) } else { write!(f, "\n{:1$}", "", depth * 2) };
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Integer(value) => write!(f, "{value}"),
            Json::Number(value) => write!(f, "{value}"),
            Json::Text(text) => quoted(f, text),
            Json::List(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    next(f, index, depth + 1)?;
                    item.write(f, depth + 1)?;
                }
                end(f)?;
                f.write_char(']')
            }
            Json::Object(members) => {
                f.write_char('{')?;
                for (index, (key, value)) in members.iter().enumerate() {
                    next(f, index, depth + 1)?;
                    quoted(f, key)?;
                    f.write_str(": ")?;
                    value.write(f, depth + 1)?;
                }
                end(f)?;
                f.write_char('}')
            }
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            '\0'..='\x1f' => write!(f, "\\u{:04x}", u32::from(character))?,
            _ => f.write_char(character)?,
        }
    }
    f.write_char('"')
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json() {
        let value = Json::object([
            ("a\n\"é", Json::List(vec![Json::Null, Json::Bool(true), Json::Integer(-1), Json::Number(0.5)])),
            ("b", Json::Object(vec![])),
            ("c", Json::object([("d", Json::texts(["x", "\\"]))])),
        ]);
        let read: serde_json::Value = serde_json::from_str(&value.to_string()).expect("JSON");
        assert_eq!(read, serde_json::json!({"a\n\"é": [null, true, -1, 0.5], "b": {}, "c": {"d": ["x", "\\"]}}));
    }
}
