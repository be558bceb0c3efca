//! Lengths of time as Prometheus writes them.

use std::time::Duration;

/// `1h30m`, `500ms`, `30d`: units fall, each once.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 7] = [
        ("y", 31_536_000_000),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let (mut rest, mut left, mut sum) = (text, &UNITS[..], 0_u64);
    while !rest.is_empty() {
        let (digits, behind) = split(rest, |c| c.is_ascii_digit());
        let (unit, behind) = split(behind, |c| c.is_ascii_alphabetic() && !digits.is_empty());
        let index = left.iter().position(|(name, _)| *name == unit)?;
        let (_, milliseconds) = left.get(index)?;
        sum = sum.checked_add(digits.parse::<u64>().ok()?.checked_mul(*milliseconds)?)?;
        (rest, left) = (behind, left.get(index + 1..)?);
    }
    // Prometheus keeps nanoseconds in 64 bits.
    let most = u64::try_from(i64::MAX).ok()? / 1_000_000;
    (!text.is_empty() && sum <= most).then(|| Duration::from_millis(sum))
}

fn split(text: &str, takes: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !takes(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_prometheus_own() {
        for (text, milliseconds) in [
            ("0s", 0),
            ("500ms", 500),
            ("15s", 15_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
            ("1y2w3d4h5m6s7ms", 31_536_000_000 + 1_209_600_000 + 259_200_000 + 14_400_000 + 306_007),
        ] {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["", "5", "m", "5x", "5m1h", "5m5m", "1.5h", "-1s", "5 m", "5m ", "99999999999999999999s", "300y", "é"]
        {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
