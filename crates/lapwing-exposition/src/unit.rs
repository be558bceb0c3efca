//! Units: from UCUM, as OpenTelemetry writes them, to the words of Prometheus names.

/// The words for `unit`, empty for none: `s` → `seconds`, `By/s` → `bytes_per_second`, `{request}/s` → `per_second`.
///
/// Annotations in braces are dropped, and `1` is no unit here (what it means depends on the instrument). What the table
/// doesn't know stays, with `_` for what a name can't hold.
pub(crate) fn words(unit: &str) -> String {
    let unit = without_annotations(unit);
    let (first, per) = unit.split_once('/').unwrap_or((&unit, ""));
    let (first, per) = (plural(first.trim()), singular(per.trim()));
    match (first.is_empty(), per.is_empty()) {
        (_, true) => first,
        (true, false) => format!("per_{per}"),
        (false, false) => format!("{first}_per_{per}"),
    }
}

fn without_annotations(unit: &str) -> String {
    let mut depth = 0_u32;
    unit.chars()
        .filter(|c| match c {
            '{' => {
                depth += 1;
                false
            }
            '}' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

fn plural(unit: &str) -> String {
    let word = match unit {
        "1" => "",
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" | "B" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tibibytes",
        "KBy" | "kBy" | "KB" => "kilobytes",
        "MBy" | "MB" => "megabytes",
        "GBy" | "GB" => "gigabytes",
        "TBy" | "TB" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "%" => "percent",
        other => return sanitized(other),
    };
    word.to_owned()
}

fn singular(unit: &str) -> String {
    let word = match unit {
        "1" => "",
        "s" => "second",
        "m" | "min" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" | "wk" => "week",
        "mo" => "month",
        "y" | "a" => "year",
        other => return sanitized(other),
    };
    word.to_owned()
}

fn sanitized(unit: &str) -> String {
    let words: Vec<_> = unit.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_become_words() {
        for (unit, expected) in [
            ("", ""),
            ("1", ""),
            ("s", "seconds"),
            ("ms", "milliseconds"),
            ("By", "bytes"),
            ("%", "percent"),
            ("{request}", ""),
            ("{request}/s", "per_second"),
            ("1/s", "per_second"),
            ("By/s", "bytes_per_second"),
            ("m/s", "meters_per_second"),
            ("ms/s", "milliseconds_per_second"),
            ("By/{op}", "bytes"),
            ("By{transferred}", "bytes"),
            ("kWh", "kWh"),
            ("requests", "requests"),
            ("m/s/s", "meters_per_s_s"),
            ("{a}{b", ""),
            ("///", ""),
        ] {
            assert_eq!(words(unit), expected, "{unit}");
        }
    }
}
