//! Metrics as they are served.

use std::collections::{BTreeMap, BTreeSet};

use lapwing_monitor::Kind;

use super::OVERFLOW;

/// The samples of one metric.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Family {
    /// As in PromQL; for a histogram without `_bucket`, `_sum`, `_count`.
    pub(crate) name: String,
    pub(crate) kind: Type,
    /// The line that says its type, else its first sample's.
    pub(crate) line: usize,
    pub(crate) samples: Vec<Sample>,
}

/// Its type, as served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Known(Kind),
    /// One that no declared instrument has, `untyped` among them.
    Other(String),
}

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) name: String,
    /// Sorted by name.
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
    pub(crate) line: usize,
}

impl Type {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Type::Known(kind) => kind.as_str(),
            Type::Other(name) => name,
        }
    }
}

impl Sample {
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is of a series into which further ones are folded.
    pub(crate) fn is_overflow(&self) -> bool {
        self.label(OVERFLOW) == Some("true")
    }
}

impl Family {
    /// Its samples by label sets, without `le`.
    pub(crate) fn sets(&self) -> BTreeMap<Vec<(&str, &str)>, Vec<&Sample>> {
        let mut sets: BTreeMap<Vec<(&str, &str)>, Vec<&Sample>> = BTreeMap::new();
        for sample in &self.samples {
            let labels = sample.labels.iter().filter(|(name, _)| name != "le");
            let labels = labels.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            sets.entry(labels).or_default().push(sample);
        }
        sets
    }

    /// The finite bounds of each label set of a histogram, rising, with the line of its first bucket.
    pub(crate) fn bounds(&self) -> Vec<(Vec<f64>, usize)> {
        let mut all = Vec::new();
        for samples in self.sets().into_values() {
            let buckets = samples.iter().filter(|sample| sample.name.ends_with("_bucket"));
            let les = buckets.filter_map(|sample| Some((sample.label("le")?.parse::<f64>().ok()?, sample.line)));
            let les: Vec<(f64, usize)> = les.collect();
            let Some(line) = les.iter().map(|(_, line)| *line).min() else { continue };
            let mut bounds: Vec<f64> = les.iter().map(|(le, _)| *le).filter(|le| le.is_finite()).collect();
            bounds.sort_by(f64::total_cmp);
            all.push((bounds, line));
        }
        all
    }

    /// The labels, beside `le`, with the number of their values, the most first.
    pub(crate) fn widest(&self) -> Vec<(&str, usize)> {
        let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, value) in self.samples.iter().flat_map(|sample| &sample.labels) {
            if name != "le" && name != OVERFLOW {
                values.entry(name).or_default().insert(value);
            }
        }
        let mut counted: Vec<(&str, usize)> = values.into_iter().map(|(name, values)| (name, values.len())).collect();
        counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        counted
    }
}
