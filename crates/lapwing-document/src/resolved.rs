//! Types of plain scalars by the YAML 1.2 core schema.

/// What a scalar is, with its value where that is none of its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A float, or an integer beyond 64 bits.
    Float(f64),
    /// Anything else.
    Str,
}

impl Resolved {
    /// With its article, for messages.
    pub fn noun(self) -> &'static str {
        match self {
            Resolved::Null => "null",
            Resolved::Bool(_) => "a boolean",
            Resolved::Int(_) => "an integer",
            Resolved::Float(_) => "a number",
            Resolved::Str => "a string",
        }
    }
}

/// The type of a plain scalar.
///
/// ```
/// use lapwing_document::{Resolved, resolve};
///
/// assert_eq!(resolve("0x10"), Resolved::Int(16));
/// assert_eq!(resolve("yes"), Resolved::Str);
/// ```
pub fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "true" | "True" | "TRUE" => Resolved::Bool(true),
        "false" | "False" | "FALSE" => Resolved::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        _ => number(text).unwrap_or(Resolved::Str),
    }
}

fn number(text: &str) -> Option<Resolved> {
    let radix = |digits: &str, radix: u32| -> Option<Resolved> {
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        let float =
            || digits.chars().fold(0.0, |sum, c| sum * f64::from(radix) + f64::from(c.to_digit(radix).unwrap_or(0)));
        Some(i64::from_str_radix(digits, radix).map_or_else(|_| Resolved::Float(float()), Resolved::Int))
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(Resolved::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    if !unsigned.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
        return None;
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().map(Resolved::Int).or_else(|_| text.parse().map(Resolved::Float)).ok();
    }
    // Only digits, a point and an exponent are left; Rust's own reader is laxer (`1_0` no, but `infinity` yes).
    let only = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    if unsigned.chars().all(only) { text.parse().map(Resolved::Float).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_decides() {
        for (text, value) in [
            ("", Resolved::Null),
            ("~", Resolved::Null),
            ("true", Resolved::Bool(true)),
            ("False", Resolved::Bool(false)),
            ("yes", Resolved::Str),
            ("0", Resolved::Int(0)),
            ("-12", Resolved::Int(-12)),
            ("+3", Resolved::Int(3)),
            ("0xdeadbeef", Resolved::Int(3_735_928_559)),
            ("0o17", Resolved::Int(15)),
            ("0x", Resolved::Str),
            ("1.1", Resolved::Float(1.1)),
            (".5", Resolved::Float(0.5)),
            ("5.", Resolved::Float(5.0)),
            ("1e3", Resolved::Float(1000.0)),
            ("-.inf", Resolved::Float(f64::NEG_INFINITY)),
            ("inf", Resolved::Str),
            ("infinity", Resolved::Str),
            ("nan", Resolved::Str),
            ("1_000", Resolved::Str),
            ("1.2.3", Resolved::Str),
            (".", Resolved::Str),
            ("-", Resolved::Str),
            ("e5", Resolved::Str),
            ("99999999999999999999", Resolved::Float(1e20)),
            ("0xffffffffffffffffffff", Resolved::Float(1_208_925_819_614_629_174_706_175.0)),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
        assert!(matches!(resolve(".NaN"), Resolved::Float(value) if value.is_nan()));
    }
}
