//! All metrics at one moment, as typed data.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use crate::{
    Body, Family, Format, Labels, Problems,
    assembly::{self, Joining, Part},
    catalogue::{Catalogue, Place},
    encode::Encoder,
    label_name,
    labels::Label,
    name,
};

/// All metrics at one moment, in Prometheus' terms: valid, merged, sorted.
///
/// It is immutable. What it is written as is kept, so that encoding again, for another scraper, costs a reference count.
pub struct Snapshot {
    families: Vec<Family>,
    /// Whether all names are letters, digits and `_`, so that every format can have them.
    classic: bool,
    created_samples: bool,
    problems: Problems,
    /// Text and OpenMetrics; of a classic snapshot the same for all `utf8_names`.
    bodies: [OnceLock<Bytes>; 2],
    /// This snapshot for scrapers without UTF-8 names, if it has such.
    underscored: OnceLock<Box<Snapshot>>,
}

impl Snapshot {
    /// A snapshot of `families`, made valid: names and labels that no format can hold are changed, families of one name
    /// are joined, series of equal labels are added, contradictions are left out (the first one stays).
    pub fn new(families: impl IntoIterator<Item = Family>) -> Snapshot {
        let problems = Problems::default();
        let parts = families
            .into_iter()
            .map(|family| renamed(family, name::printable, |key| label_name::label_name(key, true).0.into_owned()));
        let families = assembly::assemble(parts, &mut Catalogue::default(), &problems);
        Snapshot::assembled(families, problems)
    }

    /// `families` must come from [`assembly::assemble`].
    pub(crate) fn assembled(families: Vec<Family>, problems: Problems) -> Snapshot {
        let classic = families.iter().all(is_classic);
        Snapshot {
            families,
            classic,
            created_samples: false,
            problems,
            bodies: Default::default(),
            underscored: OnceLock::new(),
        }
    }

    /// Whether OpenMetrics gets `_created` samples where the start is known (default false).
    pub fn with_created_samples(mut self, on: bool) -> Snapshot {
        self.created_samples = on;
        self.bodies = Default::default();
        self.underscored = OnceLock::new();
        self
    }

    /// The families, sorted by name.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The family of that name; a counter may be asked for with or without `_total`, an info with or without `_info`.
    pub fn family(&self, name: &str) -> Option<&Family> {
        let find = |name: &str| {
            let at = self.families.binary_search_by(|family| family.name.as_str().cmp(name)).ok()?;
            Some(&self.families[at])
        };
        find(name).or_else(|| find(&format!("{name}_total"))).or_else(|| find(&format!("{name}_info")))
    }

    /// Keeps only the named metrics: a family's name in any format or any of its sample names (`x_bucket`, `x_total`).
    pub fn filtered(&self, names: &[&str]) -> Snapshot {
        let wanted = |family: &&Family| {
            Format::ALL.iter().any(|&format| {
                let name = family.name_in(format);
                names.iter().any(|wanted| *wanted == name)
            }) || Family::suffixes(family.kind).iter().any(|suffix| {
                let sample = format!("{}{suffix}", family.name);
                names.iter().any(|wanted| *wanted == sample || *wanted == name::underscored(&sample))
            })
        };
        let families = self.families.iter().filter(wanted).cloned().collect();
        Snapshot::assembled(families, self.problems.clone()).with_created_samples(self.created_samples)
    }

    /// All families in `format`, in pieces: what to send to a scraper. `reader.gather()?.body(format)` is a whole scrape.
    pub fn body(&self, format: Format) -> Body {
        self.encode(format).into()
    }

    /// Writes all families in `format`. The first call for a format encodes, later ones share the bytes.
    pub fn encode(&self, format: Format) -> Bytes {
        if !self.classic && !format.utf8_names() {
            return self.underscored.get_or_init(|| Box::new(self.underscored())).encode(format);
        }
        let body = &self.bodies[usize::from(format.is_openmetrics())];
        body.get_or_init(|| Encoder::new(format.is_openmetrics(), self.created_samples).encode(&self.families)).clone()
    }

    /// The same for scrapers without UTF-8 names; what becomes one name by that is joined or left out.
    fn underscored(&self) -> Snapshot {
        let parts = self.families.iter().map(|family| {
            renamed(
                family.clone(),
                |name| name::underscored(name).into_owned(),
                |key| label_name::underscored(key).into_owned(),
            )
        });
        let families = assembly::assemble(parts, &mut Catalogue::default(), &self.problems);
        Snapshot::assembled(families, self.problems.clone()).with_created_samples(self.created_samples)
    }
}

/// Whether the name and all label names are letters, digits and `_`.
fn is_classic(family: &Family) -> bool {
    let mut before: &[Label] = &[];
    name::is_classic(&family.name)
        && family.series.iter().all(|series| {
            let labels = series.labels.as_slice();
            // The series of a family mostly share their names.
            let known = |i: usize, name| before.get(i).is_some_and(|label| Arc::ptr_eq(&label.name, name));
            let mut names = labels.iter().enumerate().map(|(i, label)| (i, &label.name));
            let classic = names.all(|(i, name)| known(i, name) || label_name::is_classic(name));
            before = labels;
            classic
        })
}

fn renamed(mut family: Family, name: impl Fn(&str) -> String, label: impl Fn(&str) -> String) -> Part {
    let place = Place { instrument: family.name.clone(), scope: String::new() };
    family.name = name(&family.name);
    for series in &mut family.series {
        series.labels = relabelled(&series.labels, &label);
    }
    Part { family, place, joining: Joining::First }
}

/// Labels with other names; values of names that become one are joined, in the order of the names before.
fn relabelled(labels: &Labels, rename: impl Fn(&str) -> String) -> Labels {
    let mut renamed: Vec<Label> =
        labels.iter().map(|(name, value)| Label { name: rename(name).into(), value: value.into() }).collect();
    join_equal_names(&mut renamed);
    Labels::from_sorted(&mut renamed)
}

/// Sorts by name; values of equal names are joined with `;` in the given order, empty values dropped. Tells how many
/// names were joined.
pub(crate) fn join_equal_names(labels: &mut Vec<Label>) -> usize {
    let mut joined = 0;
    if !labels.is_sorted_by(|a, b| a.name < b.name) {
        labels.sort_by(|a, b| a.name.cmp(&b.name));
        labels.dedup_by(|later, first| {
            let same = later.name == first.name;
            if same {
                joined += 1;
                first.value = format!("{};{}", first.value, later.value).into();
            }
            same
        });
    }
    labels.retain(|label| !label.value.is_empty());
    joined
}

impl Default for Snapshot {
    fn default() -> Self {
        Snapshot::assembled(Vec::new(), Problems::default())
    }
}

/// Copies the data, not what was encoded.
impl Clone for Snapshot {
    fn clone(&self) -> Self {
        Snapshot::assembled(self.families.clone(), self.problems.clone()).with_created_samples(self.created_samples)
    }
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.families == other.families
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("families", &self.families).finish_non_exhaustive()
    }
}
