//! Exemplars, and how they come from outside the SDK.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::SystemTime,
};

use opentelemetry::KeyValue;

use crate::{
    Problems, Reason,
    labels::{Label, Labels},
};

/// A measurement and its trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// Labels such as `trace_id` and `span_id`; names and values together at most 128 characters, else it isn't written.
    pub labels: Labels,
    /// The measured value.
    pub value: f64,
    /// When.
    pub time: Option<SystemTime>,
}

/// Exemplars to join at encoding: the SDK itself never fills any.
pub trait ExemplarSource: Send + Sync + 'static {
    /// What is held now. Called once in each gather, after the SDK has collected.
    fn exemplars(&self) -> Vec<SeriesExemplars>;
}

/// The exemplars of one series of one stream, as the SDK exports that stream.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesExemplars {
    /// Stream name (after views).
    pub stream: String,
    /// Attributes (after views), sorted by key.
    pub attributes: Vec<KeyValue>,
    /// `(value, trace id, span id, time)`.
    pub exemplars: Vec<(f64, [u8; 16], [u8; 8], SystemTime)>,
}

/// The exemplars of one gather, found by stream and attributes.
pub(crate) struct Exemplars {
    streams: HashMap<String, HashMap<u64, Vec<SeriesExemplars>>>,
    hasher: RandomState,
    trace_id: Arc<str>,
    span_id: Arc<str>,
}

impl Exemplars {
    pub(crate) fn new(held: Vec<SeriesExemplars>) -> Exemplars {
        let hasher = RandomState::new();
        let mut streams: HashMap<String, HashMap<u64, Vec<SeriesExemplars>>> = HashMap::new();
        for series in held {
            let key = key(&hasher, series.attributes.iter());
            let stream = match streams.get_mut(&series.stream) {
                Some(stream) => stream,
                None => streams.entry(series.stream.clone()).or_default(),
            };
            stream.entry(key).or_default().push(series);
        }
        Exemplars { streams, hasher, trace_id: "trace_id".into(), span_id: "span_id".into() }
    }

    /// Whether there are any of this stream.
    pub(crate) fn has(&self, stream: &str) -> bool {
        self.streams.contains_key(stream)
    }

    /// Those of a data point. Empty almost always, so the attributes are looked at only if the stream has any.
    pub(crate) fn of<'a, I: Iterator<Item = &'a KeyValue>>(
        &self,
        stream: &str,
        attributes: impl Fn() -> I,
        problems: &Problems,
    ) -> Vec<Exemplar> {
        let Some(stream) = self.streams.get(stream) else { return Vec::new() };
        let Some(candidates) = stream.get(&key(&self.hasher, attributes())) else { return Vec::new() };
        candidates
            .iter()
            .filter(|series| {
                series.attributes.len() == attributes().count()
                    && attributes().all(|attribute| series.attributes.contains(attribute))
            })
            .flat_map(|series| series.exemplars.iter().filter_map(|held| self.exemplar(&series.stream, held, problems)))
            .collect()
    }

    fn exemplar(
        &self,
        stream: &str,
        (value, trace, span, time): &(f64, [u8; 16], [u8; 8], SystemTime),
        problems: &Problems,
    ) -> Option<Exemplar> {
        if !value.is_finite() || *trace == [0; 16] || *span == [0; 8] {
            let message = "an exemplar without a finite value, a trace id or a span id is not exported";
            problems.count(Reason::ExemplarDropped, stream, &message);
            return None;
        }
        let mut labels = vec![
            Label { name: Arc::clone(&self.span_id), value: hex(span).into() },
            Label { name: Arc::clone(&self.trace_id), value: hex(trace).into() },
        ];
        Some(Exemplar { labels: Labels::from_sorted(&mut labels), value: *value, time: Some(*time) })
    }
}

/// Independent of the order of attributes.
fn key<'a>(hasher: &RandomState, attributes: impl Iterator<Item = &'a KeyValue>) -> u64 {
    attributes.fold(0, |sum: u64, attribute| sum.wrapping_add(hasher.hash_one(attribute)))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]).map(char::from).collect()
}
