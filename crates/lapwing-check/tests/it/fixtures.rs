//! Every rule finds what it should in its fixtures, and nothing else.

use std::{collections::BTreeSet, fs, path::Path};

use lapwing_check::Rule;

use crate::fixture::{Fixture, same_as};

#[test]
fn the_bad_case_triggers_the_rule_and_the_good_case_none() {
    for rule in Rule::all() {
        let fixture = Fixture::of(rule.id);
        let mut wanted: BTreeSet<String> = fixture.also().into_iter().collect();
        assert!(wanted.iter().all(|id| Rule::by_id(id).is_some()), "{}: also.txt names an unknown rule", rule.id);
        wanted.insert(rule.id.to_owned());
        let bad = fixture.checked("bad");
        assert_eq!(bad.ids, wanted.into_iter().collect::<Vec<_>>(), "{}\n{}", rule.id, bad.text);
        let good = fixture.checked("good");
        assert!(good.ids.is_empty(), "{}\n{}", rule.id, good.text);
    }
}

#[test]
fn what_is_printed_about_the_bad_case_stays() {
    for rule in Rule::all() {
        let fixture = Fixture::of(rule.id);
        same_as(&fixture.folder.join("bad.txt"), &fixture.checked("bad").text);
    }
}

#[test]
fn a_change_that_breaks_the_good_case_is_found() {
    for rule in Rule::all() {
        let mutated = Fixture::of(rule.id).mutated();
        assert!(mutated.ids.iter().any(|id| id == rule.id), "{}\n{}", rule.id, mutated.text);
    }
}

#[test]
fn every_fixture_is_a_rule_s() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    for family in names(&folder) {
        for name in names(&folder.join(&family)) {
            assert!(Rule::by_id(&format!("{family}/{name}")).is_some(), "{family}/{name}");
        }
    }
}
