//! The list of all rules.

use crate::{Rule, rules};

impl Rule {
    /// All, sorted by id.
    pub fn all() -> Vec<&'static Rule> {
        let mut all: Vec<_> = rules::FAMILIES.iter().flat_map(|family| family.iter().copied()).collect();
        all.sort_by_key(|rule| rule.id);
        all
    }

    /// The one with this id.
    pub fn by_id(id: &str) -> Option<&'static Rule> {
        Rule::all().into_iter().find(|rule| rule.id == id)
    }
}
