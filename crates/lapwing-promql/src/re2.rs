//! Regular expressions of Go, in terms of the `regex` crate.

use std::collections::BTreeSet;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

/// More values than this aren't listed.
const MOST_LITERALS: usize = 1_000;

const CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// A pattern that matches whole values, as Prometheus' matchers do; the error is one line.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = translate(pattern)?;
    // The pattern by itself first: `a)(b` isn't to be mended by the group around it.
    regex_syntax::parse(&translated).map_err(reason)?;
    Regex::new(&anchored(&translated)).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        other => last_line(&other.to_string()),
    })
}

/// The values that a pattern matches, if it is made of literals, alternatives and small classes.
pub(crate) fn literals(pattern: &str) -> Option<BTreeSet<String>> {
    let hir = regex_syntax::parse(&translate(pattern).ok()?).ok()?;
    spelled(&hir)
}

fn anchored(pattern: &str) -> String {
    format!("^(?s:{pattern})$")
}

fn reason(error: regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => last_line(&other.to_string()),
    }
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn spelled(hir: &Hir) -> Option<BTreeSet<String>> {
    let single = |text: String| Some(BTreeSet::from([text]));
    match hir.kind() {
        HirKind::Empty => single(String::new()),
        HirKind::Literal(literal) => single(String::from_utf8(literal.0.to_vec()).ok()?),
        HirKind::Class(Class::Unicode(class)) => {
            let count: usize = class.ranges().iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum();
            let chars = class.ranges().iter().flat_map(|range| range.start()..=range.end());
            (count <= MOST_LITERALS).then(|| chars.map(String::from).collect())
        }
        HirKind::Capture(capture) => spelled(&capture.sub),
        HirKind::Alternation(alternatives) => {
            let mut all = BTreeSet::new();
            for alternative in alternatives {
                all.extend(spelled(alternative)?);
            }
            (all.len() <= MOST_LITERALS).then_some(all)
        }
        HirKind::Concat(parts) => {
            let mut all = BTreeSet::from([String::new()]);
            for part in parts {
                let tails = spelled(part)?;
                if all.len() * tails.len() > MOST_LITERALS {
                    return None;
                }
                all = all.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect();
            }
            Some(all)
        }
        HirKind::Repetition(repetition) if (repetition.min, repetition.max) == (0, Some(1)) => {
            let mut all = spelled(&repetition.sub)?;
            all.insert(String::new());
            Some(all)
        }
        _ => None,
    }
}

/// Writes what Go takes literally so that the `regex` crate does too, and refuses what only that crate knows.
fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut class_start = None;
    let mut repeated = false;
    while let Some(c) = rest.chars().next() {
        let behind = &rest[c.len_utf8()..];
        let mut next = behind;
        let mut repeats = false;
        match (c, class_start) {
            ('\\', _) => {
                next = escape(behind, &mut out, class_start.is_some())?;
            }
            ('[', None) => {
                out.push('[');
                if let Some(behind) = behind.strip_prefix('^') {
                    out.push('^');
                    next = behind;
                }
                // A `]` that comes first is one of the class.
                if let Some(behind) = next.strip_prefix(']') {
                    out.push_str("\\]");
                    next = behind;
                }
                class_start = Some(out.len());
            }
            ('[', Some(_)) if behind.strip_prefix(':').is_some_and(|name| name.contains(":]")) => {
                let len = behind[1..].find(":]").unwrap_or_default();
                let (end, name) = (1 + len + 2, behind[1..1 + len].trim_start_matches('^'));
                if !CLASSES.contains(&name) {
                    return Err(format!("there is no class [{}", &behind[..end]));
                }
                out.push('[');
                out.push_str(&behind[..end]);
                next = &behind[end..];
            }
            (']', Some(_)) => {
                out.push(']');
                class_start = None;
            }
            ('[' | '&' | '~', Some(_)) => out.extend(['\\', c]),
            // Two of them: the first is a bound, or the second is; to the crate they would be a difference.
            ('-', Some(start)) if behind.starts_with('-') && out.len() == start => out.push_str("\\-"),
            ('-', Some(_)) if behind.starts_with('-') => {
                out.push_str("-\\-");
                next = &behind[1..];
            }
            ('{', None) => match counted(behind) {
                Some(len) => {
                    if repeated {
                        return Err(format!("invalid nested repetition operator: {{{}", &behind[..len]));
                    }
                    if behind[..len - 1].split(',').any(|count| count.parse::<u32>().is_ok_and(|n| n > 1_000)) {
                        return Err("nothing may be repeated more than 1000 times".to_owned());
                    }
                    out.push('{');
                    out.push_str(&behind[..len]);
                    next = &behind[len..];
                    next = lazy(next, &mut out);
                    repeats = true;
                }
                None => out.push_str("\\{"),
            },
            ('}', None) => out.push_str("\\}"),
            ('*' | '+' | '?', None) => {
                if repeated {
                    return Err(format!("invalid nested repetition operator: {c}"));
                }
                out.push(c);
                next = lazy(behind, &mut out);
                repeats = true;
            }
            ('(', None) => match behind.strip_prefix('?') {
                Some(behind) => next = group(behind, &mut out)?,
                None => out.push('('),
            },
            _ => out.push(c),
        }
        repeated = repeats;
        rest = next;
    }
    Ok(out)
}

fn lazy<'p>(rest: &'p str, out: &mut String) -> &'p str {
    match rest.strip_prefix('?') {
        Some(behind) => {
            out.push('?');
            behind
        }
        None => rest,
    }
}

/// The length of `2}`, `2,}` or `2,3}`.
fn counted(rest: &str) -> Option<usize> {
    let end = rest.find('}')?;
    let (low, high) = rest[..end].split_once(',').unwrap_or((&rest[..end], ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!low.is_empty() && digits(low) && digits(high)).then_some(end + 1)
}

/// What stands behind `(?`: in Go `:`, `P<name>`, `<name>`, or the flags i, m, s and U. Gives what comes behind it.
fn group<'p>(rest: &'p str, out: &mut String) -> Result<&'p str, String> {
    if let Some(named) = rest.strip_prefix("P<").or_else(|| rest.strip_prefix('<')) {
        let end = named.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(named.len());
        // Names matter to nobody here, and Go takes some that the crate doesn't.
        if end > 0 && named[end..].starts_with('>') {
            out.push_str("(?:");
            return Ok(&named[end + 1..]);
        }
    }
    let end = rest.find(|c: char| !matches!(c, 'i' | 'm' | 's' | 'U' | '-')).unwrap_or(rest.len());
    let (flags, behind) = rest.split_at(end);
    if !behind.starts_with([':', ')']) {
        return Err("only (?:…), (?P<name>…) and the flags i, m, s, U stand behind `(?`".to_owned());
    }
    // Go lets flags be repeated, and be none.
    let mut once = String::new();
    for flag in flags.chars() {
        if flags.contains('-') || !once.contains(flag) {
            once.push(flag);
        }
    }
    match flags {
        "" if behind.starts_with(')') => Ok(&behind[1..]),
        _ => {
            out.push_str("(?");
            out.push_str(&once);
            Ok(behind)
        }
    }
}

/// An escape sequence, without its backslash; gives what comes behind it.
fn escape<'p>(rest: &'p str, out: &mut String, in_class: bool) -> Result<&'p str, String> {
    let Some(c) = rest.chars().next() else { return Err("trailing backslash".to_owned()) };
    let behind = &rest[c.len_utf8()..];
    match c {
        'Q' if !in_class => {
            let end = behind.find("\\E").unwrap_or(behind.len());
            out.push_str(&regex_syntax::escape(&behind[..end]));
            Ok(behind[end..].strip_prefix("\\E").unwrap_or(""))
        }
        'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
            // ASCII only in Go.
            out.push_str(match (c, in_class) {
                ('d', true) => "0-9",
                ('s', true) => "\\t\\n\\f\\r ",
                ('w', true) => "0-9A-Za-z_",
                ('d', false) => "[0-9]",
                ('s', false) => "[\\t\\n\\f\\r ]",
                ('w', false) => "[0-9A-Za-z_]",
                ('D', _) => "[^0-9]",
                ('S', _) => "[^\\t\\n\\f\\r ]",
                _ => "[^0-9A-Za-z_]",
            });
            Ok(behind)
        }
        'b' | 'B' if !in_class => {
            out.push_str(if c == 'b' { "(?-u:\\b)" } else { "\\B" });
            Ok(behind)
        }
        '0' => Ok(octal(rest, out)),
        '1'..='7' if behind.starts_with(|c: char| ('0'..='7').contains(&c)) => Ok(octal(rest, out)),
        'x' | 'p' | 'P' => {
            let braced = behind.starts_with('{').then(|| behind.find('}')).flatten();
            let end = braced.map_or(0, |end| end + 1);
            match (c, behind[..end].strip_prefix("{^")) {
                ('p', Some(name)) => out.extend(["\\P{", name]),
                ('P', Some(name)) => out.extend(["\\p{", name]),
                _ => {
                    out.extend(['\\', c]);
                    out.push_str(&behind[..end]);
                }
            }
            let mut behind = &behind[end..];
            if c != 'x' && end == 0 {
                let name = behind.chars().next().map_or(0, char::len_utf8);
                out.push_str(&behind[..name]);
                behind = &behind[name..];
            }
            // A class is no bound: Go takes the dash literally.
            match behind.strip_prefix('-') {
                Some(behind) if in_class && c != 'x' => {
                    out.push_str("\\-");
                    Ok(behind)
                }
                _ => Ok(behind),
            }
        }
        'A' | 'z' | 'a' | 'f' | 't' | 'n' | 'r' | 'v' => {
            out.extend(['\\', c]);
            Ok(behind)
        }
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => {
            out.push_str(&regex_syntax::escape(c.encode_utf8(&mut [0; 4])));
            Ok(behind)
        }
        c => Err(format!("\\{c} is no escape sequence")),
    }
}

fn octal<'p>(rest: &'p str, out: &mut String) -> &'p str {
    let end = rest.find(|c: char| !('0'..='7').contains(&c)).unwrap_or(rest.len()).min(3);
    let code = u32::from_str_radix(&rest[..end], 8).unwrap_or(0);
    out.push_str(&format!("\\x{{{code:x}}}"));
    &rest[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, value: &str) -> bool {
        compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_match(value)
    }

    #[test]
    fn patterns_match_whole_values() {
        assert!(matches("a|bc", "bc") && !matches("a|bc", "abc") && !matches("a|bc", "ab"));
        assert!(matches("a.b", "a\nb"));
        assert!(!matches("a", "a\n"));
        assert!(compile("a)(b").is_err());
    }

    #[test]
    fn what_go_takes_literally_is_literal() {
        for (pattern, value) in [
            ("a{x}", "a{x}"),
            ("a{,2}", "a{,2}"),
            ("{", "{"),
            (r"\Qa(b\E.", "a(bc"),
            ("[[]", "["),
            ("[a&&b]", "&"),
            ("[]a]", "]"),
            ("[^]]", "a"),
            ("[a~~b]", "~"),
            (r"\_\<", "_<"),
            ("[--/]", "."),
            ("[[:]", ":"),
            (r"[\pL-]", "-"),
            (r"\x{4A}", "J"),
            (r"\101", "A"),
        ] {
            assert!(matches(pattern, value), "{pattern} {value}");
        }
        // ASCII only.
        assert!(!matches(r"\d", "٣") && !matches(r"\w", "é") && matches(r"\W", "é"));
    }

    #[test]
    fn few_values_are_spelled_out() {
        let spelled = |pattern: &str| literals(pattern).map(|all| all.into_iter().collect::<Vec<_>>().join(" "));
        assert_eq!(spelled("api|web").as_deref(), Some("api web"));
        assert_eq!(spelled("(a|b)c?").as_deref(), Some("a ac b bc"));
        assert_eq!(spelled("50[0-3]").as_deref(), Some("500 501 502 503"));
        assert_eq!(spelled("a{2}").as_deref(), None);
        assert_eq!(spelled("a.*"), None);
        assert_eq!(spelled("5.."), None);
    }
}
