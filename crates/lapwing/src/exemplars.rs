//! From the exemplars the span layer holds to those of the streams that are exported.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};

use lapwing_config::Rule;
use lapwing_exposition::{ExemplarSource, SeriesExemplars};
use lapwing_spans::{ExemplarSeries, Exemplars};
use opentelemetry::InstrumentationScope;

use crate::views::{Subject, Views, kind};

/// The streams of one instrument, each with the attribute keys it keeps.
type Streams = Vec<(String, Option<BTreeSet<String>>)>;

/// Applies the views to the exemplars of span instruments: renames and filters attributes as they do.
#[derive(Clone, Debug, Default)]
pub(crate) struct StreamExemplars {
    streams: Arc<HashMap<String, Streams>>,
    /// Set when the layer exists, which needs the meter whose reader asks here.
    source: Arc<OnceLock<Exemplars>>,
}

impl StreamExemplars {
    pub(crate) fn new<'a>(
        views: &Views,
        rules: impl Iterator<Item = &'a Rule>,
        scope: &InstrumentationScope,
    ) -> StreamExemplars {
        let streams = rules
            .flat_map(|rule| &rule.measures)
            .map(|measure| {
                let instrument = measure.instrument();
                let subject = Subject { name: &instrument.name, kind: kind(measure), unit: &instrument.unit, scope };
                (instrument.name.clone(), views.streams_of(&subject))
            })
            .collect();
        StreamExemplars { streams: Arc::new(streams), source: Arc::default() }
    }

    /// Exemplars come from here from now on.
    pub(crate) fn set_source(&self, exemplars: Exemplars) {
        // A second layer does not exist.
        let _ = self.source.set(exemplars);
    }
}

impl ExemplarSource for StreamExemplars {
    fn exemplars(&self) -> Vec<SeriesExemplars> {
        let Some(source) = self.source.get() else { return Vec::new() };
        source.read().into_iter().flat_map(|series| of_series(series, &self.streams)).collect()
    }
}

fn of_series(series: ExemplarSeries, streams: &HashMap<String, Streams>) -> Vec<SeriesExemplars> {
    let Some(streams) = streams.get(&series.instrument) else { return Vec::new() };
    streams
        .iter()
        .map(|(stream, kept)| SeriesExemplars {
            stream: stream.clone(),
            attributes: match kept {
                None => series.attributes.clone(),
                Some(kept) => series
                    .attributes
                    .iter()
                    .filter(|attribute| kept.contains(attribute.key.as_str()))
                    .cloned()
                    .collect(),
            },
            exemplars: series.exemplars.iter().map(|e| (e.value, e.trace_id, e.span_id, e.time)).collect(),
        })
        .collect()
}
