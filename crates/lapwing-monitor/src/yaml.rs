//! YAML as people read it and every parser understands it: what could be taken for anything but text is quoted.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Yaml {
    /// Text; over several lines, or PromQL with quotes, as a block.
    Text(String),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A list, an item a line.
    List(Vec<Yaml>),
    /// A mapping, in this order.
    Map(Vec<(String, Yaml)>),
}

/// Longest text that stays on its line where a block is possible.
const LINE: usize = 100;

impl From<&str> for Yaml {
    fn from(text: &str) -> Yaml {
        Yaml::Text(text.to_owned())
    }
}

impl From<String> for Yaml {
    fn from(text: String) -> Yaml {
        Yaml::Text(text)
    }
}

impl From<f64> for Yaml {
    fn from(number: f64) -> Yaml {
        Yaml::Number(number)
    }
}

impl From<bool> for Yaml {
    fn from(value: bool) -> Yaml {
        Yaml::Bool(value)
    }
}

impl From<Vec<Yaml>> for Yaml {
    fn from(items: Vec<Yaml>) -> Yaml {
        Yaml::List(items)
    }
}

impl From<&[(String, String)]> for Yaml {
    fn from(pairs: &[(String, String)]) -> Yaml {
        Yaml::Map(pairs.iter().map(|(name, value)| (name.clone(), Yaml::from(value.clone()))).collect())
    }
}

impl Yaml {
    /// A mapping of these.
    pub(crate) fn map<const N: usize>(pairs: [(&str, Yaml); N]) -> Yaml {
        Yaml::Map(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// What stands under a key of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Yaml> {
        match self {
            Yaml::Map(pairs) => pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Adds a pair to a mapping.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Yaml>) -> Yaml {
        if let Yaml::Map(pairs) = &mut self {
            pairs.push((key.to_owned(), value.into()));
        }
        self
    }

    /// A document: comment lines, then the value.
    pub(crate) fn document(&self, comment: &str) -> String {
        let mut out: String = comment.lines().map(|line| format!("# {line}").trim_end().to_owned() + "\n").collect();
        // A block needs an indent of its own.
        self.write(&mut out, if matches!(self, Yaml::Text(_)) { 2 } else { 0 });
        end_line(&mut out);
        out
    }

    /// Writes it where its first character belongs at `indent`; lists and mappings end with a line break.
    fn write(&self, out: &mut String, indent: usize) {
        match self {
            Yaml::Text(text) => out.push_str(&scalar(text, indent)),
            Yaml::Number(number) => out.push_str(&number_text(*number)),
            Yaml::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Yaml::List(items) if items.is_empty() => out.push_str("[]"),
            Yaml::Map(pairs) if pairs.is_empty() => out.push_str("{}"),
            Yaml::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(&" ".repeat(indent));
                    }
                    out.push_str("- ");
                    item.write(out, indent + 2);
                    end_line(out);
                }
            }
            Yaml::Map(pairs) => {
                for (index, (key, value)) in pairs.iter().enumerate() {
                    if index > 0 {
                        out.push_str(&" ".repeat(indent));
                    }
                    out.push_str(&if is_plain(key) { key.clone() } else { quote(key) });
                    out.push(':');
                    match value {
                        Yaml::List(items) if !items.is_empty() => nested(value, out, indent + 2),
                        Yaml::Map(pairs) if !pairs.is_empty() => nested(value, out, indent + 2),
                        value => {
                            out.push(' ');
                            value.write(out, indent + 2);
                            end_line(out);
                        }
                    }
                }
            }
        }
    }
}

fn nested(value: &Yaml, out: &mut String, indent: usize) {
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    value.write(out, indent);
}

fn end_line(out: &mut String) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

fn number_text(number: f64) -> String {
    match number {
        number if number.is_nan() => ".nan".to_owned(),
        f64::INFINITY => ".inf".to_owned(),
        f64::NEG_INFINITY => "-.inf".to_owned(),
        number => number.to_string(),
    }
}

fn scalar(text: &str, indent: usize) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if is_block(text) {
        block(text, indent)
    } else {
        quote(text)
    }
}

/// Whether every parser, of YAML 1.1 or 1.2, takes it for text as it is.
fn is_plain(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || "_./-() ".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/') || is_duration(text);
    // A colon ends a key only before a space or at the end.
    let colons = !text.ends_with(':') && !text.contains(": ");
    let named = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    starts
        && text.len() <= LINE
        && colons
        && text.chars().all(|c| word(c) || c == ':')
        && !text.ends_with(' ')
        && !named.contains(&text.to_ascii_lowercase().as_str())
}

/// `1h30m`, `200ms`.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let unit = ["ms", "s", "m", "h", "d"].iter().find_map(|unit| after.strip_prefix(unit));
        match unit {
            Some(next) if after.len() < rest.len() => rest = next,
            _ => return false,
        }
    }
    !text.is_empty()
}

/// Whether a literal block says the same: nothing that a parser would fold, strip or refuse.
fn is_block(text: &str) -> bool {
    let lines = text.contains('\n');
    let quotes = text.contains('"') || text.len() > LINE;
    (lines || quotes)
        && text.chars().all(|c| c == '\n' || !needs_escape(c))
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && !text.lines().any(|line| line.ends_with(' '))
}

fn block(text: &str, indent: usize) -> String {
    let mut out = if text.ends_with('\n') { "|" } else { "|-" }.to_owned();
    for line in text.lines() {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
    }
    out
}

/// Control characters, and those that YAML 1.1 takes for line breaks or refuses.
fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn quote(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// libyaml, of which Prometheus' and Alertmanager's parser is a port, reads it back.
    fn read(text: &str) -> serde_yaml_ng::Value {
        serde_yaml_ng::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn value(yaml: &Yaml) -> serde_yaml_ng::Value {
        match yaml {
            Yaml::Text(text) => text.clone().into(),
            Yaml::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => (*number as i64).into(),
            Yaml::Number(number) => (*number).into(),
            Yaml::Bool(value) => (*value).into(),
            Yaml::List(items) => items.iter().map(value).collect::<Vec<_>>().into(),
            Yaml::Map(pairs) => {
                let pairs = pairs.iter().map(|(key, item)| (key.clone().into(), value(item)));
                pairs.collect::<serde_yaml_ng::Mapping>().into()
            }
        }
    }

    fn texts() -> impl Strategy<Value = String> {
        let tricky: &'static [&str] = &[
            "",
            " ",
            "~",
            "null",
            "Yes",
            "on",
            "0x1f",
            "1e3",
            "12:30:00",
            "5m",
            "1h30m",
            "- a",
            "a: b",
            "a:",
            "a #b",
            "#",
            "|",
            ">-",
            "{}",
            "[a]",
            "&a",
            "*a",
            "!t",
            "%d",
            "@a",
            "`a`",
            "'a'",
            "\"a\"",
            "a\nb",
            "a\n",
            "\na",
            " a",
            "a ",
            "a\n\n",
            "a \nb",
            "\t",
            "\r\n",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "---",
            "...",
            "? a",
            ".5",
            "1_000",
            "=",
            "<<",
            "2001-01-01",
            ".inf",
            "-",
            "a\n  b\nc",
            "sum by (a) (b{c=\"d\"})",
            "{{ $labels.a }}",
        ];
        prop_oneof![
            proptest::sample::select(tricky).prop_map(str::to_owned),
            any::<String>(),
            "[ a-z0-9:#\\-\"'\n{}\\[\\]]{0,120}",
            "[a-z :\n]{90,140}",
        ]
    }

    fn yaml() -> impl Strategy<Value = Yaml> {
        let leaf = prop_oneof![
            4 => texts().prop_map(Yaml::Text),
            1 => (-1e6..1e6_f64).prop_map(Yaml::Number),
            1 => any::<bool>().prop_map(Yaml::Bool),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let unique = proptest::collection::btree_map(texts(), inner.clone(), 0..5);
            prop_oneof![
                proptest::collection::vec(inner, 0..5).prop_map(Yaml::List),
                unique.prop_map(|map| Yaml::Map(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(yaml in yaml()) {
            let text = yaml.document("made for a test");
            prop_assert!(text.ends_with('\n') && text.starts_with("# made for a test\n"));
            prop_assert_eq!(read(&text), value(&yaml), "{}", text);
        }
    }

    #[test]
    fn documents_are_written_for_people() {
        let rule = Yaml::map([("alert", "A".into()), ("expr", "a{b=\"c\"}\n> 1".into()), ("for", "5m".into())]);
        let labels = Yaml::map([("severity", "none".into()), ("on", "yes".into()), ("empty", Yaml::List(Vec::new()))]);
        let text = Yaml::map([("rules", vec![rule.with("labels", labels)].into()), ("count", 2.0.into())]);
        assert_eq!(
            text.document("generated\n\nnot by hand"),
            "\
# generated
#
# not by hand
rules:
  - alert: A
    expr: |-
      a{b=\"c\"}
      > 1
    for: 5m
    labels:
      severity: none
      \"on\": \"yes\"
      empty: []
count: 2
"
        );
    }
}
