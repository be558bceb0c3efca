//! Which labels the series of a result have.

use std::collections::BTreeMap;

use crate::{MatchOp, VectorSelector};

/// Whether a series has a label, with a value that isn't empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Each has it.
    Yes,
    /// None has it.
    No,
    /// It depends on the series.
    Maybe,
}

impl Presence {
    /// Of series of either kind.
    pub(crate) fn or(self, other: Presence) -> Presence {
        if self == other { self } else { Presence::Maybe }
    }

    /// Where both sides have the same value.
    pub(crate) fn both(self, other: Presence) -> Presence {
        match (self, other) {
            (Presence::Yes, _) | (_, Presence::Yes) => Presence::Yes,
            (Presence::No, _) | (_, Presence::No) => Presence::No,
            _ => Presence::Maybe,
        }
    }
}

/// Which labels the series of a result have, `__name__` among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultLabels {
    known: BTreeMap<String, Presence>,
    rest: Presence,
}

impl ResultLabels {
    /// Of series without labels.
    pub fn none() -> Self {
        ResultLabels { known: BTreeMap::new(), rest: Presence::No }
    }

    /// Of series that nothing is known of.
    pub fn unknown() -> Self {
        ResultLabels { known: BTreeMap::new(), rest: Presence::Maybe }
    }

    /// Of series that have whichever label is asked for.
    pub(crate) fn every() -> Self {
        ResultLabels { known: BTreeMap::new(), rest: Presence::Yes }
    }

    /// Of series with exactly these labels.
    pub fn exactly<L: Into<String>>(labels: impl IntoIterator<Item = L>) -> Self {
        let known = labels.into_iter().map(|label| (label.into(), Presence::Yes)).collect();
        ResultLabels { known, rest: Presence::No }
    }

    /// The same with what is known of one label.
    pub fn with(mut self, label: impl Into<String>, presence: Presence) -> Self {
        self.set(label, presence);
        self
    }

    /// Whether the series have this label.
    pub fn has(&self, label: &str) -> Presence {
        self.known.get(label).copied().unwrap_or(self.rest)
    }

    /// Whether there can be other labels than [`ResultLabels::named`].
    pub fn is_open(&self) -> bool {
        self.rest != Presence::No
    }

    /// The labels of which something is known, by name.
    pub fn named(&self) -> impl Iterator<Item = (&str, Presence)> {
        self.known.iter().map(|(label, presence)| (label.as_str(), *presence))
    }

    pub(crate) fn set(&mut self, label: impl Into<String>, presence: Presence) {
        let label = label.into();
        if presence == self.rest {
            self.known.remove(&label);
        } else {
            self.known.insert(label, presence);
        }
    }

    pub(crate) fn without(mut self, label: &str) -> Self {
        self.set(label, Presence::No);
        self
    }

    /// Only these labels, each as it is here.
    pub(crate) fn only<'l>(&self, labels: impl IntoIterator<Item = &'l str>) -> Self {
        let mut only = ResultLabels::none();
        for label in labels {
            only.set(label, self.has(label));
        }
        only
    }

    /// Of series of either kind.
    pub(crate) fn or(&self, other: &ResultLabels) -> Self {
        self.merged(other, Presence::or)
    }

    /// Of series whose labels are the same on both sides.
    pub(crate) fn both(&self, other: &ResultLabels) -> Self {
        self.merged(other, Presence::both)
    }

    fn merged(&self, other: &ResultLabels, merge: fn(Presence, Presence) -> Presence) -> Self {
        let mut merged = ResultLabels { known: BTreeMap::new(), rest: merge(self.rest, other.rest) };
        for label in self.known.keys().chain(other.known.keys()) {
            merged.set(label, merge(self.has(label), other.has(label)));
        }
        merged
    }

    /// Narrowed by what a selector's matchers ask for.
    pub(crate) fn selected(mut self, selector: &VectorSelector) -> Self {
        self.set("__name__", Presence::Yes);
        for matcher in selector.label_matchers() {
            let Some(label) = matcher.name.fixed() else { continue };
            let no_value = matcher.values().is_some_and(|values| values.iter().all(String::is_empty));
            let narrowed = match matcher.requires_label() {
                Some(true) => Presence::Yes,
                Some(false) if no_value && matches!(matcher.op, MatchOp::Equal | MatchOp::Regex) => Presence::No,
                _ => continue,
            };
            self.set(label, narrowed);
        }
        self
    }
}
