//! One mistake at a time in the reference service's files: `lapwing check` finds it, at the very word, and nothing else.

mod classes;
mod project;

use std::collections::BTreeSet;

use classes::MUTATIONS;
use project::{Found, Project};

/// A mistake: what is written instead of what in which file, and what is found of it where.
struct Mutation {
    /// The rule that finds it.
    id: &'static str,
    /// File, place, and what is written there.
    edits: &'static [(&'static str, &'static str, &'static str)],
    /// File, and the finding's place in its changed text.
    at: (&'static str, &'static str),
    /// What cannot but be found too.
    also: &'static [&'static str],
}

impl Mutation {
    const fn new(
        id: &'static str,
        edits: &'static [(&'static str, &'static str, &'static str)],
        at: (&'static str, &'static str),
    ) -> Mutation {
        Mutation { id, edits, at, also: &[] }
    }

    const fn also(mut self, ids: &'static [&'static str]) -> Mutation {
        self.also = ids;
        self
    }

    /// What of the expectation does not hold.
    fn broken(&self, project: &Project) -> Option<String> {
        let project = project.copy();
        for (file, from, to) in self.edits {
            project.edit(file, from, to);
        }
        let (file, part) = self.at;
        let place = project.place(file, part);
        let (found, shown) = project.check();
        let (own, others): (Vec<&Found>, Vec<_>) = found.iter().partition(|found| found.id == self.id);
        let others: BTreeSet<&str> = others.iter().map(|found| found.id).collect();
        let same = own.len() == 1 && own[0].place == place && others == self.also.iter().copied().collect();
        (!same).then(|| {
            format!("{} {:?} should be found at {place}, and beside it {:?}:\n{shown}", self.id, self.edits, self.also)
        })
    }
}

#[test]
fn the_reference_service_has_no_findings() {
    let (found, shown) = Project::read().check();
    assert!(found.is_empty(), "{shown}");
}

#[test]
fn each_mistake_is_found_at_its_word_and_nothing_else_is() {
    let project = Project::read();
    let broken: Vec<String> = MUTATIONS.iter().filter_map(|mutation| mutation.broken(&project)).collect();
    assert!(broken.is_empty(), "{} of {}:\n\n{}", broken.len(), MUTATIONS.len(), broken.join("\n"));
}
