//! The labels of a series.

use std::{cmp::Ordering, fmt, sync::Arc};

/// The labels of one series: sorted by name, no name twice, no empty value (which Prometheus takes for no label at all).
///
/// Values are as they were given, not escaped. Cloning costs one reference count.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Labels {
    sorted: Arc<[Label]>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Label {
    /// Shared by all series: names are few.
    pub(crate) name: Arc<str>,
    pub(crate) value: Box<str>,
}

impl PartialOrd for Label {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Label {
    fn cmp(&self, other: &Self) -> Ordering {
        let names = if Arc::ptr_eq(&self.name, &other.name) { Ordering::Equal } else { self.name.cmp(&other.name) };
        names.then_with(|| self.value.cmp(&other.value))
    }
}

impl Labels {
    /// Labels from pairs in any order; pairs with an empty value are left out, of equal names the first stays.
    pub fn new<N: Into<Arc<str>>, V: Into<Box<str>>>(pairs: impl IntoIterator<Item = (N, V)>) -> Labels {
        let mut labels: Vec<Label> =
            pairs.into_iter().map(|(name, value)| Label { name: name.into(), value: value.into() }).collect();
        labels.retain(|label| !label.value.is_empty());
        labels.sort_by(|a, b| a.name.cmp(&b.name));
        labels.dedup_by(|later, first| later.name == first.name);
        Labels { sorted: labels.into() }
    }

    /// `labels` must be sorted by name, without duplicates and without empty values.
    pub(crate) fn from_sorted(labels: &mut Vec<Label>) -> Labels {
        debug_assert!(labels.is_sorted_by(|a, b| a.name < b.name));
        Labels { sorted: labels.drain(..).collect() }
    }

    pub(crate) fn as_slice(&self) -> &[Label] {
        &self.sorted
    }

    /// `(name, value)`, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.sorted.iter().map(|label| (&*label.name, &*label.value))
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.sorted.binary_search_by(|label| (*label.name).cmp(name)).ok()?;
        Some(&self.sorted[at].value)
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }
}

impl<N: Into<Arc<str>>, V: Into<Box<str>>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Labels::new(pairs)
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_unique_and_not_empty() {
        let labels = Labels::new([("b", "2"), ("a", "1"), ("c", ""), ("a", "other")]);
        assert_eq!(labels.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
        assert_eq!((labels.get("b"), labels.get("c"), labels.len()), (Some("2"), None, 2));
        assert_eq!(format!("{labels:?}"), r#"{"a": "1", "b": "2"}"#);
    }
}
