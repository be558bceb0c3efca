//! Units: from UCUM to Grafana's ids.

use crate::{Kind, Metric};

/// Grafana's id of the unit of a metric's value: of a histogram that of what is observed.
pub(crate) fn of_value(metric: &Metric) -> &'static str {
    let is_ratio = metric.name.ends_with("_ratio")
        || metric.bounds.as_ref().is_some_and(|bounds| bounds.last().is_some_and(|&last| last <= 1.0));
    match metric.unit.as_str() {
        "1" if is_ratio => "percentunit",
        unit => grafana(unit),
    }
}

/// Grafana's id of the unit of how fast a metric's events come, a second: of a counter with a unit what it adds up.
pub(crate) fn of_rate(metric: &Metric) -> &'static str {
    match (metric.kind, metric.unit.as_str()) {
        (Kind::Counter, "By") => "binBps",
        (Kind::Counter, "bit") => "bps",
        // Seconds a second.
        (Kind::Counter, "s") => "short",
        _ => "ops",
    }
}

/// Grafana's id of a unit in UCUM; `short` (a number, shortened) for those it doesn't have.
pub(crate) fn grafana(ucum: &str) -> &'static str {
    match ucum {
        "s" => "s",
        "ms" => "ms",
        "us" => "µs",
        "ns" => "ns",
        "min" => "m",
        "h" => "h",
        "d" => "d",
        "By" => "bytes",
        "KiBy" => "kbytes",
        "MiBy" => "mbytes",
        "GiBy" => "gbytes",
        "TiBy" => "tbytes",
        "kBy" => "deckbytes",
        "MBy" => "decmbytes",
        "GBy" => "decgbytes",
        "TBy" => "dectbytes",
        "bit" => "bits",
        "By/s" => "binBps",
        "bit/s" => "bps",
        "%" => "percent",
        "Hz" => "hertz",
        "Cel" => "celsius",
        "K" => "kelvin",
        "W" => "watt",
        "V" => "volt",
        "A" => "amp",
        "J" => "joule",
        "m" => "lengthm",
        "g" => "massg",
        _ => "short",
    }
}

#[cfg(test)]
mod tests {
    use super::grafana;

    #[test]
    fn what_grafana_has_no_unit_for_is_a_number() {
        assert_eq!(["s", "By", "%", "{request}", ""].map(grafana), ["s", "bytes", "percent", "short", "short"]);
    }
}
