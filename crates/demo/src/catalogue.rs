//! What sigil's declarations promise, as Prometheus names it: the only list of metrics here is theirs.

use lapwing_config::{ConfigError, Instrument, LabelSource, Measure, Rule};
use lapwing_exposition::{InstrumentKind, Translation, prometheus_name};

/// The declarations that sigil runs with.
pub(crate) const TELEMETRY: &str = include_str!("../../../otel-config/sigil/telemetry.yaml");

/// What the process itself shows beside what is declared.
const PROCESS: [(&str, InstrumentKind); 6] = [
    ("process_cpu_seconds_total", InstrumentKind::Counter),
    ("process_resident_memory_bytes", InstrumentKind::Gauge),
    ("process_open_fds", InstrumentKind::Gauge),
    ("process_threads", InstrumentKind::Gauge),
    ("process_start_time_seconds", InstrumentKind::Gauge),
    ("build_info", InstrumentKind::Gauge),
];

/// Sources that observe something only with PostgreSQL.
const NEED_POSTGRES: [&str; 1] = ["outbox.pending"];

/// One promised metric.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) kind: InstrumentKind,
    /// Whether it is there only with PostgreSQL.
    pub(crate) needs_postgres: bool,
}

/// One line of the table: PromQL selectors of what one rule measures.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    pub(crate) title: String,
    /// Counter of its calls.
    pub(crate) calls: Option<String>,
    /// Counter of its errors.
    pub(crate) errors: Option<String>,
    /// Histogram of its duration or of what it measures, without `_bucket`.
    pub(crate) histogram: Option<String>,
    /// Whether the histogram is of seconds.
    pub(crate) seconds: bool,
}

/// All that is promised.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) operations: Vec<Operation>,
}

impl Catalogue {
    /// Of sigil.
    pub(crate) fn of_sigil() -> Result<Self, ConfigError> {
        Self::of(TELEMETRY)
    }

    fn of(text: &str) -> Result<Self, ConfigError> {
        let configuration = lapwing_config::parse(text, "otel-config/sigil/telemetry.yaml", &|_| None)?;
        let reader = configuration.meter.as_ref().and_then(|meter| meter.prometheus.as_ref());
        let naming = Naming(reader.map_or_else(Translation::default, |reader| reader.translation));
        let mut metrics: Vec<Metric> = Vec::new();
        let mut add = |name: String, kind, needs_postgres| {
            // Several rules may feed one instrument.
            if metrics.iter().all(|metric| metric.name != name) {
                metrics.push(Metric { name, kind, needs_postgres });
            }
        };
        for rule in &configuration.lapwing.rules {
            for measure in &rule.measures {
                add(naming.of(measure), kind(measure), false);
            }
        }
        for gauge in &configuration.lapwing.gauges {
            let name = prometheus_name(&gauge.instrument, &gauge.unit, InstrumentKind::Gauge, naming.0);
            add(name, InstrumentKind::Gauge, NEED_POSTGRES.contains(&gauge.source.as_str()));
        }
        for (name, kind) in PROCESS {
            add(name.to_owned(), kind, false);
        }
        let operations = configuration.lapwing.rules.iter().flat_map(|rule| naming.operations(rule)).collect();
        Ok(Catalogue { metrics, operations })
    }
}

struct Naming(Translation);

impl Naming {
    fn of(&self, measure: &Measure) -> String {
        let instrument = measure.instrument();
        let unit = match measure {
            Measure::Duration(_) if instrument.unit.is_empty() => "s",
            _ => &instrument.unit,
        };
        prometheus_name(&instrument.name, unit, kind(measure), self.0)
    }

    /// A line for the rule itself, and one for each field it makes a histogram of.
    fn operations(&self, rule: &Rule) -> Vec<Operation> {
        let name = rule.matches.name.clone().unwrap_or_default();
        let title = name.split_once('.').map_or(name.as_str(), |(_, rest)| rest).replace('.', " ");
        let find = |wanted: fn(&Measure) -> bool| rule.measures.iter().find(|measure| wanted(measure));
        let duration = find(|measure| matches!(measure, Measure::Duration(_)));
        let calls = find(|measure| matches!(measure, Measure::Calls(_)));
        let errors = find(|measure| matches!(measure, Measure::Errors(_)));
        let count = |measure: &Measure| match measure {
            Measure::Duration(_) => self.of(measure) + "_count",
            _ => self.of(measure),
        };
        let by_outcome = calls.or(duration).and_then(|measure| {
            Some(format!("{}{{{}=\"error\"}}", count(measure), outcome_label(measure.instrument())?))
        });
        let by_counter = errors.map(|measure| self.of(measure) + &constants(measure.instrument()));
        let mut lines = vec![Operation {
            title: title.clone(),
            calls: calls.or(duration).map(count),
            errors: by_outcome.or(by_counter),
            histogram: duration.map(|measure| self.of(measure)),
            seconds: true,
        }];
        for measure in &rule.measures {
            if let Measure::Histogram { field, .. } = measure {
                let histogram = self.of(measure);
                lines.push(Operation {
                    title: format!("{title} {field}"),
                    calls: Some(format!("{histogram}_count")),
                    errors: None,
                    histogram: Some(histogram),
                    seconds: measure.instrument().unit == "s",
                });
            }
        }
        lines
    }
}

fn kind(measure: &Measure) -> InstrumentKind {
    match measure {
        Measure::Duration(_) | Measure::Histogram { .. } => InstrumentKind::Histogram,
        Measure::Calls(_) | Measure::Errors(_) | Measure::Counter { .. } => InstrumentKind::Counter,
        Measure::InFlight(_) => InstrumentKind::UpDownCounter,
    }
}

fn outcome_label(instrument: &Instrument) -> Option<&str> {
    let label = instrument.labels.iter().find(|label| label.source == LabelSource::Outcome)?;
    Some(&label.name)
}

/// `{operation="gc"}`: the part of a shared counter that is this rule's.
fn constants(instrument: &Instrument) -> String {
    let constants: Vec<String> = instrument
        .labels
        .iter()
        .filter_map(|label| match &label.source {
            LabelSource::Constant(value) => Some(format!("{}=\"{value}\"", label.name)),
            _ => None,
        })
        .collect();
    format!("{{{}}}", constants.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_yield_prometheus_names() {
        let catalogue = Catalogue::of_sigil().unwrap();
        let kind = |name: &str| catalogue.metrics.iter().find(|metric| metric.name == name).map(|metric| metric.kind);
        assert_eq!(kind("sigil_encode_duration_seconds"), Some(InstrumentKind::Histogram));
        assert_eq!(kind("sigil_error_total"), Some(InstrumentKind::Counter));
        assert_eq!(kind("dnastore_circuit_state"), Some(InstrumentKind::Gauge));
        assert_eq!(kind("process_cpu_seconds_total"), Some(InstrumentKind::Counter));
        let errors = catalogue.metrics.iter().filter(|metric| metric.name == "sigil_error_total");
        assert_eq!(errors.count(), 1, "fed by several rules, promised once");
    }

    #[test]
    fn operations_know_where_calls_errors_and_durations_are() {
        let catalogue = Catalogue::of_sigil().unwrap();
        let find = |title: &str| catalogue.operations.iter().find(|operation| operation.title == title).unwrap();
        let encode = find("encode");
        assert_eq!(encode.calls.as_deref(), Some("sigil_encode_total"));
        assert_eq!(encode.errors.as_deref(), Some("sigil_encode_total{outcome=\"error\"}"));
        assert_eq!(encode.histogram.as_deref(), Some("sigil_encode_duration_seconds"));
        assert_eq!(find("gc").errors.as_deref(), Some("sigil_error_total{operation=\"gc\"}"));
        assert_eq!(find("revoke").histogram, None);
        assert_eq!(find("storage write").calls.as_deref(), Some("sigil_storage_write_seconds_count"));
        let resonance = find("verify resonance");
        assert_eq!((resonance.histogram.as_deref(), resonance.seconds), (Some("sigil_resonance_strength"), false));
    }

    #[test]
    fn broken_declarations_are_an_error() {
        assert!(Catalogue::of("file_format: [").is_err());
    }
}
