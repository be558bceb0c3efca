//! A scrape, read line by line: the text format needs no more for names without surprises.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Labels = BTreeMap<String, String>;

#[derive(Debug)]
pub(crate) struct Scrape {
    pub(crate) types: BTreeMap<String, String>,
    pub(crate) help: BTreeMap<String, String>,
    pub(crate) samples: Vec<(String, Labels, f64)>,
}

impl Scrape {
    pub(crate) fn parse(text: &str) -> Scrape {
        let mut scrape = Scrape { types: BTreeMap::new(), help: BTreeMap::new(), samples: Vec::new() };
        for line in text.lines() {
            if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
                scrape.types.insert(name.to_owned(), kind.to_owned());
            } else if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
                scrape.help.insert(name.to_owned(), help.to_owned());
            } else if !line.starts_with('#') && !line.is_empty() {
                let (series, value) = line.rsplit_once(' ').unwrap();
                let (name, labels) = match series.split_once('{') {
                    Some((name, labels)) => (name, parse_labels(labels.strip_suffix('}').unwrap())),
                    None => (series, Labels::new()),
                };
                let value = match value {
                    "+Inf" => f64::INFINITY,
                    value => value.parse().unwrap(),
                };
                scrape.samples.push((name.to_owned(), labels, value));
            }
        }
        scrape
    }

    /// The one sample of that name whose labels include these.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let mut found = self.with(name).filter(|(l, _)| labels.iter().all(|(k, v)| l.get(*k).is_some_and(|x| x == v)));
        let value = found.next().map(|(_, value)| value);
        assert!(found.next().is_none(), "{name}{labels:?} is not one series");
        value
    }

    /// Cumulative count of a bucket.
    pub(crate) fn bucket(&self, histogram: &str, le: &str, labels: &[(&str, &str)]) -> f64 {
        let labels = [labels, &[("le", le)]].concat();
        self.value(&format!("{histogram}_bucket"), &labels).unwrap_or_else(|| panic!("{histogram} {labels:?}"))
    }

    pub(crate) fn with(&self, name: &str) -> impl Iterator<Item = (&Labels, f64)> {
        self.samples.iter().filter(move |(n, _, _)| n == name).map(|(_, labels, value)| (labels, *value))
    }

    /// Distinct sets of label names of the samples of that name.
    pub(crate) fn label_names(&self, name: &str) -> BTreeSet<Vec<String>> {
        self.with(name).map(|(labels, _)| labels.keys().cloned().collect()).collect()
    }
}

fn parse_labels(text: &str) -> Labels {
    text.split_terminator(',')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.trim_matches('"').to_owned())
        })
        .collect()
}
