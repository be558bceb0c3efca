//! What services expose, and what stores have of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
    time::SystemTime,
};

use stack::Victoria;

/// What an agent adds to each target's series.
const OF_SCRAPES: [&str; 8] = [
    "scrape_duration_seconds",
    "scrape_response_size_bytes",
    "scrape_samples_limit",
    "scrape_samples_post_metric_relabeling",
    "scrape_samples_scraped",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "up",
];

/// Series by name.
pub(crate) type Counts = BTreeMap<String, usize>;

/// Of an exposition in text, with what a scrape of it adds.
pub(crate) fn exposed(text: &str) -> Counts {
    let mut counts: Counts = OF_SCRAPES.map(|name| (name.to_owned(), 1)).into();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    counts
}

/// Of a store, now, of one instance.
pub(crate) fn stored(store: &Victoria, instance: &str) -> Counts {
    let selector = afresh(&format!("job=\"sigil\",instance=\"{instance}\",__name__!~\"ALERTS.*\""));
    let query = format!("count by (__name__) ({selector})");
    let samples = store.client().query(&query).unwrap();
    samples.iter().map(|sample| (sample.label("__name__").to_owned(), sample.value as usize)).collect()
}

/// A selector of series with these labels that no store was asked before: what one selected is remembered for up to 10 s, in which series
/// that have come since aren't found.
pub(crate) fn afresh(labels: &str) -> String {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    format!("{{{labels},asked!=\"{}\"}}", ASKED.fetch_add(1, Ordering::Relaxed))
}

/// What two counts differ in.
pub(crate) fn difference(a: &Counts, b: &Counts) -> Vec<String> {
    let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let count = |counts: &Counts, name: &String| counts.get(name).copied().unwrap_or_default();
    let differing = names.into_iter().filter(|name| count(a, name) != count(b, name));
    differing.map(|name| format!("{name}: {} and {}", count(a, name), count(b, name))).collect()
}

/// All samples of a store that were scraped or computed between two times, those that mark the end of a series as one of NaN.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Samples(BTreeSet<(String, u64, u64)>);

impl Samples {
    pub(crate) fn of(store: &Victoria, from: SystemTime, to: SystemTime) -> Samples {
        let series = store.export(&afresh("__name__!=\"\""), from, to).unwrap();
        let samples = series.into_iter().flat_map(|series| {
            let labels = format!("{:?}", series.labels);
            series.points.into_iter().map(move |(time, value)| (labels.clone(), time.to_bits(), value.to_bits()))
        });
        Samples(samples.collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many of these aren't among others.
    pub(crate) fn missing_in(&self, other: &Samples) -> usize {
        self.0.difference(&other.0).count()
    }

    /// The first of these that aren't among others, each with its time and value.
    pub(crate) fn some_missing_in(&self, other: &Samples) -> Vec<String> {
        let missing = self.0.difference(&other.0).take(5);
        let said = |(labels, time, value): &(String, u64, u64)| {
            format!("{labels} at {}: {}", f64::from_bits(*time), f64::from_bits(*value))
        };
        missing.map(said).collect()
    }
}
