//! What is registered over all scopes, under the names that Prometheus will see.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{InstrumentKind, Reason, StreamName, Translation};

use super::{declaration::Place, ledger::Ledger, names::Names};

/// All registrations of one provider.
#[derive(Debug, Default)]
pub(super) struct Registry {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    families: HashMap<String, Family>,
    /// Which family writes a sample of that name.
    samples: HashMap<String, String>,
    places: HashMap<Place, Standing>,
}

/// One Prometheus metric family.
#[derive(Debug)]
struct Family {
    /// As Prometheus types it: never an up/down counter.
    kind: InstrumentKind,
    unit: String,
    description: Option<Cow<'static, str>>,
    /// The first instrument of it, for messages.
    owner: String,
    ledger: Arc<Ledger>,
}

/// What became of a place that is known already.
#[derive(Debug)]
enum Standing {
    Accepted(Accepted),
    Refused,
}

#[derive(Debug)]
struct Accepted {
    description: Option<Cow<'static, str>>,
    boundaries: Option<Vec<f64>>,
    ledger: Arc<Ledger>,
    /// Whether a second description, or second boundaries, were counted already.
    told_description: bool,
    told_boundaries: bool,
}

/// An instrument that may be made.
#[derive(Debug)]
pub(super) struct Admission {
    /// The description to use: the first of the name.
    pub(super) description: Option<Cow<'static, str>>,
    pub(super) ledger: Arc<Ledger>,
}

/// Something to count once the lock is released.
pub(super) type Remark = (Reason, String);

/// `Ok` with remarks, or refused; a place that was refused before comes back without a remark.
pub(super) type Verdict = Result<(Admission, Vec<Remark>), Option<Remark>>;

impl Registry {
    /// Whether `place` was admitted before.
    pub(super) fn knows(&self, place: &Place) -> bool {
        matches!(self.lock().places.get(place), Some(Standing::Accepted(_)))
    }

    /// Decides over an instrument. `streams` says what it is exported as; it is called without the lock, and not for a
    /// place that is known.
    pub(super) fn register(
        &self,
        place: &Place,
        description: Option<Cow<'static, str>>,
        boundaries: Option<&[f64]>,
        translation: Translation,
        streams: impl FnOnce() -> Vec<StreamName>,
    ) -> Verdict {
        if let Some(verdict) = self.lock().known(place, description.as_deref(), boundaries) {
            return verdict;
        }
        let names: Vec<_> = streams().iter().map(|stream| Names::of(stream, translation)).collect();
        let mut state = self.lock();
        // Another thread may have registered it in between.
        if let Some(verdict) = state.known(place, description.as_deref(), boundaries) {
            return verdict;
        }
        state.enter(place, description, boundaries, names)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn known(&mut self, place: &Place, description: Option<&str>, boundaries: Option<&[f64]>) -> Option<Verdict> {
        let accepted = match self.places.get_mut(place)? {
            Standing::Refused => return Some(Err(None)),
            Standing::Accepted(accepted) => accepted,
        };
        let mut remarks = Vec::new();
        if differs(accepted.description.as_deref(), description) && !accepted.told_description {
            accepted.told_description = true;
            remarks.push(description_remark(place, "itself when it was made first"));
        }
        if boundaries.is_some() && boundaries != accepted.boundaries.as_deref() && !accepted.told_boundaries {
            accepted.told_boundaries = true;
            remarks.push((
                Reason::BoundsDiffer,
                format!(
                    "{place} was made before with other boundaries, which stay; make it once, or set them by a view"
                ),
            ));
        }
        let admission = Admission { description: accepted.description.clone(), ledger: Arc::clone(&accepted.ledger) };
        Some(Ok((admission, remarks)))
    }

    fn enter(
        &mut self,
        place: &Place,
        description: Option<Cow<'static, str>>,
        boundaries: Option<&[f64]>,
        names: Vec<Names>,
    ) -> Verdict {
        if let Some((reason, cause)) = names.iter().find_map(|names| self.conflict(names)) {
            self.places.insert(place.clone(), Standing::Refused);
            let remark = format!(
                "{place} is refused and records nothing: {cause}; rename one of them, by a view or in the code"
            );
            return Err(Some((reason, remark)));
        }
        let mut remarks = Vec::new();
        let mut description = description.filter(|text| !text.is_empty());
        let first_family = names.first().and_then(|names| self.families.get(&names.family));
        if let Some(family) = first_family {
            if differs(family.description.as_deref(), description.as_deref()) {
                remarks.push(description_remark(place, &family.owner));
            }
            description = family.description.clone().or(description);
        }
        let mut ledger = None;
        for names in names {
            for sample in &names.samples {
                self.samples.entry(sample.clone()).or_insert_with(|| names.family.clone());
            }
            let family = self.families.entry(names.family).or_insert_with(|| Family {
                kind: names.kind,
                unit: names.unit.clone(),
                description: None,
                owner: place.to_string(),
                ledger: Arc::default(),
            });
            if family.unit.is_empty() {
                family.unit = names.unit;
            }
            family.description = family.description.take().or_else(|| description.clone());
            ledger.get_or_insert_with(|| Arc::clone(&family.ledger));
        }
        let ledger: Arc<Ledger> = ledger.unwrap_or_default();
        let accepted = Accepted {
            description: description.clone(),
            boundaries: boundaries.map(<[f64]>::to_vec),
            ledger: Arc::clone(&ledger),
            told_description: !remarks.is_empty(),
            told_boundaries: false,
        };
        self.places.insert(place.clone(), Standing::Accepted(accepted));
        Ok((Admission { description, ledger }, remarks))
    }

    /// Why `names` can't be exported beside what is there.
    fn conflict(&self, names: &Names) -> Option<(Reason, String)> {
        if let Some((name, writer)) = names.reserved() {
            return Some((Reason::NameConflict, format!("`{name}` is written by {writer} itself")));
        }
        if let Some(family) = self.families.get(&names.family) {
            let owner = &family.owner;
            if family.kind != names.kind {
                return Some((Reason::TypeConflict, format!("`{}` has another type as {owner}", names.family)));
            }
            if !family.unit.is_empty() && !names.unit.is_empty() && family.unit != names.unit {
                return Some((Reason::TypeConflict, format!("`{}` has another unit as {owner}", names.family)));
            }
        }
        names.samples.iter().find_map(|sample| {
            let family = self.samples.get(sample).filter(|family| **family != names.family)?;
            let owner = self.families.get(family).map_or(family, |family| &family.owner);
            Some((Reason::NameConflict, format!("the sample `{sample}` would be written by {owner} as well")))
        })
    }
}

fn differs(first: Option<&str>, second: Option<&str>) -> bool {
    matches!((first, second), (Some(a), Some(b)) if !a.is_empty() && !b.is_empty() && a != b)
}

fn description_remark(place: &Place, first: &str) -> Remark {
    (Reason::DescriptionConflict, format!("{place} is described otherwise than {first}; the first description stays"))
}

#[cfg(test)]
mod tests {
    use opentelemetry::InstrumentationScope;

    use super::{super::declaration::Declared, *};

    /// Names without suffixes, so that these tests depend on the registry alone.
    fn register(
        registry: &Registry,
        scope: &'static str,
        kind: Declared,
        name: &'static str,
        unit: &'static str,
    ) -> Verdict {
        described(registry, scope, kind, name, unit, None)
    }

    fn described(
        registry: &Registry,
        scope: &'static str,
        kind: Declared,
        name: &'static str,
        unit: &'static str,
        description: Option<&'static str>,
    ) -> Verdict {
        let place = Place {
            scope: Arc::new(InstrumentationScope::builder(scope).build()),
            name: name.into(),
            unit: unit.into(),
            kind,
            number: "f64",
        };
        registry.register(&place, description.map(Cow::Borrowed), None, Translation::NoTranslation, || {
            vec![StreamName { name: name.to_owned(), unit: unit.to_owned(), kind: kind.prometheus() }]
        })
    }

    fn refusal(verdict: Verdict) -> Remark {
        verdict.expect_err("refused").expect("with a remark")
    }

    #[test]
    fn gauge_beside_the_count_of_a_histogram_is_refused_in_either_order() {
        for sample in ["y_count", "y_sum", "y_bucket"] {
            let registry = Registry::default();
            assert!(register(&registry, "a", Declared::Histogram, "y", "").is_ok());
            let (reason, text) = refusal(register(&registry, "b", Declared::Gauge, sample, ""));
            assert_eq!(reason, Reason::NameConflict);
            assert!(text.starts_with(&format!("gauge `{sample}` (f64, no unit, scope `b`) is refused")), "{text}");
            assert!(text.contains("histogram `y` (f64, no unit, scope `a`)"), "{text}");

            let registry = Registry::default();
            assert!(register(&registry, "b", Declared::Gauge, sample, "").is_ok());
            assert_eq!(refusal(register(&registry, "a", Declared::Histogram, "y", "")).0, Reason::NameConflict);
        }
    }

    #[test]
    fn a_refused_place_stays_refused_and_is_told_once() {
        let registry = Registry::default();
        assert!(register(&registry, "a", Declared::Counter, "x", "").is_ok());
        assert_eq!(refusal(register(&registry, "a", Declared::Gauge, "x", "")).0, Reason::TypeConflict);
        assert!(matches!(register(&registry, "a", Declared::Gauge, "x", ""), Err(None)));
        assert!(register(&registry, "b", Declared::ObservableCounter, "x", "").is_ok());
    }

    #[test]
    fn units_under_one_name_must_agree_annotations_apart() {
        let registry = Registry::default();
        assert!(register(&registry, "a", Declared::Counter, "x", "{call}").is_ok());
        assert!(register(&registry, "b", Declared::Counter, "x", "1").is_ok());
        assert!(register(&registry, "c", Declared::Counter, "x", "s").is_ok());
        assert_eq!(refusal(register(&registry, "d", Declared::Counter, "x", "ms")).0, Reason::TypeConflict);
    }

    #[test]
    fn the_first_description_stays_and_a_second_is_told_once() {
        let registry = Registry::default();
        let told = |scope, text| {
            let (admission, remarks) = described(&registry, scope, Declared::Counter, "x", "", text).unwrap();
            (admission.description, remarks.len())
        };
        assert_eq!(told("a", None), (None, 0));
        assert_eq!(told("b", Some("first")), (Some("first".into()), 0));
        assert_eq!(told("c", Some("second")), (Some("first".into()), 1));
        assert_eq!(told("c", Some("second")), (Some("first".into()), 0));
        assert_eq!(told("b", Some("third")), (Some("first".into()), 1));
        assert_eq!(told("b", Some("third")), (Some("first".into()), 0));
        assert_eq!(told("d", None), (Some("first".into()), 0));
        assert_eq!(told("d", Some("first")), (Some("first".into()), 0));
    }

    #[test]
    fn one_name_shares_one_ledger() {
        let registry = Registry::default();
        let ledger = |scope, name| register(&registry, scope, Declared::Counter, name, "").unwrap().0.ledger;
        assert!(Arc::ptr_eq(&ledger("a", "x"), &ledger("a", "x")));
        assert!(Arc::ptr_eq(&ledger("a", "x"), &ledger("b", "x")));
        assert!(!Arc::ptr_eq(&ledger("a", "x"), &ledger("a", "y")));
    }

    #[test]
    fn a_dropped_stream_conflicts_with_nothing() {
        let registry = Registry::default();
        assert!(register(&registry, "a", Declared::Counter, "x", "").is_ok());
        let place =
            Place { scope: Arc::default(), name: "x".into(), unit: "".into(), kind: Declared::Gauge, number: "f64" };
        assert!(registry.register(&place, None, None, Translation::NoTranslation, Vec::new).is_ok());
    }
}
