//! What Prometheus makes of an annotation.

use super::labels::Labels;

/// How much of a value may be noise of its calculation.
const NOISE: f64 = 1e-6;

/// `text` with its templates filled in, for an alert of these labels and this value; nothing where one asks for a value that isn't sure,
/// or for more than the forms that are known here.
pub(super) fn filled(text: &str, labels: &Labels, value: Option<f64>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, after) = after.split_once("}}")?;
        filled.push_str(before);
        filled.push_str(&yielded(action.trim(), labels, value)?);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

/// `$labels.name`, `"text"`, `$value | humanizePercentage`, `$value | humanizeDuration`.
fn yielded(action: &str, labels: &Labels, value: Option<f64>) -> Option<String> {
    if let Some(label) = action.strip_prefix("$labels.") {
        let is_name = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && label != "__name__";
        return is_name.then(|| labels.get(label).unwrap_or_default().to_owned());
    }
    if let Some(text) = action.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return (!text.contains(['"', '\\'])).then(|| text.to_owned());
    }
    let (subject, function) = action.split_once('|')?;
    let written = match (subject.trim(), function.trim()) {
        ("$value", "humanizePercentage") => |value: f64| Some(general(100.0 * value)? + "%"),
        ("$value", "humanizeDuration") => duration,
        _ => return None,
    };
    // What is written must not depend on how the value was rounded.
    let [less, more] = [1.0 - NOISE, 1.0 + NOISE].map(|factor| written(value? * factor));
    less.filter(|less| more.as_ref() == Some(less))
}

fn duration(seconds: f64) -> Option<String> {
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = seconds.abs() as u64;
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    Some(match (days, hours, minutes) {
        (0, 0, 0) if seconds == 0.0 || whole > 0 => general(seconds)? + "s",
        (0, 0, 0) if seconds.abs() >= 1e-3 => general(1e3 * seconds)? + "ms",
        (0, 0, 0) => return None,
        (0, 0, _) => format!("{sign}{minutes}m {rest}s"),
        (0, ..) => format!("{sign}{hours}h {minutes}m {rest}s"),
        _ => format!("{sign}{days}d {hours}h {minutes}m {rest}s"),
    })
}

/// As `%.4g` writes it, if that is without an exponent.
fn general(number: f64) -> Option<String> {
    let exponent: i32 = format!("{number:.3e}").split_once('e')?.1.parse().ok()?;
    let decimals = usize::try_from(3 - exponent).ok().filter(|_| exponent >= -4)?;
    let fixed = format!("{number:.decimals$}");
    Some(if decimals > 0 { fixed.trim_end_matches('0').trim_end_matches('.').to_owned() } else { fixed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sure_is_filled_in() {
        let labels = Labels::default().with("backend", "postgres").with("empty", "");
        let filled = |text: &str, value: Option<f64>| filled(text, &labels, value);
        let cases = [
            ("plain", None, "plain"),
            ("{{ $labels.backend }} and {{$labels.backend}}", None, "postgres and postgres"),
            ("[{{ $labels.empty }}{{ $labels.bakend }}]", None, "[]"),
            (r#"{{ "{{" }} x }}"#, None, "{{ x }}"),
            ("{{ $value | humanizePercentage }}", Some(0.014_544), "1.454%"),
            ("{{ $value | humanizePercentage }}", Some(0.999_999_999_9), "100%"),
            ("{{ $value | humanizePercentage }}", Some(0.0), "0%"),
            ("{{ $value | humanizeDuration }}", Some(0.0), "0s"),
            ("{{ $value | humanizeDuration }}", Some(5.05), "5.05s"),
            ("{{ $value | humanizeDuration }}", Some(-59.123_45), "-59.12s"),
            ("{{ $value | humanizeDuration }}", Some(61.5), "1m 1s"),
            ("{{ $value | humanizeDuration }}", Some(-90_061.5), "-1d 1h 1m 1s"),
            ("{{ $value | humanizeDuration }}", Some(0.084_166_666), "84.17ms"),
        ];
        for (text, value, expected) in cases {
            assert_eq!(filled(text, value).as_deref(), Some(expected), "{text} of {value:?}");
        }
    }

    #[test]
    fn what_is_not_sure_is_left() {
        let unsure = [
            ("{{ $value | humanizePercentage }}", None),
            // On the edge between 1.454 and 1.455.
            ("{{ $value | humanizePercentage }}", Some(0.014_545)),
            ("{{ $value | humanizePercentage }}", Some(1e6)),
            ("{{ $value | humanizeDuration }}", Some(60.0)),
            ("{{ $value | humanizeDuration }}", Some(1e-6)),
            ("{{ $value }}", Some(1.0)),
            ("{{ $value | humanize }}", Some(1.0)),
            ("{{ $labels.__name__ }}", None),
            ("{{ if $labels.x }}y{{ end }}", None),
            (r#"{{ "\n" }}"#, None),
            ("{{ $labels.x", None),
        ];
        for (text, value) in unsure {
            assert_eq!(filled(text, &Labels::default(), value), None, "{text} of {value:?}");
        }
    }
}
