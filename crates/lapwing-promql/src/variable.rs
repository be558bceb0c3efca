//! Grafana's variables, as its own template service finds them.

use crate::Variable;

impl Variable {
    /// The variable that begins at byte `start` of `text`.
    ///
    /// Only digits are no name: `$1` is a group of a regular expression.
    pub(crate) fn at(text: &str, start: usize) -> Option<Variable> {
        let rest = text.get(start..)?;
        let (name, format, len) = if let Some(rest) = rest.strip_prefix("${") {
            braced(rest)?
        } else if let Some(rest) = rest.strip_prefix("[[") {
            bracketed(rest)?
        } else {
            let name = word(rest.strip_prefix('$')?);
            (name, None, 1 + name.len())
        };
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Variable { span: start..start + len, name: name.to_owned(), format: format.map(str::to_owned) })
    }

    /// All variables in `text[from..to]`.
    pub(crate) fn all(text: &str, from: usize, to: usize) -> Vec<Variable> {
        let mut variables = Vec::new();
        let mut position = from;
        while let Some(found) = text[position..to].find(['$', '[']) {
            position += found;
            match Variable::at(&text[..to], position) {
                Some(variable) => {
                    position = variable.span.end;
                    variables.push(variable);
                }
                None => position += 1,
            }
        }
        variables
    }
}

/// `name}`, `name.field}`, `name:format}` behind a `${`.
fn braced(rest: &str) -> Option<(&str, Option<&str>, usize)> {
    let name = word(rest);
    let mut end = name.len();
    if rest[end..].starts_with('.') {
        end += 1 + rest[end + 1..].find([':', '}'])?;
    }
    let mut format = None;
    if rest[end..].starts_with(':') {
        let len = rest[end + 1..].find('}')?;
        format = Some(&rest[end + 1..end + 1 + len]);
        end += 1 + len;
    }
    rest[end..].starts_with('}').then_some((name, format, end + 3))
}

/// `name]]`, `name:format]]` behind a `[[`.
fn bracketed(rest: &str) -> Option<(&str, Option<&str>, usize)> {
    let name = word(rest);
    let mut end = name.len();
    let mut format = None;
    if let Some(behind) = rest[end..].strip_prefix(':') {
        format = Some(word(behind));
        end += 1 + word(behind).len();
    }
    rest[end..].starts_with("]]").then_some((name, format, end + 4))
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_with_their_format() {
        let found = |text: &str| {
            let all = Variable::all(text, 0, text.len());
            all.iter().map(|v| format!("{}:{}", v.name, v.format.as_deref().unwrap_or(""))).collect::<Vec<_>>()
        };
        assert_eq!(found("a $x b${y:regex}c [[z:csv]]d"), ["x:", "y:regex", "z:csv"]);
        assert_eq!(found("${a.b.c:date:YYYY-MM}$__rate_interval"), ["a:date:YYYY-MM", "__rate_interval:"]);
        assert_eq!(found("[[[x]]]"), ["x:"]);
        assert!(found("$1 ${1} $ ${ ${} ${x [[ [[]] [[x] foo$").is_empty());
    }
}
