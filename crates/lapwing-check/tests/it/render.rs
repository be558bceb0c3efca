//! The renderers.

use std::fs;

use lapwing_check::{Format, Project, ReadOptions, Severity, check};
use serde_json::json;

/// A finding with two places, a help and characters that have to be escaped.
fn rendered(format: Format, colour: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    let alert =
        "groups:\n  - rules:\n      - alert: 'A: 100%, b'\n        expr: up\n        labels: {severity: info}\n";
    fs::write(folder.path().join("a,b.yaml"), alert).unwrap();
    let options = ReadOptions { base: Some(folder.path().to_owned()) };
    let project = Project::read(&[folder.path()], &options).unwrap();
    check(&project).render(format, Severity::Info, colour)
}

#[test]
fn json_holds_all_of_a_finding() {
    let array: serde_json::Value = serde_json::from_str(&rendered(Format::Json, false)).unwrap();
    let wanted = json!([{
        "id": "alert/no-summary",
        "severity": "warning",
        "message": "the alert `A: 100%, b` has no summary",
        "places": [{"file": "a,b.yaml", "line": 3, "column": 16, "end_column": 28, "label": null}],
        "help": "add `summary: …` under `annotations`: one line that says what is wrong",
        "page": "docs/checks/alert/no-summary.md",
    }]);
    assert_eq!(array, wanted);
}

#[test]
fn github_gets_one_escaped_line_a_finding() {
    assert_eq!(
        rendered(Format::Github, false),
        "::warning file=a%2Cb.yaml,line=3,col=16,endColumn=28,title=alert/no-summary::the alert `A: 100%25, b` has no summary%0A\
         help: add `summary: …` under `annotations`: one line that says what is wrong%0Amore: docs/checks/alert/no-summary.md\n"
    );
}

#[test]
fn colours_change_nothing_but_the_colour() {
    let coloured = rendered(Format::Text, true);
    let mut plain = String::new();
    let mut parts = coloured.split('\x1b');
    plain += parts.next().unwrap();
    for part in parts {
        plain += part.split_once('m').unwrap().1;
    }
    assert!(coloured.contains("\x1b[1;33mwarning[alert/no-summary]"));
    assert_eq!(plain, rendered(Format::Text, false));
}

#[test]
fn lighter_findings_can_be_left_out_and_still_count() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("a.yaml"),
        "groups: [{rules: [{alert: A, expr: up}]}]\n# lapwing: allow-file alert/no-runbook for a test\n",
    )
    .unwrap();
    let project = Project::read(&[folder.path()], &ReadOptions::default()).unwrap();
    let report = check(&project);
    assert_eq!(report.render(Format::Text, Severity::Error, false), "");
    assert_eq!(report.summary(Severity::Error), "1 file checked: 2 warnings (2 not shown, 1 more allowed)");
    assert!(report.fails(Severity::Warning) && !report.fails(Severity::Error));
}
