use std::{fs, path::Path};

use lapwing_monitor::{Options, generate};
use stack::{Part, Promtool, PromtoolError, need};

use crate::{declarations::sigil, rules::write};

const RULES: &str = "prometheus/rules/sigil.yml";
const TESTS: &str = "prometheus/tests/sigil.yml";

fn made(folder: &Path, compress: u32) {
    write(folder, &generate(&[sigil()], &Options { compress, ..Options::default() }).unwrap());
}

fn passes(part: Part, compress: u32) {
    let Some(located) = need(part) else { return };
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), compress);
    for file in [TESTS, "prometheus/tests/watchdog.yml"] {
        let tested = Promtool::new(&located).test_rules(&folder.path().join(file));
        tested.unwrap_or_else(|error| panic!("{part}: {error}"));
    }
}

#[test]
fn rules_pass_their_tests_in_old_prometheus() {
    passes(Part::Prometheus2, 1);
}

#[test]
fn rules_pass_their_tests_in_new_prometheus() {
    passes(Part::Prometheus3, 1);
}

#[test]
fn rules_of_a_drill_pass_their_tests() {
    passes(Part::Prometheus3, 60);
}

/// Every change that matters makes a test fail.
#[test]
fn changed_rules_fail_their_tests() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), 60);
    let rules = fs::read_to_string(folder.path().join(RULES)).unwrap();
    let changes =
        [("> 14.4 * 0.001", "> 15 * 0.001"), ("severity: critical", "severity: warning"), ("        for: 5s\n", "")];
    for (from, to) in changes {
        let changed = rules.replace(from, to);
        assert_ne!(changed, rules, "nothing to change for {from:?}\n{rules}");
        fs::write(folder.path().join(RULES), changed).unwrap();
        let error = Promtool::new(&located).test_rules(&folder.path().join(TESTS)).unwrap_err();
        assert!(matches!(&error, PromtoolError::Invalid(said) if said.contains("FAILED")), "{from:?}: {error}");
    }
}
