//! Which metric a name belongs to, once and for all.

use std::{collections::HashMap, fmt};

use crate::{Family, Kind, Problems, Reason};

/// Where a metric comes from, for messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Place {
    pub(crate) instrument: String,
    pub(crate) scope: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.instrument.as_str(), self.scope.as_str()) {
            ("", "") => f.write_str("an unnamed source"),
            ("", scope) => write!(f, "{scope}"),
            (instrument, "") => write!(f, "instrument {instrument:?}"),
            (instrument, scope) => write!(f, "instrument {instrument:?} of meter {scope:?}"),
        }
    }
}

/// Remembers the first metric of each name. What comes first stays, at every later gather too: the SDK's order of scopes
/// may change when one is added, and a metric must not vanish for that.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    entries: HashMap<String, Entry>,
    /// Sample name → family name.
    samples: HashMap<String, String>,
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    help: String,
    place: Place,
}

impl Catalogue {
    /// Whether `family` may be exported under its name; if so it has the help text that was first given for the name.
    pub(crate) fn admit(&mut self, family: &mut Family, place: &Place, problems: &Problems) -> bool {
        let Family { name, help, kind, .. } = family;
        let kind = *kind;
        let Some(entry) = self.entries.get_mut(name) else {
            return self.admit_new(family, place, problems);
        };
        if entry.kind != kind {
            let message = format_args!(
                "metric {name:?} is left out as {} ({place}), it is already a {} ({}); rename one of them",
                kind.text(),
                entry.kind.text(),
                entry.place,
            );
            problems.count(Reason::TypeConflict, name, &message);
            return false;
        }
        if entry.help.is_empty() {
            entry.help.clone_from(help);
        } else if entry.help != *help {
            if !help.is_empty() {
                let message = format_args!(
                    "metric {name:?} has two descriptions, {:?} ({}) and {help:?} ({place}); the first is exported",
                    entry.help, entry.place,
                );
                problems.count(Reason::DescriptionConflict, name, &message);
            }
            help.clone_from(&entry.help);
        }
        true
    }

    fn admit_new(&mut self, family: &Family, place: &Place, problems: &Problems) -> bool {
        let Family { name, help, kind, .. } = family;
        let samples: Vec<_> = Family::suffixes(*kind).iter().map(|suffix| format!("{name}{suffix}")).collect();
        for sample in &samples {
            let Some(owner) = self.samples.get(sample) else { continue };
            let entry = &self.entries[owner];
            let message = format_args!(
                "{} {name:?} ({place}) is left out: {} {owner:?} ({}) has samples named {sample:?} too; rename one of them",
                kind.text(),
                entry.kind.text(),
                entry.place,
            );
            problems.count(Reason::NameConflict, name, &message);
            return false;
        }
        self.samples.extend(samples.into_iter().map(|sample| (sample, name.clone())));
        self.entries.insert(name.clone(), Entry { kind: *kind, help: help.clone(), place: place.clone() });
        true
    }
}
