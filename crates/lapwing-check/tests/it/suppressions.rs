//! Where words that allow a finding have effect.

use std::fs;

use crate::fixture::Checked;

const ALERTS: &str = "\
groups:
  - name: a
    rules:
      - alert: One
        expr: up == 0
        annotations: {summary: one, runbook_url: \"https://example.org/one\"}
      - alert: Two
        expr: up == 0
        annotations: {summary: two, runbook_url: \"https://example.org/two\"}
";

fn ids(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yaml"), text).unwrap();
    Checked::of(folder.path())
        .text
        .lines()
        .filter(|line| line.contains('[') && line.contains("]: "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_comment_is_for_what_begins_on_the_next_line_or_on_its_own() {
    assert_eq!(ids(ALERTS).len(), 2);
    let two = ["warning[alert/no-severity]: the alert `Two` has no label `severity`"];
    let before = ALERTS.replace(
        "      - alert: One",
        "      # lapwing: allow alert/no-severity for a test\n\n      # more\n      - alert: One",
    );
    assert_eq!(ids(&before), two);
    let behind = ALERTS.replace("alert: One", "alert: One # lapwing: allow alert/no-severity for a test");
    assert_eq!(ids(&behind), two);
    let group = ALERTS.replace("name: a", "name: a # lapwing: allow alert/no-severity for a test");
    assert!(ids(&group).is_empty());
    let file = format!("{ALERTS}# lapwing: allow-file alert/no-severity for a test\n");
    assert!(ids(&file).is_empty());
}

#[test]
fn several_words_stand_below_each_other() {
    let text = ALERTS.replace("summary: one, ", "").replace(
        "      - alert: One",
        "      # lapwing: allow alert/no-severity for a test\n      # lapwing: allow alert/no-summary for a test\n      - alert: One",
    );
    assert_eq!(ids(&text), ["warning[alert/no-severity]: the alert `Two` has no label `severity`"]);
}

#[test]
fn words_that_do_nothing_are_found() {
    let head = |words: &str| format!("# lapwing: {words}\n{ALERTS}");
    let first = |words: &str| ids(&head(words)).into_iter().find(|line| line.contains("[suppression/"));
    assert_eq!(
        first("allow-file alert/no-summary none is missing").unwrap(),
        "warning[suppression/unused]: `alert/no-summary` is allowed and not found here"
    );
    assert_eq!(
        first("allow-file alert/no-severity").unwrap(),
        "error[suppression/no-reason]: `alert/no-severity` is allowed without a reason"
    );
    assert_eq!(
        first("allow alert/no-sevrity for a test").unwrap(),
        "error[suppression/unknown]: there is no rule `alert/no-sevrity`"
    );
    assert_eq!(
        first("allow-file suppression/unused for a test").unwrap(),
        "error[suppression/unknown]: `suppression/unused` can't be allowed"
    );
    for words in [
        "ignore alert/no-severity for a test",
        "Allow alert/no-severity a",
        "alow alert/no-severity a",
        "x alert/no-severity",
    ] {
        let word = words.split(' ').next().unwrap();
        assert_eq!(first(words).unwrap(), format!("error[suppression/unknown]: `lapwing: {word}` allows nothing"));
        assert_eq!(ids(&head(words)).len(), 3, "it allows nothing, and nothing else is said of it");
    }
    let capital = ids(&format!("# Lapwing: allow-file alert/no-severity for a test\n{ALERTS}"));
    assert_eq!(
        (capital[0].as_str(), capital.len()),
        ("error[suppression/unknown]: `Lapwing: allow-file` allows nothing", 3)
    );
    assert_eq!(ids(&format!("# Lapwing: it measures\n{ALERTS}")).len(), 2);
    // Prose that names the program is no such word.
    assert_eq!(first("generate makes this file"), None);
    assert_eq!(ids(&ALERTS.replace("summary: one", "summary: 'x lapwing: allow alert/no-severity y'")).len(), 2);
}

#[test]
fn words_in_the_wrong_place_are_told_the_right_one() {
    let group = "groups:\n  - name: b\n    # lapwing: allow alert/no-severity for a test\n    rules: []\n";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yaml"), ALERTS.replace("groups:\n", group)).unwrap();
    let shown = Checked::of(folder.path()).text;
    assert!(
        shown.contains("= help: it is found on line 7: move the words before that line, or remove them\n"),
        "{shown}"
    );
}
