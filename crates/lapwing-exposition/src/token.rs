//! The smallest parts of a line: names, labels, text, times.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Labels, label_name, number::write_unsigned};

pub(crate) fn write_labels(out: &mut Vec<u8>, labels: &Labels) {
    for (i, (name, value)) in labels.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        if label_name::is_classic(name) {
            out.extend_from_slice(name.as_bytes());
        } else {
            write_quoted(out, name, "");
        }
        out.extend_from_slice(b"=\"");
        escape_into(out, value, true);
        out.push(b'"');
    }
}

pub(crate) fn write_quoted(out: &mut Vec<u8>, name: &str, suffix: &str) {
    out.push(b'"');
    escape_into(out, name, true);
    out.extend_from_slice(suffix.as_bytes());
    out.push(b'"');
}

/// Backslash and newline as `\\` and `\n`, and the quote as `\"` where it would end something.
pub(crate) fn escape_into(out: &mut Vec<u8>, text: &str, quotes: bool) {
    let bytes = text.as_bytes();
    let mut rest = 0;
    for (i, byte) in bytes.iter().enumerate() {
        let escaped: &[u8] = match byte {
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'"' if quotes => b"\\\"",
            _ => continue,
        };
        out.extend_from_slice(&bytes[rest..i]);
        out.extend_from_slice(escaped);
        rest = i + 1;
    }
    out.extend_from_slice(&bytes[rest..]);
}

/// Seconds since 1970 with the nanoseconds there are; false, and nothing written, for times before.
pub(crate) fn write_timestamp(out: &mut Vec<u8>, time: SystemTime) -> bool {
    let Ok(since) = time.duration_since(UNIX_EPOCH) else { return false };
    write_unsigned(out, since.as_secs());
    if since.subsec_nanos() > 0 {
        let decimals = format!(".{:09}", since.subsec_nanos());
        out.extend_from_slice(decimals.trim_end_matches('0').as_bytes());
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(text: &str, quotes: bool) -> String {
        let mut out = Vec::new();
        escape_into(&mut out, text, quotes);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_would_end_a_value_or_a_line_is_escaped() {
        assert_eq!(escaped("a\\b\"c\nd", true), r#"a\\b\"c\nd"#);
        assert_eq!(escaped("a\\b\"c\nd", false), r#"a\\b"c\nd"#);
        assert_eq!(escaped("日\r\t\0", true), "日\r\t\0");
    }

    fn unescaped(text: &str) -> String {
        let mut chars = text.chars();
        let mut out = String::new();
        while let Some(c) = chars.next() {
            out.push(match c {
                '\\' => match chars.next() {
                    Some('n') => '\n',
                    Some(c) => c,
                    None => panic!("a lone backslash at the end of {text:?}"),
                },
                c => c,
            });
        }
        out
    }

    proptest! {
        #[test]
        fn any_text_survives_escaping(text: String) {
            let quoted = escaped(&text, true);
            prop_assert!(!quoted.contains('\n'));
            let lone_quote = quoted.replace("\\\\", "").replace("\\\"", "").contains('"');
            prop_assert!(!lone_quote, "{quoted}");
            prop_assert_eq!(unescaped(&quoted), text.clone());
            prop_assert_eq!(unescaped(&escaped(&text, false)), text);
        }
    }
}
