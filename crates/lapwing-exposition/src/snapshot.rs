//! All metrics at one moment, as typed data.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use crate::{
    Body, Family, Format, Labels, Problems,
    announced::Announcements,
    assembly::{self, Assembled, Joining, Part},
    body,
    catalogue::{Catalogue, Place},
    encode::{Encoder, estimate},
    label_name,
    labels::Label,
    name,
    table::Table,
};

/// All metrics at one moment, in Prometheus' terms: valid, merged, sorted.
///
/// It is immutable. What it is written as is kept, so that encoding again, for another scraper, costs a reference count.
/// One from a reader shares its series with the reader: drop it before the next gather, or that copies them.
pub struct Snapshot {
    /// Those whose series are in a table have none here.
    families: Vec<Family>,
    /// The series of each family that are kept between gathers.
    tables: Vec<Option<Arc<Table>>>,
    /// The families with all their series, if that is not what `families` holds.
    whole: OnceLock<Vec<Family>>,
    /// Whether all names are letters, digits and `_`, so that every format can have them.
    classic: bool,
    created_samples: bool,
    problems: Problems,
    /// Text and OpenMetrics; of a classic snapshot the same for all `utf8_names`.
    written: [Written; 2],
    /// This snapshot for scrapers without UTF-8 names, if it has such.
    underscored: OnceLock<Box<Snapshot>>,
}

#[derive(Default)]
struct Written {
    body: OnceLock<Body>,
    whole: OnceLock<Bytes>,
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
    pub(crate) fn assembled(families: Vec<Assembled>, problems: Problems) -> Snapshot {
        let classic = families.iter().all(is_classic);
        let (families, tables) = families.into_iter().map(|Assembled { family, table }| (family, table)).unzip();
        Snapshot {
            families,
            tables,
            whole: OnceLock::new(),
            classic,
            created_samples: false,
            problems,
            written: Default::default(),
            underscored: OnceLock::new(),
        }
    }

    /// Whether OpenMetrics gets `_created` samples where the start is known (default false).
    pub fn with_created_samples(mut self, on: bool) -> Snapshot {
        self.created_samples = on;
        self.written = Default::default();
        self.underscored = OnceLock::new();
        self
    }

    /// The families, sorted by name. The first call on a snapshot from a reader makes them, with some allocations for
    /// each series; encoding doesn't need them.
    pub fn families(&self) -> &[Family] {
        if self.tables.iter().all(Option::is_none) {
            return &self.families;
        }
        self.whole.get_or_init(|| self.parts().map(whole).collect())
    }

    /// The family of that name; a counter may be asked for with or without `_total`, an info with or without `_info`.
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.place(name).map(|at| &self.families()[at])
    }

    /// Whether [`Snapshot::family`] finds a family, without making any.
    pub fn contains(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// Whether there is no series at all.
    pub fn is_empty(&self) -> bool {
        self.parts().all(|(family, table)| family.series.is_empty() && table.is_none_or(|table| table.len() == 0))
    }

    fn place(&self, name: &str) -> Option<usize> {
        let find = |name: &str| self.families.binary_search_by(|family| family.name.as_str().cmp(name)).ok();
        find(name).or_else(|| find(&format!("{name}_total"))).or_else(|| find(&format!("{name}_info")))
    }

    fn parts(&self) -> impl Iterator<Item = (&Family, Option<&Arc<Table>>)> {
        self.families.iter().zip(self.tables.iter().map(Option::as_ref))
    }

    /// Keeps only the named metrics: a family's name in any format or any of its sample names (`x_bucket`, `x_total`).
    pub fn filtered(&self, names: &[&str]) -> Snapshot {
        let wanted = |family: &Family| {
            Format::ALL.iter().any(|&format| {
                let name = family.name_in(format);
                names.iter().any(|wanted| *wanted == name)
            }) || Family::suffixes(family.kind).iter().any(|suffix| {
                let sample = format!("{}{suffix}", family.name);
                names.iter().any(|wanted| *wanted == sample || *wanted == name::underscored(&sample))
            })
        };
        self.only(wanted)
    }

    fn only(&self, wanted: impl Fn(&Family) -> bool) -> Snapshot {
        let families = self
            .parts()
            .filter(|(family, _)| wanted(family))
            .map(|(family, table)| Assembled { family: family.clone(), table: table.cloned() })
            .collect();
        Snapshot::assembled(families, self.problems.clone()).with_created_samples(self.created_samples)
    }

    /// All families in `format`, in pieces: what to send to a scraper. `reader.gather()?.body(format)` is a whole scrape.
    ///
    /// The first call for a format writes, of the series from a reader only those that have changed since that format
    /// was last asked for; later calls share the pieces.
    pub fn body(&self, format: Format) -> Body {
        if !self.classic && !format.utf8_names() {
            return self.underscored.get_or_init(|| Box::new(self.underscored())).body(format);
        }
        let written = &self.written[usize::from(format.is_openmetrics())];
        written.body.get_or_init(|| self.write(format.is_openmetrics())).clone()
    }

    /// [`Snapshot::body`] as one piece, which later calls share.
    pub fn encode(&self, format: Format) -> Bytes {
        if !self.classic && !format.utf8_names() {
            return self.underscored.get_or_init(|| Box::new(self.underscored())).encode(format);
        }
        let written = &self.written[usize::from(format.is_openmetrics())];
        written.whole.get_or_init(|| self.body(format).to_bytes()).clone()
    }

    fn write(&self, openmetrics: bool) -> Body {
        let mut encoder = Encoder::new(openmetrics, self.created_samples);
        encoder.out.reserve(estimate(&self.families));
        let announcements = Announcements::of(&self.families, openmetrics);
        let mut pieces = Vec::new();
        for (family, table) in self.parts() {
            let announced = announcements.get(family);
            encoder.header(family, announced);
            for series in &family.series {
                encoder.series(&family.name, announced, series);
            }
            if let Some(table) = table {
                table.write(&mut encoder, announced, &mut pieces);
            }
        }
        if openmetrics {
            encoder.out.extend_from_slice(body::END);
        }
        pieces.push(encoder.out.into());
        Body::new(pieces)
    }

    /// The same for scrapers without UTF-8 names; what becomes one name by that is joined or left out.
    fn underscored(&self) -> Snapshot {
        let parts = self.parts().map(|part| {
            renamed(
                whole(part),
                |name| name::underscored(name).into_owned(),
                |key| label_name::underscored(key).into_owned(),
            )
        });
        let families = assembly::assemble(parts, &mut Catalogue::default(), &self.problems);
        Snapshot::assembled(families, self.problems.clone()).with_created_samples(self.created_samples)
    }
}

/// The family with all its series.
fn whole((family, table): (&Family, Option<&Arc<Table>>)) -> Family {
    let mut family = family.clone();
    family.series.extend(table.into_iter().flat_map(|table| table.series()));
    family
}

/// Whether the name and all label names are letters, digits and `_`.
fn is_classic(Assembled { family, table }: &Assembled) -> bool {
    name::is_classic(&family.name)
        && label_name::are_classic(family.series.iter().map(|series| &series.labels))
        && table.as_ref().is_none_or(|table| table.is_classic())
}

fn renamed(mut family: Family, name: impl Fn(&str) -> String, label: impl Fn(&str) -> String) -> Part {
    let place = Place { instrument: family.name.clone(), scope: String::new() };
    family.name = name(&family.name);
    for series in &mut family.series {
        series.labels = relabelled(&series.labels, &label);
    }
    Part { family, table: None, place, joining: Joining::First }
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

/// The data, not what was encoded.
impl Clone for Snapshot {
    fn clone(&self) -> Self {
        self.only(|_| true)
    }
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.families() == other.families()
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("families", &self.families()).finish_non_exhaustive()
    }
}
