//! What HELP and TYPE call a family.

use std::collections::HashSet;

use crate::{Family, Kind};

/// How a family is announced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Announced<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
}

/// How the families of one snapshot are announced in one format.
pub(crate) struct Announcements<'a> {
    openmetrics: bool,
    short: HashSet<&'a str>,
}

impl<'a> Announcements<'a> {
    pub(crate) fn of(families: &'a [Family], openmetrics: bool) -> Self {
        let short = if openmetrics { short_names(families) } else { HashSet::new() };
        Announcements { openmetrics, short }
    }

    pub(crate) fn get<'f>(&self, family: &'f Family) -> Announced<'f> {
        let name = family.name.as_str();
        match family.kind {
            // Its suffix is missing, or the name without it is another metric's: OpenMetrics can't call it a counter.
            Kind::Counter if self.openmetrics && !self.short.contains(name) => Announced { name, kind: Kind::Unknown },
            Kind::Counter if self.openmetrics => {
                Announced { name: &name[..name.len() - "_total".len()], kind: Kind::Counter }
            }
            Kind::Info if self.openmetrics && !self.short.contains(name) => Announced { name, kind: Kind::Gauge },
            Kind::Info if self.openmetrics => Announced { name: &name[..name.len() - "_info".len()], kind: Kind::Info },
            kind => Announced { name, kind },
        }
    }
}

/// The counters and infos that OpenMetrics can name without their suffix: no other metric has samples of the short name,
/// nor of those that the reader of OpenMetrics then reserves.
fn short_names(families: &[Family]) -> HashSet<&str> {
    let taken: HashSet<String> = families
        .iter()
        .flat_map(|family| Family::suffixes(family.kind).iter().map(|suffix| format!("{}{suffix}", family.name)))
        .collect();
    let mut reserved: HashSet<String> = HashSet::new();
    let mut short = HashSet::new();
    for family in families {
        let reserves = match family.kind {
            Kind::Counter => {
                family.name.strip_suffix("_total").map(|stem| vec![stem.to_owned(), format!("{stem}_created")])
            }
            Kind::Info => family.name.strip_suffix("_info").map(|stem| vec![stem.to_owned()]),
            _ => None,
        };
        let Some(reserves) = reserves.filter(|names| !names[0].is_empty()) else { continue };
        if !reserved.contains(&family.name)
            && !reserves.iter().any(|name| taken.contains(name) || reserved.contains(name))
        {
            reserved.extend(reserves);
            short.insert(family.name.as_str());
        }
    }
    short
}
