//! Families out of what several instruments, scopes or collectors contribute.

use std::{collections::HashMap, sync::Arc};

use crate::{
    Exemplar, Family, Kind, Problems, Reason, Series, Value,
    catalogue::{Catalogue, Place},
    table::Table,
};

/// What one instrument contributes; names and labels are valid already.
pub(crate) struct Part {
    pub(crate) family: Family,
    /// The series, if they are not in `family`.
    pub(crate) table: Option<Arc<Table>>,
    pub(crate) place: Place,
    pub(crate) joining: Joining,
}

/// A family, complete.
pub(crate) struct Assembled {
    pub(crate) family: Family,
    /// The series, if they are not in `family`.
    pub(crate) table: Option<Arc<Table>>,
}

/// What becomes of two series of equal labels in one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joining {
    /// Added, and that is as it should be: the family is fed from several places by design.
    Shared,
    /// Added, and counted: two sums have become one series.
    Additive,
    /// The first stays: gauges and summaries can't be added.
    First,
}

impl Joining {
    fn with(self, other: Joining) -> Joining {
        match (self, other) {
            (Joining::First, _) | (_, Joining::First) => Joining::First,
            (Joining::Shared, _) | (_, Joining::Shared) => Joining::Shared,
            (Joining::Additive, Joining::Additive) => Joining::Additive,
        }
    }
}

/// Joins parts of one name, adds series of equal labels, leaves out what contradicts an earlier part, sorts all.
pub(crate) fn assemble(
    parts: impl IntoIterator<Item = Part>,
    catalogue: &mut Catalogue,
    problems: &Problems,
) -> Vec<Assembled> {
    let mut families: Vec<(Assembled, Joining)> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for Part { mut family, table, place, joining } in parts {
        if !catalogue.admit(&mut family, &place, problems) {
            continue;
        }
        match by_name.get(&family.name) {
            Some(&at) => {
                let known = &mut families[at].0;
                for table in [known.table.take(), table].into_iter().flatten() {
                    known.family.series.extend(table.series());
                }
                known.family.series.append(&mut family.series);
                families[at].1 = families[at].1.with(joining);
            }
            None => {
                by_name.insert(family.name.clone(), families.len());
                families.push((Assembled { family, table }, joining));
            }
        }
    }
    families.sort_by(|a, b| a.0.family.name.cmp(&b.0.family.name));
    families
        .into_iter()
        .map(|(mut assembled, joining)| {
            join_series(&mut assembled.family, joining, problems);
            assembled
        })
        .collect()
}

fn join_series(family: &mut Family, joining: Joining, problems: &Problems) {
    let Family { name, kind, series, .. } = family;
    if series.is_sorted_by(|a, b| a.labels < b.labels) {
        return;
    }
    // Stable: of equal labels the earlier part stays first.
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    let mut merged = 0;
    series.dedup_by(|later, first| {
        if later.labels != first.labels {
            return false;
        }
        match merge(first, later, *kind, joining != Joining::First) {
            Merge::Added => merged += 1,
            Merge::Same => {}
            Merge::NotAdditive => {
                let message = format_args!(
                    "metric {name:?} has two gauges or summaries with the labels {:?}; the first is exported",
                    names(first),
                );
                problems.count(Reason::NameConflict, name, &message);
            }
            Merge::BoundsDiffer => {
                let message = format_args!(
                    "metric {name:?} has two histograms with the labels {:?} and different bounds; the first is exported",
                    names(first),
                );
                problems.count(Reason::BoundsDiffer, name, &message);
            }
        }
        true
    });
    if merged > 0 && joining != Joining::Shared {
        let message = format_args!("metric {name:?}: instruments or attributes became the same series and were added");
        problems.count_n(Reason::SeriesMerged, merged, name, &message);
    }
}

/// Values are nobody's business in a log.
fn names(series: &Series) -> Vec<&str> {
    series.labels.iter().map(|(name, _)| name).collect()
}

enum Merge {
    Added,
    Same,
    NotAdditive,
    BoundsDiffer,
}

fn merge(first: &mut Series, later: &mut Series, kind: Kind, additive: bool) -> Merge {
    let created = match (first.created, later.created) {
        (Some(a), Some(b)) => Some(a.min(b)),
        _ => None,
    };
    let result = match (&mut first.value, &mut later.value) {
        (Value::Counter { value, exemplar }, Value::Counter { value: more, exemplar: other }) => {
            *value = value.plus(*more);
            let time = |exemplar: &Option<Box<Exemplar>>| exemplar.as_ref().map(|e| e.time);
            if time(exemplar) < time(other) {
                *exemplar = other.take();
            }
            Merge::Added
        }
        (Value::Number(a), Value::Number(b)) if kind == Kind::Info && *a == *b => Merge::Same,
        (Value::Number(value), Value::Number(more)) if additive => {
            *value = value.plus(*more);
            Merge::Added
        }
        (Value::Histogram(histogram), Value::Histogram(other)) if histogram.has_bounds_of(other) => {
            histogram.add(other);
            Merge::Added
        }
        (Value::Histogram(_), Value::Histogram(_)) => Merge::BoundsDiffer,
        _ => Merge::NotAdditive,
    };
    if matches!(result, Merge::Added) {
        first.created = created;
    }
    result
}
