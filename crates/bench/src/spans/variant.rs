//! The ways to measure an operation.

use super::{Prepared, export, peers, subscribers};

/// One way to learn how long an operation took; the operation itself does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// `Registry` and a layer that does nothing: what any layer adds to.
    Floor,
    /// Two readings of the clock and nothing else.
    Clock,
    /// `Instant` and an unbound record of three attributes; no span.
    ByHand,
    /// The same with two attributes.
    ByHand2,
    /// `Instant` and a record on a histogram that was bound before; no span.
    ByHandBound,
    /// A layer with an `Instant` and a `Vec<KeyValue>` in the span's extensions, and an unbound record.
    Naive,
    /// The span layer with one rule: duration by two fields and the outcome.
    Lapwing,
    /// The same through the checked meter provider, as `lapwing::init` builds it.
    LapwingChecked,
    /// The span layer with a rule that the span doesn't match.
    LapwingUnmatched,
    /// The span layer, exemplars off, beside `OpenTelemetryLayer` at 1 %.
    LapwingSampled,
    /// The span layer, exemplars on, beside `OpenTelemetryLayer` at 1 %.
    LapwingExemplars,
    /// `OpenTelemetryLayer` alone, 1 % sampled, batch processor, OTLP encoding.
    Sampled,
    /// `OpenTelemetryLayer`, all sampled, batch processor, encoding as OTLP protobuf into a sink.
    Export,
    /// The same without the encoding.
    ExportNothing,
    /// `OpenTelemetryLayer` with the sampler that never samples.
    NeverSampled,
    /// tracing-opentelemetry's `MetricsLayer`: one event with a histogram and two attributes.
    MetricsLayer,
    /// A function with `#[autometrics]`.
    Autometrics,
    /// The macro `histogram!` of metrics with metrics-exporter-prometheus.
    Metrics,
    /// `HistogramVec` of prometheus.
    Prometheus,
    /// `Family` of prometheus-client.
    PrometheusClient,
}

impl Variant {
    /// All of them.
    pub const ALL: [Variant; 20] = [
        Variant::Floor,
        Variant::Clock,
        Variant::ByHand,
        Variant::ByHand2,
        Variant::ByHandBound,
        Variant::Naive,
        Variant::Lapwing,
        Variant::LapwingChecked,
        Variant::LapwingUnmatched,
        Variant::LapwingSampled,
        Variant::LapwingExemplars,
        Variant::Sampled,
        Variant::Export,
        Variant::ExportNothing,
        Variant::NeverSampled,
        Variant::MetricsLayer,
        Variant::Autometrics,
        Variant::Metrics,
        Variant::Prometheus,
        Variant::PrometheusClient,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Variant::Floor => "floor",
            Variant::Clock => "clock",
            Variant::ByHand => "by-hand",
            Variant::ByHand2 => "by-hand-2",
            Variant::ByHandBound => "by-hand-bound",
            Variant::Naive => "naive",
            Variant::Lapwing => "lapwing",
            Variant::LapwingChecked => "lapwing-checked",
            Variant::LapwingUnmatched => "lapwing-unmatched",
            Variant::LapwingSampled => "lapwing-sampled",
            Variant::LapwingExemplars => "lapwing-exemplars",
            Variant::Sampled => "sampled",
            Variant::Export => "export",
            Variant::ExportNothing => "export-nothing",
            Variant::NeverSampled => "never-sampled",
            Variant::MetricsLayer => "metrics-layer",
            Variant::Autometrics => "autometrics",
            Variant::Metrics => "metrics",
            Variant::Prometheus => "prometheus",
            Variant::PrometheusClient => "prometheus-client",
        }
    }

    /// What it is, in words for a table.
    pub fn description(self) -> &'static str {
        match self {
            Variant::Floor => "`Registry` and a layer that does nothing",
            Variant::Clock => "two `Instant::now()`, no span",
            Variant::ByHand => "by hand, no span: `Instant` and an unbound record of 3 attributes",
            Variant::ByHand2 => "by hand, no span: the same with 2 attributes",
            Variant::ByHandBound => "by hand, no span: `Instant` and a histogram bound beforehand",
            Variant::Naive => "naive layer: `Instant` and `Vec<KeyValue>` in the extensions, unbound record",
            Variant::Lapwing => "**lapwing**: duration by 2 fields and the outcome",
            Variant::LapwingChecked => "lapwing through the checked meter provider, as `lapwing::init` has it",
            Variant::LapwingUnmatched => "lapwing, a span that no rule wants",
            Variant::LapwingSampled => "lapwing without exemplars, beside `OpenTelemetryLayer` at 1 %",
            Variant::LapwingExemplars => "lapwing with exemplars, beside `OpenTelemetryLayer` at 1 %",
            Variant::Sampled => "`OpenTelemetryLayer` at 1 % alone",
            Variant::Export => "`OpenTelemetryLayer`, all sampled, batch processor, OTLP encoding",
            Variant::ExportNothing => "the same without the encoding",
            Variant::NeverSampled => "`OpenTelemetryLayer`, sampler always off",
            Variant::MetricsLayer => "tracing-opentelemetry's `MetricsLayer`, one event",
            Variant::Autometrics => "autometrics, no span",
            Variant::Metrics => "metrics `histogram!` with metrics-exporter-prometheus, no span",
            Variant::Prometheus => "prometheus `HistogramVec`, no span",
            Variant::PrometheusClient => "prometheus-client `Family`, no span",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Variant> {
        Variant::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// Sets this process up for it; a process can be set up for one variant only, as the subscriber is global.
    pub(super) fn prepare(self, series: usize) -> Prepared {
        match self {
            Variant::Floor => subscribers::floor(series),
            Variant::Clock => peers::clock(),
            Variant::ByHand => peers::by_hand(series),
            Variant::ByHand2 => peers::by_hand_2(series),
            Variant::ByHandBound => peers::by_hand_bound(series),
            Variant::Naive => subscribers::naive(series),
            Variant::Lapwing => subscribers::lapwing(series),
            Variant::LapwingChecked => subscribers::lapwing_checked(series),
            Variant::LapwingUnmatched => subscribers::unmatched(series),
            Variant::LapwingSampled => export::lapwing_sampled(series, false),
            Variant::LapwingExemplars => export::lapwing_sampled(series, true),
            Variant::Sampled => export::sampled(series),
            Variant::Export => export::all(series, true),
            Variant::ExportNothing => export::all(series, false),
            Variant::NeverSampled => export::never(series),
            Variant::MetricsLayer => subscribers::metrics_layer(series),
            Variant::Autometrics => peers::autometrics(),
            Variant::Metrics => peers::metrics(series),
            Variant::Prometheus => peers::prometheus(series),
            Variant::PrometheusClient => peers::prometheus_client(series),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_is_found_by_a_name_of_its_own() {
        for variant in Variant::ALL {
            assert_eq!(Variant::named(variant.name()), Some(variant));
        }
        assert_eq!(Variant::named("lapwings"), None);
    }
}
