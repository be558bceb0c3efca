//! Numbers, durations and strings as Prometheus reads them.

use std::{fmt, time::Duration};

/// The longest duration that Prometheus can hold: 64 bits of nanoseconds, with sign.
const LONGEST_NANOS: u128 = i64::MAX as u128;

/// Units from long to short, as they have to follow each other, in milliseconds.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// `1h30m`; the error says what is wrong with it.
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    let mut rest = text;
    let mut last = None;
    let mut millis: u128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or("a unit is missing behind the last number")?;
        let end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |len| digits + len);
        let place = UNITS.iter().position(|(unit, _)| *unit == &rest[digits..end]);
        let place = place.filter(|_| digits > 0).ok_or("units are y, w, d, h, m, s and ms")?;
        if last.is_some_and(|last| place <= last) {
            return Err("units go from long to short, each once: y, w, d, h, m, s, ms");
        }
        last = Some(place);
        let number: u64 = rest[..digits].parse().map_err(|_| "it is longer than 292 years")?;
        millis += u128::from(number) * u128::from(UNITS[place].1);
        rest = &rest[end..];
    }
    if millis * 1_000_000 > LONGEST_NANOS {
        return Err("it is longer than 292 years");
    }
    // Fits: it is below 64 bits even of nanoseconds.
    Ok(Duration::from_millis(millis as u64))
}

/// Seconds as a duration.
pub(crate) fn seconds(seconds: f64) -> Option<Duration> {
    let duration = Duration::try_from_secs_f64(seconds).ok()?;
    (duration.as_nanos() <= LONGEST_NANOS).then_some(duration)
}

/// A number as Go reads it: integers with a base and underscores, else decimal.
pub(crate) fn number(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let (base, digits) = match lower.strip_prefix("0x") {
        Some(digits) => (16, digits.strip_prefix('_').unwrap_or(digits)),
        // Go reads a leading zero as octal, and as decimal what is none.
        None if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        None => (10, lower.as_str()),
    };
    if !underscores_separate(digits, base) {
        return None;
    }
    let digits = digits.replace('_', "");
    if let Ok(number) = i64::from_str_radix(&digits, base) {
        return Some(number as f64);
    }
    let plain = lower.replace('_', "");
    if base == 16 || !plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    plain.parse::<f64>().ok().filter(|number| number.is_finite())
}

fn underscores_separate(digits: &str, base: u32) -> bool {
    let bytes = digits.as_bytes();
    // An octal's first digit, its zero, is cut off.
    let digit = |byte: Option<&u8>| byte.is_some_and(|byte| char::from(*byte).is_digit(base.max(10)));
    (0..bytes.len()).filter(|place| bytes[*place] == b'_').all(|place| {
        (place == 0 && base == 8 || place > 0 && digit(bytes.get(place - 1))) && digit(bytes.get(place + 1))
    })
}

/// Resolves the escapes between the quotes; an error gives the place within `inner` and what is wrong.
pub(crate) fn unescape(inner: &str, quote: char) -> Result<String, (std::ops::Range<usize>, String)> {
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.char_indices();
    while let Some((start, c)) = rest.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let Some((place, c)) = rest.next() else {
            return Err((start..start + 1, "the escape sequence isn't finished".to_owned()));
        };
        let end = place + c.len_utf8();
        let simple = match c {
            'a' => Some(b'\x07'),
            'b' => Some(b'\x08'),
            'f' => Some(b'\x0c'),
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            'v' => Some(b'\x0b'),
            '\\' => Some(b'\\'),
            c if c == quote => Some(c as u8),
            _ => None,
        };
        if let Some(byte) = simple {
            bytes.push(byte);
            continue;
        }
        let (digits, base, from) = match c {
            '0'..='7' => (3, 8, place),
            'x' => (2, 16, end),
            'u' => (4, 16, end),
            'U' => (8, 16, end),
            _ => return Err((start..end, format!("`\\{c}` is no escape sequence"))),
        };
        let code = inner.get(from..from + digits).filter(|code| code.chars().all(|c| c.is_digit(base)));
        let code = code.and_then(|code| u32::from_str_radix(code, base).ok());
        let Some(code) = code else {
            return Err((start..end, format!("`\\{c}` takes {digits} digits of base {base}")));
        };
        match (c, u8::try_from(code), char::from_u32(code)) {
            ('u' | 'U', _, Some(c)) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            ('0'..='7' | 'x', Ok(byte), _) => bytes.push(byte),
            _ => return Err((start..from + digits, "the escape sequence is no character".to_owned())),
        }
        while rest.offset() < from + digits {
            rest.next();
        }
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Writes a string in double quotes.
pub(crate) fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            // Prometheus' lexer takes it for broken UTF-8.
            c if c.is_control() || c == char::REPLACEMENT_CHARACTER => match u32::from(c) {
                code @ 0..=0xffff => write!(f, "\\u{code:04x}")?,
                code => write!(f, "\\U{code:08x}")?,
            },
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

/// Writes a duration as Prometheus does, and what is finer than milliseconds as a number of seconds.
pub(crate) fn write_duration(f: &mut fmt::Formatter<'_>, duration: Duration) -> fmt::Result {
    if !duration.subsec_nanos().is_multiple_of(1_000_000) {
        return write!(f, "{}", duration.as_secs_f64());
    }
    // Below 64 bits: only what was read or is as long gets here; longer ones are cut to what can be read.
    let mut millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return f.write_str("0s");
    }
    for (place, (unit, length)) in UNITS.into_iter().enumerate() {
        // Years and weeks only where nothing is left: nobody counts 8760h as 1y1h.
        if (place > 1 || millis.is_multiple_of(length)) && millis >= length {
            write!(f, "{}{unit}", millis / length)?;
            millis %= length;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_does() {
        for (text, expected) in
            [("1", 1.0), ("0x1F", 31.0), ("0X_1f", 31.0), ("010", 8.0), ("08", 8.0), ("1.", 1.0), (".5", 0.5)]
        {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        assert_eq!(number("1_000.5"), Some(1000.5));
        assert_eq!(number("1e-400"), Some(0.0));
        for text in ["", "0x", "1e", "1e400", "1__0", "0xFFFFFFFFFFFFFFFF", ".", "_1", "1_"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn durations_have_units_from_long_to_short() {
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("1y2w3d4h5m6s7ms").map(|d| d.as_millis()), Ok(33_019_506_007));
        for text in ["1m1h", "1h1h", "5ss", "300y", "1.5h", "99999999999999999999h", "5m3"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescape(r#"\x41\101\u00e9\n\"'"#, '"').as_deref(), Ok("AAé\n\"'"));
        assert_eq!(unescape(r"\xc3\xa9\xff", '"').as_deref(), Ok("é\u{fffd}"));
        for text in [r"\'", r"\q", r"\8", r"\400", r"\ud800", r"\x4", r"\u00é", "\\"] {
            assert!(unescape(text, '"').is_err(), "{text}");
        }
    }
}
