//! Grafana's variables in texts.

use std::ops::Range;

/// The variables that a text uses, with the places of all that stands for each: `$name`, `${name}`, `${name:format}`,
/// `${name.field}`, `[[name]]`. What begins with a digit is a group of a regular expression, and none.
pub(crate) fn references(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(['$', '[']).map(|offset| from + offset) {
        let rest = &text[start..];
        let (opening, closing) = if rest.starts_with("${") {
            (2, "}")
        } else if rest.starts_with("[[") {
            (2, "]]")
        } else if rest.starts_with('$') {
            (1, "")
        } else {
            from = start + 1;
            continue;
        };
        let inner = &rest[opening..];
        let word = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let name = &inner[..word];
        let end = match closing {
            "" => Some(word),
            _ if matches!(inner.as_bytes().get(word), Some(b'}' | b']' | b':' | b'.')) => {
                inner.find(closing).map(|end| end + closing.len())
            }
            _ => None,
        };
        match end {
            Some(end) if name.starts_with(|c: char| !c.is_ascii_digit()) => {
                found.push((start..start + opening + end, name));
                from = start + opening + end;
            }
            _ => from = start + opening,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_as_grafana_finds_them() {
        let names = |text| -> Vec<(&str, String)> {
            references(text).into_iter().map(|(range, name)| (name, text[range].to_owned())).collect()
        };
        let found = names("x{a=~\"$job\", b=\"${b:regex}\"}[$__rate_interval] [[c]] ${d.e} é$f");
        let wanted = [
            ("job", "$job"),
            ("b", "${b:regex}"),
            ("__rate_interval", "$__rate_interval"),
            ("c", "[[c]]"),
            ("d", "${d.e}"),
            ("f", "$f"),
        ];
        assert_eq!(found, wanted.map(|(name, all)| (name, all.to_owned())));
        for none in ["", "$", "$1", "^a$|b$", "${", "${a", "[[", "[[:alpha:]]", "[5m]", "${1}", "$é"] {
            assert!(references(none).is_empty(), "{none}");
        }
    }
}
