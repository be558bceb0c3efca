//! What one stream is called in Prometheus.

use crate::{InstrumentKind, StreamName, Translation, prometheus_name};

/// Names that the exposition or Prometheus itself writes.
const RESERVED: [(&str, &str); 11] = [
    ("lapwing_gathers", "the exposition"),
    ("target_info", "the exposition"),
    ("up", "Prometheus"),
    ("scrape_body_size_bytes", "Prometheus"),
    ("scrape_duration_seconds", "Prometheus"),
    ("scrape_sample_limit", "Prometheus"),
    ("scrape_samples_post_metric_relabeling", "Prometheus"),
    ("scrape_samples_scraped", "Prometheus"),
    ("scrape_series_added", "Prometheus"),
    ("scrape_timeout_seconds", "Prometheus"),
    ("lapwing_gathers_total", "the exposition"),
];

/// Family and samples of one stream.
pub(super) struct Names {
    /// As OpenMetrics has it, without `_total`.
    pub(super) family: String,
    pub(super) samples: Vec<String>,
    /// As Prometheus types it: never an up/down counter.
    pub(super) kind: InstrumentKind,
    /// Without what doesn't make numbers differ.
    pub(super) unit: String,
}

impl Names {
    pub(super) fn of(stream: &StreamName, translation: Translation) -> Names {
        let full = prometheus_name(&stream.name, &stream.unit, stream.kind, translation);
        let samples = match stream.kind {
            InstrumentKind::Histogram => ["_bucket", "_sum", "_count"].iter().map(|end| full.clone() + end).collect(),
            _ => vec![full.clone()],
        };
        let family = match stream.kind {
            InstrumentKind::Counter => full.strip_suffix("_total").unwrap_or(&full).to_owned(),
            _ => full,
        };
        // Up/down counters differ from gauges in name alone.
        let kind = match stream.kind {
            InstrumentKind::UpDownCounter => InstrumentKind::Gauge,
            kind => kind,
        };
        Names { family, samples, kind, unit: dimension(&stream.unit) }
    }

    /// The first name that the exposition or Prometheus itself writes, and which of them.
    pub(super) fn reserved(&self) -> Option<(&str, &'static str)> {
        self.samples.iter().chain([&self.family]).find_map(|name| {
            let (_, writer) = RESERVED.iter().find(|(reserved, _)| reserved == name)?;
            Some((name.as_str(), *writer))
        })
    }
}

/// The unit without what doesn't make numbers differ: annotations such as `{request}`, and `1`.
fn dimension(unit: &str) -> String {
    let mut rest = unit;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        kept += before;
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    kept += rest;
    if kept == "1" { String::new() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(name: &str, unit: &str, kind: InstrumentKind) -> Names {
        Names::of(&StreamName { name: name.to_owned(), unit: unit.to_owned(), kind }, Translation::default())
    }

    #[test]
    fn family_and_samples_by_kind() {
        let counter = names("a.b", "", InstrumentKind::Counter);
        assert_eq!((counter.family.as_str(), &counter.samples[..]), ("a_b", &["a_b_total".to_owned()][..]));
        let up_down = names("a.b", "By", InstrumentKind::UpDownCounter);
        assert_eq!((up_down.family.as_str(), up_down.kind), ("a_b_bytes", InstrumentKind::Gauge));
        let histogram = names("a.b", "s", InstrumentKind::Histogram);
        assert_eq!(histogram.samples, ["a_b_seconds_bucket", "a_b_seconds_sum", "a_b_seconds_count"]);
    }

    #[test]
    fn what_others_write_is_reserved() {
        for (name, writer) in RESERVED {
            assert_eq!(names(name, "", InstrumentKind::Gauge).reserved(), Some((name, writer)));
        }
        assert!(names("lapwing.gathers", "", InstrumentKind::Counter).reserved().is_some());
        // Problems counted elsewhere join those of the exposition.
        assert!(names("lapwing.problems", "", InstrumentKind::Counter).reserved().is_none());
        assert!(names("uptime", "s", InstrumentKind::Gauge).reserved().is_none());
    }

    #[test]
    fn annotations_are_no_part_of_a_unit() {
        for (unit, expected) in [("{a}By/{b}s", "By/s"), ("{call}", ""), ("1", ""), ("By{", "By"), ("ms", "ms")] {
            assert_eq!(dimension(unit), expected, "{unit}");
        }
    }
}
