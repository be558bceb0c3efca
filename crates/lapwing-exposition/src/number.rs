//! Numbers as they were measured, and as they are written.

use std::{
    cmp::Ordering,
    fmt::{self, Write as _},
    io::Write as _,
};

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

pub(crate) fn write_unsigned(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
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
    if v.abs() < 1e6 && v.fract() == 0.0 {
        if v < 0.0 {
            out.push(b'-');
        }
        return write_unsigned(out, v.abs() as u64);
    }
    let mut text = Scientific::default();
    // Writing to the array fails only when it is full, and no f64 has that many digits.
    let _ = write!(text, "{v:e}");
    let text = text.as_str();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        out.extend_from_slice(mantissa.as_bytes());
        let _ = write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
        return;
    }
    // Displaying without an exponent is as short in this range.
    let _ = write!(out, "{v}");
}

/// A bound or a quantile as a label value: [`write_float`], with `.0` where nothing else tells a float (`1.0`, `1e+06`).
pub(crate) fn write_bound(out: &mut Vec<u8>, v: f64) {
    let start = out.len();
    write_float(out, v);
    if out[start..].iter().all(|b| b.is_ascii_digit() || *b == b'-') {
        out.extend_from_slice(b".0");
    }
}

#[derive(Default)]
struct Scientific {
    bytes: [u8; 32],
    len: usize,
}

impl Scientific {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl fmt::Write for Scientific {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let end = self.len + s.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(s.as_bytes());
        self.len = end;
        Ok(())
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
    }
}
