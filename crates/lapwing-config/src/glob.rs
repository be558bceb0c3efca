//! Globs of the standard: `*` any run of characters, `?` any one.

use wildmatch::WildMatch;

/// Whether `pattern` matches the whole of `text`; case counts.
///
/// ```
/// assert!(lapwing_config::glob_matches("sigil.*.duration", "sigil.encode.duration"));
/// assert!(!lapwing_config::glob_matches("sigil.?", "sigil.encode"));
/// ```
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    WildMatch::new(pattern).matches(text)
}

/// Whether `pattern` is more than a plain name.
pub(crate) fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_marks_match_whole_names() {
        for (pattern, text, matches) in [
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("?", "é", true),
            ("?", "", false),
            ("abc", "ABC", false),
            ("", "", true),
            ("", "a", false),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(glob_matches(pattern, text), matches, "{pattern} {text}");
        }
    }
}
