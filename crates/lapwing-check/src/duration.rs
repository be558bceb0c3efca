//! Lengths of time as Prometheus and Alertmanager write them.

use std::time::Duration;

use crate::{Spot, Text};

/// A length of time in a file.
#[derive(Clone, Debug)]
pub struct Timing {
    /// As written.
    pub text: Text,
    /// How long; none if it is no length of time.
    pub value: Option<Duration>,
}

impl Timing {
    pub(crate) fn new(text: Text) -> Timing {
        Timing { value: duration(&text), text }
    }

    /// Where it stands.
    pub fn spot(&self) -> Spot {
        self.text.spot()
    }
}

/// `1h30m`, `90s`, `200ms`, `0`: units from large to small, each once.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 7] = [
        ("y", 31_536_000_000),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (mut rest, mut sum, mut next) = (text, 0_u64, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = UNITS.iter().position(|(unit, _)| *unit == &rest[..letters]).filter(|unit| *unit >= next)?;
        sum = sum.checked_add(number.checked_mul(UNITS[unit].1)?)?;
        next = unit + 1;
        rest = &rest[letters..];
    }
    (!text.is_empty()).then(|| Duration::from_millis(sum))
}

/// A length of time in the same writing.
pub(crate) fn written(duration: Duration) -> String {
    let mut rest = duration.as_millis();
    let mut out = String::new();
    for (unit, milliseconds) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if rest >= milliseconds {
            out += &format!("{}{unit}", rest / milliseconds);
            rest %= milliseconds;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_prometheus_reads_them() {
        for (text, seconds) in [("0", 0.0), ("90s", 90.0), ("1h30m", 5400.0), ("200ms", 0.2), ("1d", 86400.0)] {
            assert_eq!(duration(text), Some(Duration::from_secs_f64(seconds)), "{text}");
        }
        for wrong in ["", "5", "1.5m", "30m1h", "1m1m", "m", "5 m", "-5m", "99999999999999999999y", "5é"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_written_back() {
        for text in ["1h30m", "200ms", "15s", "1d"] {
            assert_eq!(duration(text).map(written).as_deref(), Some(text));
        }
    }
}
