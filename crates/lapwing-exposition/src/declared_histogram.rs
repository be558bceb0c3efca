//! Histograms that are at zero before the SDK knows them.

use opentelemetry::InstrumentationScope;

use crate::{
    Family, Histogram, Kind, Labels, Series, Value,
    assembly::{Joining, Part},
    catalogue::Place,
};

/// A histogram without attributes and with explicit buckets that is written as zeros until the SDK exports it.
///
/// `rate()` doesn't see the first value of a series that begins with it. The SDK exports a bound series from the start,
/// but for the one without attributes, which it exports only after its first value.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredHistogram {
    /// Scope of its meter.
    pub scope: InstrumentationScope,
    /// Stream name (after views).
    pub stream: String,
    /// Unit, empty for none.
    pub unit: String,
    /// Description (after views), the HELP of the metric; empty for none.
    pub description: String,
    /// Upper bucket bounds (after views), without `+Inf`.
    pub boundaries: Vec<f64>,
}

impl DeclaredHistogram {
    /// It at zero, under its translated name and unit, with the labels of its scope and resource; none if one of `parts`
    /// has that series, or the name is another metric's.
    pub(crate) fn at_zero(&self, name: String, unit: String, labels: Labels, parts: &[Part]) -> Option<Part> {
        let taken = |Part { family, table, .. }: &Part| {
            family.name == name
                && (family.kind != Kind::Histogram
                    || family.series.iter().any(|series| series.labels == labels)
                    || table.as_ref().is_some_and(|table| table.has(&labels)))
        };
        if parts.iter().any(taken) {
            return None;
        }
        let buckets = self.boundaries.iter().map(|bound| (*bound, 0));
        let series = Series { labels, value: Value::Histogram(Histogram::new(buckets, 0.0)), created: None };
        let help = self.description.clone();
        Some(Part {
            family: Family { name, help, unit, kind: Kind::Histogram, series: vec![series] },
            table: None,
            place: Place { instrument: self.stream.clone(), scope: self.scope.name().to_owned() },
            joining: Joining::Additive,
        })
    }
}
