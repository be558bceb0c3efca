//! What is compared.

use std::fmt;

/// The declarations that sigil carries inside.
const TELEMETRY: &str = include_str!("../../../../otel-config/sigil/telemetry.yaml");

/// One way to run the same service; the log is the same in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// `OTEL_SDK_DISABLED=true`.
    Off,
    /// telemetry.yaml without its tracer provider.
    Metrics,
    /// telemetry.yaml as it is: metrics, and traces of which none is sampled.
    On,
    /// The same with one trace in a hundred sampled, and no collector to take it.
    Traced,
}

impl Side {
    pub(crate) const ALL: [Side; 4] = [Side::Off, Side::Metrics, Side::On, Side::Traced];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Side::Off => "off",
            Side::Metrics => "metrics",
            Side::On => "on",
            Side::Traced => "traced",
        }
    }

    /// Whether it has metrics to scrape.
    pub(crate) fn measures(self) -> bool {
        self != Side::Off
    }

    /// Variables it is started with.
    pub(crate) fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Side::Off => &[("OTEL_SDK_DISABLED", "true")],
            Side::Metrics | Side::On => &[],
            // Nothing listens on the port `discard`.
            Side::Traced => &[("SIGIL_TRACE_RATIO", "0.01"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")],
        }
    }

    /// The configuration it is started with.
    pub(crate) fn configuration(self) -> String {
        match self {
            Side::Metrics => without(TELEMETRY, "tracer_provider"),
            Side::Off | Side::On | Side::Traced => TELEMETRY.to_owned(),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `yaml` without what stands under a key of its top level.
fn without(yaml: &str, key: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in yaml.lines() {
        if !line.starts_with([' ', '#']) && !line.is_empty() {
            inside = line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
        }
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_with_all_that_stands_under_it() {
        let yaml = "a: 1\nb:\n  c: 2\n# of b\n\n  d: 3\nbb: 4\n";
        assert_eq!(without(yaml, "b"), "a: 1\nbb: 4\n");
        assert_eq!(without(yaml, "c"), yaml);
    }

    #[test]
    fn sides_differ_as_they_say() {
        assert!(Side::On.configuration().contains("\ntracer_provider:\n"));
        let metrics = Side::Metrics.configuration();
        assert!(!metrics.contains("tracer_provider:") && metrics.contains("\nmeter_provider:\n"));
        assert!(metrics.contains("instrumentation/development:"));
        for (name, _) in Side::ALL.iter().flat_map(|side| side.environment()) {
            assert!(TELEMETRY.contains(&format!("${{{name}")), "{name} has no effect");
        }
    }
}
