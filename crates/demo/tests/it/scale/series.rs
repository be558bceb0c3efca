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

/// All samples of a store that were scraped or computed between two times, by series and time, those that mark the end of a series as NaN.
#[derive(Debug, Default)]
pub(crate) struct Samples(BTreeMap<String, BTreeMap<u64, f64>>);

impl Samples {
    pub(crate) fn of(store: &Victoria, from: SystemTime, to: SystemTime) -> Samples {
        let series = store.export(&afresh("__name__!=\"\""), from, to).unwrap();
        Samples(series.into_iter().map(|series| (format!("{:?}", series.labels), by_time(&series.points))).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Those of these that another store lacks or has another value of, each as it is here and there.
    pub(crate) fn missing_in(&self, other: &Samples) -> Vec<String> {
        let none = BTreeMap::new();
        let mut missing = Vec::new();
        for (labels, points) in &self.0 {
            let theirs = other.0.get(labels).unwrap_or(&none);
            let largest = points.values().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            for (time, value) in points {
                let their = theirs.get(time);
                if !their.is_some_and(|their| same(*value, *their, largest)) {
                    missing.push(format!("{labels} at {}: {value:?}, there {their:?}", f64::from_bits(*time)));
                }
            }
        }
        missing
    }
}

/// By the bits of the time: it is positive, so they are in its order.
fn by_time(points: &[(f64, f64)]) -> BTreeMap<u64, f64> {
    points.iter().map(|(time, value)| (time.to_bits(), *value)).collect()
}

/// Whether two stores took in the same value. A store keeps values as integers of 64 bits, times a power of ten that a block of samples of
/// one series shares. It is another power where the marker of the series' end was at first in a block of its own, which is a matter of
/// when each store wrote to its disk; turned back, the last bit then differs.
fn same(a: f64, b: f64, largest: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 4.0 * f64::EPSILON * largest
}

#[test]
fn values_are_the_same_but_for_their_last_bits() {
    let samples = |points: &[(f64, f64)]| Samples([("{}".to_owned(), by_time(points))].into());
    let all = [(1.0, 1_795_286_823.73), (2.0, 7.0), (3.0, f64::NAN)];
    let missing = |other: &[(f64, f64)]| samples(&all).missing_in(&samples(other));
    assert!(missing(&all).is_empty());
    assert!(missing(&[(1.0, 1_795_286_823.729_999_8), all[1], all[2]]).is_empty());
    assert_eq!(missing(&[(1.0, 1_795_286_823.74), all[1], all[2]]).len(), 1);
    assert_eq!(missing(&[all[0], (2.0, f64::NAN), all[2]]).len(), 1);
    assert_eq!(missing(&[all[0], (2.5, 7.0), (3.0, 0.0)]).len(), 2);
    assert_eq!(
        samples(&all).missing_in(&Samples::default()),
        ["{} at 1: 1795286823.73, there None", "{} at 2: 7.0, there None", "{} at 3: NaN, there None",]
    );
}
