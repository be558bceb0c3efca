//! The ways to a scrape.

use super::{Subject, opentelemetry, peers};

/// One way to collect and encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// `PrometheusReader`, Prometheus text.
    Lapwing,
    /// The same as OpenMetrics.
    LapwingOpenMetrics,
    /// opentelemetry-prometheus and prometheus' `TextEncoder`.
    Stock,
    /// prometheus' own histograms and `TextEncoder`.
    Prometheus,
    /// prometheus-client.
    PrometheusClient,
    /// metrics-exporter-prometheus.
    Metrics,
    /// Copying text of that length: what no encoder can fall below.
    Copy,
}

impl Variant {
    /// All of them.
    pub const ALL: [Variant; 7] = [
        Variant::Lapwing,
        Variant::LapwingOpenMetrics,
        Variant::Stock,
        Variant::Prometheus,
        Variant::PrometheusClient,
        Variant::Metrics,
        Variant::Copy,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Variant::Lapwing => "lapwing",
            Variant::LapwingOpenMetrics => "lapwing-openmetrics",
            Variant::Stock => "opentelemetry-prometheus",
            Variant::Prometheus => "prometheus",
            Variant::PrometheusClient => "prometheus-client",
            Variant::Metrics => "metrics-exporter-prometheus",
            Variant::Copy => "copy",
        }
    }

    /// What it is, in words for a table.
    pub fn description(self) -> &'static str {
        match self {
            Variant::Lapwing => "**lapwing**, text",
            Variant::LapwingOpenMetrics => "lapwing, OpenMetrics",
            Variant::Stock => "opentelemetry-prometheus + `TextEncoder`",
            Variant::Prometheus => "prometheus + `TextEncoder`",
            Variant::PrometheusClient => "prometheus-client",
            Variant::Metrics => "metrics-exporter-prometheus",
            Variant::Copy => "copying the bytes",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Variant> {
        Variant::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// A histogram of so many series, each with one value.
    pub fn prepare(self, series: usize) -> Subject {
        use lapwing_exposition::Format;
        let target: Box<dyn super::Target> = match self {
            Variant::Lapwing => Box::new(opentelemetry::Lapwing::new(series, Format::Text0)),
            Variant::LapwingOpenMetrics => {
                Box::new(opentelemetry::Lapwing::new(series, Format::OpenMetrics1 { utf8_names: false }))
            }
            Variant::Stock => Box::new(opentelemetry::Stock::new(series)),
            Variant::Prometheus => Box::new(peers::Prometheus::new(series)),
            Variant::PrometheusClient => Box::new(peers::PrometheusClient::new(series)),
            Variant::Metrics => Box::new(peers::Metrics::new(series)),
            Variant::Copy => Box::new(peers::Copy::new(series)),
        };
        Subject::new(self, series, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_writes_every_series() {
        for variant in Variant::ALL {
            assert_eq!(Variant::named(variant.name()), Some(variant));
            let mut subject = variant.prepare(20);
            subject.check().unwrap();
            let before = subject.timed_scrape().bytes;
            assert!(before > 20 * 13 * 40, "{variant:?} {before}");
        }
    }
}
