//! The exemplars that a layer holds, by instrument and series.

use std::sync::Arc;

use opentelemetry::KeyValue;

use crate::{exemplar::Exemplar, sink::Sink};

/// The exemplars of one series of one instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct ExemplarSeries {
    /// Instrument name as declared in the rule.
    pub instrument: String,
    /// Attributes of the series as recorded, sorted by key.
    pub attributes: Vec<KeyValue>,
    /// Recent exemplars; for a histogram at most one per bucket of its bounds.
    pub exemplars: Vec<Exemplar>,
}

/// Handle on the exemplars a layer holds. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Exemplars {
    sinks: Arc<[Arc<Sink>]>,
}

impl Exemplars {
    pub(crate) fn of(sinks: Arc<[Arc<Sink>]>) -> Self {
        Self { sinks }
    }

    /// A copy of what is held now: histograms and counters that have been measured inside a trace.
    ///
    /// Locks one series at a time; a measurement that meets the lock is recorded without becoming an exemplar.
    pub fn read(&self) -> Vec<ExemplarSeries> {
        self.sinks
            .iter()
            .flat_map(|sink| {
                sink.series().filter_map(|series| {
                    let exemplars = series.exemplars()?.read();
                    (!exemplars.is_empty()).then(|| ExemplarSeries {
                        instrument: sink.name().to_owned(),
                        attributes: sink.attributes(series),
                        exemplars,
                    })
                })
            })
            .collect()
    }
}
