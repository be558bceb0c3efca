//! Environment substitution of the declarative configuration, to the letter of its data model.
//!
//! `$$` is split off first, from left to right; between two of them `${NAME}`, `${env:NAME}` and `${NAME:-default}` are
//! replaced. Nothing that came out of a substitution is looked at again. Anything else between `${` and `}` is an error.

use lapwing_document::Scalar;

use crate::cursor::Context;

/// Substitutes in a scalar; findings gather in `cx`.
pub(crate) fn apply(scalar: &Scalar, env: Environment<'_>, cx: &Context) -> Option<lapwing_document::Substituted> {
    // Most scalars refer to nothing.
    scalar.text.contains('$').then(|| match substitute(&scalar.text, env) {
        Ok(Substituted { text, replaced, unset }) => {
            if replaced {
                cx.remember(&text, &scalar.text);
            }
            lapwing_document::Substituted { text, replaced, unset }
        }
        Err(bad) => {
            for BadReference { reference, message, help } in bad {
                let start = scalar.text.find(&reference).unwrap_or(0);
                cx.error(scalar.place_of(start..start + reference.len()), message, Some(help));
            }
            cx.remember("", &scalar.text);
            lapwing_document::Substituted { text: String::new(), replaced: true, unset: None }
        }
    })
}

/// A scalar after substitution.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Substituted {
    pub(crate) text: String,
    /// Whether a variable was looked up, so that the text may hold what must not be shown.
    pub(crate) replaced: bool,
    /// A referenced variable that is not set, or empty, and has no default.
    pub(crate) unset: Option<String>,
}

/// A reference that cannot be replaced.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadReference {
    /// As written, `${…}`.
    pub(crate) reference: String,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Looks variables up.
pub(crate) type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

pub(crate) fn substitute(text: &str, env: Environment<'_>) -> Result<Substituted, Vec<BadReference>> {
    let mut result = Substituted { text: String::with_capacity(text.len()), replaced: false, unset: None };
    let mut bad = Vec::new();
    for (index, part) in text.split("$$").enumerate() {
        if index > 0 {
            result.text.push('$');
        }
        replace(part, env, &mut result, &mut bad);
    }
    if bad.is_empty() { Ok(result) } else { Err(bad) }
}

fn replace(part: &str, env: Environment<'_>, result: &mut Substituted, bad: &mut Vec<BadReference>) {
    let mut rest = part;
    while let Some(start) = rest.find("${") {
        result.text.push_str(&rest[..start]);
        let body = &rest[start + 2..];
        // A reference holds printable characters and blanks; without a closing brace on its line it is mere text.
        let end = body.find(|c: char| c == '}' || (c.is_control() && c != '\t'));
        match end {
            Some(end) if body[end..].starts_with('}') => {
                match look_up(&body[..end], env) {
                    Ok(value) => {
                        result.replaced = true;
                        match value {
                            Value::Text(text) => result.text.push_str(&text),
                            Value::Unset(name) => result.unset = Some(name),
                        }
                    }
                    Err(reference) => bad.push(reference),
                }
                rest = &body[end + 1..];
            }
            _ => {
                result.text.push_str("${");
                rest = body;
            }
        }
    }
    result.text.push_str(rest);
}

enum Value {
    Text(String),
    Unset(String),
}

fn look_up(body: &str, env: Environment<'_>) -> Result<Value, BadReference> {
    let bad = |message: String, help: String| BadReference { reference: format!("${{{body}}}"), message, help };
    let (name, rest) = split_name(body.strip_prefix("env:").unwrap_or(body));
    if name.is_empty() {
        return Err(bad(
            "malformed substitution: a variable's name begins with a letter or `_`".to_owned(),
            "write `${NAME}`, or `$${` for a literal `${`".to_owned(),
        ));
    }
    let value = env(name).filter(|value| !value.is_empty());
    if rest.is_empty() {
        return Ok(value.map_or_else(|| Value::Unset(name.to_owned()), Value::Text));
    }
    if let Some(default) = rest.strip_prefix(":-") {
        return Ok(Value::Text(value.unwrap_or_else(|| default.to_owned())));
    }
    if let Some(reason) = rest.strip_prefix(":?") {
        let reason = reason.trim();
        return Err(if value.is_none() {
            let said = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            bad(
                format!("environment variable `{name}` is not set{said}"),
                format!("set `{name}`, and write `${{{name}}}`: the standard has no `:?`"),
            )
        } else {
            let said = if reason.is_empty() { String::new() } else { format!(" (`{reason}`)") };
            bad(
                format!("malformed substitution: the standard has no `:?`{said}"),
                format!("write `${{{name}}}`: a required key that stays empty is an error by itself"),
            )
        });
    }
    if rest.starts_with(':') && !body.starts_with("env:") && split_name(&rest[1..]).1.is_empty() {
        return Err(bad(
            format!("malformed substitution: unknown source `{name}`"),
            "the only source is the environment: write `${NAME}` or `${env:NAME}`".to_owned(),
        ));
    }
    Err(bad(
        format!("malformed substitution: `{}` cannot follow the name `{name}`", rest.escape_debug()),
        "write `${NAME}` or `${NAME:-default}`, or `$${` for a literal `${`".to_owned(),
    ))
}

/// The longest variable name at the start of `text`, and the rest.
fn split_name(text: &str) -> (&str, &str) {
    let end = text
        .char_indices()
        .find(|&(index, c)| !(c == '_' || c.is_ascii_alphabetic() || (index > 0 && c.is_ascii_digit())))
        .map_or(text.len(), |(index, _)| index);
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        let value = match name {
            "STRING_VALUE" => "value",
            "BOOL_VALUE" => "true",
            "INT_VALUE" => "1",
            "FLOAT_VALUE" => "1.1",
            "HEX_VALUE" => "0xdeadbeef",
            "INVALID_MAP_VALUE" => "value\nkey:value",
            "DO_NOT_REPLACE_ME" => "Never use this value",
            "REPLACE_ME" => "${DO_NOT_REPLACE_ME}",
            "VALUE_WITH_ESCAPE" => "value$$",
            "EMPTY" => "",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn text(input: &str) -> String {
        substitute(input, &env).unwrap_or_else(|bad| panic!("{input}: {bad:?}")).text
    }

    /// The table of the standard's data model.
    #[test]
    fn the_standards_own_examples_come_out_as_it_says() {
        for (input, output) in [
            ("${STRING_VALUE}", "value"),
            ("${BOOL_VALUE}", "true"),
            ("${INT_VALUE}", "1"),
            ("${FLOAT_VALUE}", "1.1"),
            ("${HEX_VALUE}", "0xdeadbeef"),
            ("${env:STRING_VALUE}", "value"),
            ("${INVALID_MAP_VALUE}", "value\nkey:value"),
            ("foo ${STRING_VALUE} ${FLOAT_VALUE}", "foo value 1.1"),
            ("${UNDEFINED_KEY}", ""),
            ("${UNDEFINED_KEY:-fallback}", "fallback"),
            ("${REPLACE_ME}", "${DO_NOT_REPLACE_ME}"),
            ("${UNDEFINED_KEY:-${STRING_VALUE}}", "${STRING_VALUE}"),
            ("$${STRING_VALUE}", "${STRING_VALUE}"),
            ("$$${STRING_VALUE}", "$value"),
            ("$$$${STRING_VALUE}", "$${STRING_VALUE}"),
            ("$${STRING_VALUE:-fallback}", "${STRING_VALUE:-fallback}"),
            ("$${STRING_VALUE:-${STRING_VALUE}}", "${STRING_VALUE:-value}"),
            ("${UNDEFINED_KEY:-$${UNDEFINED_KEY}}", "${UNDEFINED_KEY:-${UNDEFINED_KEY}}"),
            ("${VALUE_WITH_ESCAPE}", "value$$"),
            ("a $$ b", "a $ b"),
            ("a $ b", "a $ b"),
            ("$${FOO} ${STRING_VALUE} $${BAZ}", "${FOO} value ${BAZ}"),
        ] {
            assert_eq!(text(input), output, "{input}");
        }
    }

    #[test]
    fn an_empty_variable_counts_as_undefined() {
        assert_eq!(text("${EMPTY:-fallback}"), "fallback");
        assert_eq!(substitute("${EMPTY}", &env).unwrap().unset.as_deref(), Some("EMPTY"));
        assert_eq!(substitute("${STRING_VALUE}", &env).unwrap().unset, None);
    }

    #[test]
    fn a_default_may_be_empty_or_hold_anything_but_a_brace() {
        assert_eq!(text("${NO:-}"), "");
        assert_eq!(text("${NO:-http://a:1/b?c=$d é}"), "http://a:1/b?c=$d é");
    }

    #[test]
    fn what_is_no_reference_stays_text() {
        for input in ["${", "${A", "a ${B\nC}", "$", "$A", "{A}", "$ {A}"] {
            assert_eq!(text(input), input);
        }
    }

    #[test]
    fn malformed_references_are_refused_with_the_way_out() {
        let cases = [
            ("${1A}", "malformed substitution: a variable's name begins with a letter or `_`"),
            ("${}", "malformed substitution: a variable's name begins with a letter or `_`"),
            ("${API_$KEY}", "malformed substitution: `$KEY` cannot follow the name `API_`"),
            ("${sys:HOME}", "malformed substitution: unknown source `sys`"),
            ("${NO:?say who you are}", "environment variable `NO` is not set: say who you are"),
            ("${STRING_VALUE:?oops}", "malformed substitution: the standard has no `:?` (`oops`)"),
            ("${A:+b}", "malformed substitution: `:+b` cannot follow the name `A`"),
        ];
        for (input, message) in cases {
            let bad = substitute(input, &env).unwrap_err();
            assert_eq!(bad.len(), 1, "{input}");
            assert_eq!((bad[0].message.as_str(), bad[0].reference.as_str()), (message, input));
        }
    }
}
