//! Numbers as they were measured, and as they are written.

use std::{cmp::Ordering, fmt, io::Write as _};

/// A number as it was measured: integers stay integers and are written with all their digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// From a `u64` instrument.
    Unsigned(u64),
    /// From an `i64` instrument.
    Signed(i64),
    /// From an `f64` instrument.
    Float(f64),
}

impl Number {
    /// The nearest `f64`: exact up to 2^53, which is also all that Prometheus stores.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Unsigned(n) => n as f64,
            Number::Signed(n) => n as f64,
            Number::Float(n) => n,
        }
    }

    /// The sum; integers of one type stay integers and saturate instead of wrapping.
    pub(crate) fn plus(self, other: Number) -> Number {
        match (self, other) {
            (Number::Unsigned(a), Number::Unsigned(b)) => Number::Unsigned(a.saturating_add(b)),
            (Number::Signed(a), Number::Signed(b)) => Number::Signed(a.saturating_add(b)),
            (a, b) => Number::Float(a.as_f64() + b.as_f64()),
        }
    }

    /// Below zero, or not a number: what neither a counter nor the sum of a histogram of positive values can be.
    pub(crate) fn is_negative_or_nan(self) -> bool {
        match self {
            Number::Unsigned(_) => false,
            Number::Signed(n) => n < 0,
            Number::Float(n) => !matches!(n.partial_cmp(&0.0), Some(Ordering::Equal | Ordering::Greater)),
        }
    }
}

impl From<u64> for Number {
    fn from(n: u64) -> Self {
        Number::Unsigned(n)
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Number::Signed(n)
    }
}

impl From<f64> for Number {
    fn from(n: f64) -> Self {
        Number::Float(n)
    }
}

/// As the formats write it.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(24);
        write_number(&mut out, *self);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

pub(crate) fn write_number(out: &mut Vec<u8>, n: Number) {
    match n {
        Number::Unsigned(n) => write_unsigned(out, n),
        Number::Signed(n) => {
            if n < 0 {
                out.push(b'-');
            }
            write_unsigned(out, n.unsigned_abs());
        }
        Number::Float(n) => write_float(out, n),
    }
}

/// As many digits as a `u64` can have.
pub(crate) const DIGITS: usize = 20;

/// The digits of all numbers below a hundred.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut n = 0;
    while n < pairs.len() {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

/// The digits of a number below 100.
#[inline]
fn two(n: u64) -> [u8; 2] {
    PAIRS[n as usize % PAIRS.len()]
}

/// The digits of a number below 1000.
#[inline]
fn three(n: u64) -> [u8; 3] {
    let [b, c] = two(n % 100);
    [b'0' + (n / 100) as u8, b, c]
}

/// The digits of a number below 10 000.
#[inline]
fn four(n: u64) -> [u8; 4] {
    let ([a, b], [c, d]) = (two(n / 100), two(n % 100));
    [a, b, c, d]
}

// Most counts are short: up to four digits are written without a loop or a call.

#[inline]
pub(crate) fn write_unsigned(out: &mut Vec<u8>, n: u64) {
    match n {
        0..10 => out.push(b'0' + n as u8),
        10..100 => out.extend_from_slice(&two(n)),
        100..1000 => out.extend_from_slice(&three(n)),
        1000..10_000 => out.extend_from_slice(&four(n)),
        _ => {
            let start = out.len();
            out.resize(start + n.ilog10() as usize + 1, 0);
            write_over(&mut out[start..], n);
        }
    }
}

/// Writes `n` over the number that `line` begins with and ends with, if that has as many digits, and gives what comes after.
#[inline]
pub(crate) fn replace_unsigned(line: &mut [u8], n: u64) -> Option<&mut [u8]> {
    match (n, line) {
        (0..10, [a, b'\n', rest @ ..]) => {
            *a = b'0' + n as u8;
            Some(rest)
        }
        (10..100, [a, b, b'\n', rest @ ..]) => {
            [*a, *b] = two(n);
            Some(rest)
        }
        (100..1000, [a, b, c, b'\n', rest @ ..]) => {
            [*a, *b, *c] = three(n);
            Some(rest)
        }
        (1000..10_000, [a, b, c, d, b'\n', rest @ ..]) => {
            [*a, *b, *c, *d] = four(n);
            Some(rest)
        }
        (10_000.., line) => {
            let (number, rest) = line.split_at_mut_checked(n.ilog10() as usize + 1)?;
            let [b'\n', rest @ ..] = rest else { return None };
            write_over(number, n);
            Some(rest)
        }
        _ => None,
    }
}

/// Writes `n` over `text`, which must be as long as `n` has digits.
fn write_over(text: &mut [u8], mut n: u64) {
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (n % 10) as u8;
        n /= 10;
    }
}

/// The shortest digits that read back as the same `f64`, with an exponent from 1e+06 up and below 1e-04: what Prometheus
/// itself prints, so that a bound has one spelling wherever it comes from.
pub(crate) fn write_float(out: &mut Vec<u8>, v: f64) {
    if v.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if v.is_infinite() {
        return out.extend_from_slice(if v > 0.0 { b"+Inf" } else { b"-Inf" });
    }
    // By way of an integer: `fract` is a call.
    if v.abs() < 1e6 && f64::from(v as i32) == v {
        if v < 0.0 {
            out.push(b'-');
        }
        return write_unsigned(out, v.abs() as u64);
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(v);
    if (1e-4..1e6).contains(&v.abs()) {
        return out.extend_from_slice(text.as_bytes());
    }
    write_scientific(out, text);
}

/// `text` is a number with or without an exponent: `0.000025`, `-1234567.5`, `1e100`.
fn write_scientific(out: &mut Vec<u8>, text: &str) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let mut exponent: i32 = exponent.parse().unwrap_or(0);
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    // The first digit that counts, and where the point has to go.
    let zeros = whole.bytes().chain(decimals.bytes()).take_while(|digit| *digit == b'0').count();
    exponent += whole.len() as i32 - 1 - zeros as i32;
    if unsigned.len() < mantissa.len() {
        out.push(b'-');
    }
    let start = out.len();
    out.extend(whole.bytes().chain(decimals.bytes()).skip(zeros));
    while out.len() > start + 1 && out.ends_with(b"0") {
        out.pop();
    }
    if out.len() > start + 1 {
        out.insert(start + 1, b'.');
    }
    let _ = write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
}

/// A bucket bound as the label `le` has it, in every version of Prometheus.
///
/// ```
/// use lapwing_exposition::prometheus_bound;
///
/// assert_eq!([0.005, 1.0, 1e6, f64::INFINITY].map(prometheus_bound), ["0.005", "1.0", "1e+06", "+Inf"]);
/// ```
pub fn prometheus_bound(bound: f64) -> String {
    let mut out = Vec::new();
    write_bound(&mut out, bound);
    String::from_utf8(out).unwrap_or_default()
}

/// A bound or a quantile as a label value: [`write_float`], with `.0` where nothing else tells a float (`1.0`, `1e+06`).
pub(crate) fn write_bound(out: &mut Vec<u8>, v: f64) {
    let start = out.len();
    write_float(out, v);
    if out[start..].iter().all(|b| b.is_ascii_digit() || *b == b'-') {
        out.extend_from_slice(b".0");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn float(v: f64) -> String {
        Number::Float(v).to_string()
    }

    fn bound(v: f64) -> String {
        let mut out = Vec::new();
        write_bound(&mut out, v);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn floats_are_spelt_as_prometheus_spells_them() {
        for (v, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.0, "-1"),
            (0.005, "0.005"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.000025, "2.5e-05"),
            (999_999.0, "999999"),
            (999_999.5, "999999.5"),
            (1e6, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (-2.5e9, "-2.5e+09"),
            (1e22, "1e+22"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(float(v), text);
        }
    }

    #[test]
    fn bounds_always_look_like_floats() {
        for (v, text) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (-10.0, "-10.0"),
            (0.005, "0.005"),
            (1e6, "1e+06"),
            (300_000.0, "300000.0"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(bound(v), text);
        }
    }

    #[test]
    fn a_number_is_replaced_by_one_as_long() {
        for n in [0, 7, 42, 421, 4213, 42_137, 1_000_000, u64::MAX] {
            let text = n.to_string();
            let mut line = format!("{}\nnext 1\n", "8".repeat(text.len())).into_bytes();
            assert_eq!(replace_unsigned(&mut line, n).as_deref(), Some(&b"next 1\n"[..]));
            assert_eq!(String::from_utf8(line).unwrap(), format!("{text}\nnext 1\n"));
            for other in [text.len() - 1, text.len() + 1] {
                let mut line = format!("{}\n", "8".repeat(other)).into_bytes();
                assert_eq!(replace_unsigned(&mut line, n), None, "{n} over {other} digits");
                assert_eq!(line, format!("{}\n", "8".repeat(other)).into_bytes());
            }
        }
    }

    #[test]
    fn integers_keep_every_digit() {
        assert_eq!(Number::from(u64::MAX).to_string(), "18446744073709551615");
        assert_eq!(Number::from((1_u64 << 53) + 1).to_string(), "9007199254740993");
        assert_eq!(Number::from(i64::MIN).to_string(), "-9223372036854775808");
        assert_eq!(Number::from(0_u64).to_string(), "0");
    }

    #[test]
    fn sums_of_integers_saturate() {
        assert_eq!(Number::from(u64::MAX).plus(Number::from(1_u64)), Number::from(u64::MAX));
        assert_eq!(Number::from(i64::MIN).plus(Number::from(-1_i64)), Number::from(i64::MIN));
        assert_eq!(Number::from(1_u64).plus(Number::from(0.5)), Number::from(1.5));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same_number(bits: u64) {
            let v = f64::from_bits(bits);
            for text in [float(v), bound(v)] {
                let read: f64 = text.parse().unwrap();
                prop_assert!(read == v || read.is_nan() && v.is_nan(), "{v:?} was written {text}");
            }
        }

        #[test]
        fn digits_are_those_of_the_standard_library(bits: u64, near in -1e7..1e7_f64, small in 1e-6..1e-3_f64) {
            for v in [f64::from_bits(bits), near, -small] {
                if !v.is_finite() {
                    continue;
                }
                let expected = format!("{v:e}");
                let (mantissa, exponent) = expected.split_once('e').unwrap();
                let exponent: i32 = exponent.parse().unwrap();
                let expected = match exponent {
                    -4..6 => v.to_string(),
                    _ => format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
                };
                prop_assert_eq!(float(v), expected);
            }
        }
    }
}
