//! Which findings the words in the files allow, and which words allow any.

use std::collections::HashMap;

use lapwing_document::Position;

use crate::{
    FileId, Finding, Spot,
    origin::{Declared, Origins},
    suppression::{Scope, Suppression},
};

/// What became of the suppressions once the files had been checked.
pub(crate) struct Outcome {
    /// For each suppression, whether it allowed anything.
    pub(crate) used: Vec<bool>,
    /// The ids of all rules.
    pub(crate) ids: Vec<&'static str>,
}

/// Findings by what can allow them: their file and rule.
pub(crate) struct Allowable<'f> {
    /// Their places in its order, each with its index.
    found: HashMap<(FileId, &'f str), Vec<(Position, usize)>>,
    /// Of those in generated files: where they are declared.
    declared: HashMap<(FileId, &'f str), Vec<(Declared, usize)>>,
}

impl<'f> Allowable<'f> {
    pub(crate) fn new(findings: &'f [Finding], origins: &Origins) -> Allowable<'f> {
        let mut all = Allowable { found: HashMap::new(), declared: HashMap::new() };
        for (index, finding) in findings.iter().enumerate() {
            let Spot { file, place } = finding.spot();
            all.found.entry((file, finding.id)).or_default().push((place.position(), index));
            if let Some(declared) = origins.declared(finding.spot()) {
                all.declared.entry((declared.name.file, finding.id)).or_default().push((declared, index));
            }
        }
        all.found.values_mut().for_each(|places| places.sort_unstable());
        all
    }

    /// The indices of those in generated files of whose declaration a suppression allows all or a part.
    pub(crate) fn declared_by<'a>(&'a self, suppression: &'a Suppression) -> impl Iterator<Item = usize> + 'a {
        let key = (suppression.spot.file, suppression.id.as_str());
        let declared = self.declared.get(&key).map_or(&[][..], Vec::as_slice);
        let meets = |declared: &Declared| match suppression.scope {
            _ if suppression.wrong.is_some() => false,
            Scope::File => true,
            Scope::Part(from, to) => from < declared.end && declared.start < to,
        };
        declared.iter().filter(move |(declared, _)| meets(declared)).map(|(_, index)| *index)
    }

    /// The indices of those that a suppression allows.
    pub(crate) fn by<'a>(&'a self, suppression: &'a Suppression) -> impl Iterator<Item = usize> + 'a {
        let places = self.found.get(&(suppression.spot.file, suppression.id.as_str())).map_or(&[][..], Vec::as_slice);
        let before = |end: Position| places.partition_point(|(position, _)| *position < end);
        let within = match suppression.scope {
            _ if suppression.wrong.is_some() => &[],
            Scope::File => places,
            Scope::Part(from, to) => places.get(before(from)..before(to)).unwrap_or_default(),
        };
        within.iter().map(|(_, index)| *index)
    }
}
