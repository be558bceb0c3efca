//! Globs: `*` is any run of characters, `?` is one character, all else is itself.

/// Whether `text` matches `pattern` as a whole.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to resume after the latest `*` when what follows it does not fit: one character further each time.
    // Only the latest star needs resuming, so the time is at most quadratic.
    let mut resume = None;
    loop {
        let text_here = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = text_here;
                resume = Some((pattern.clone(), text.clone()));
                continue;
            }
            (Some('?'), Some(_)) => continue,
            (Some(p), Some(t)) if p == t => continue,
            _ => {}
        }
        match &mut resume {
            Some((after_star, rest)) => {
                if rest.next().is_none() {
                    return false;
                }
                pattern = after_star.clone();
                text = rest.clone();
            }
            None => return false,
        }
    }
}

/// Whether `pattern` matches only itself.
pub(crate) fn is_literal(pattern: &str) -> bool {
    !pattern.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "any.thing", true),
            ("sigil.*", "sigil.encode", true),
            ("sigil.*", "sigil.", true),
            ("sigil.*", "sigil", false),
            ("*.encode", "sigil.encode", true),
            ("*.encode", "sigil.encoded", false),
            ("s*l.*e", "sigil.encode", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "é", true),
            ("**", "x", true),
            ("*a", "baaa", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn literal_patterns_are_known() {
        assert!(is_literal("sigil.encode"));
        assert!(!is_literal("sigil.*"));
        assert!(!is_literal("a?"));
    }
}
