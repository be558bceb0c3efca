//! Files on one line, as minified dashboards are: each finding shows a part of it.

use std::fs;

use lapwing_check::{Format, Project, ReadOptions, Severity, check};

/// As many panels on one line, each with a finding, in a dashboard or in one in a ConfigMap.
fn panels(count: usize, wrapped: bool) -> String {
    let panel = |id: usize| {
        format!(
            r#"{{"id":{id},"description":"Größe","type":"stat","gridPos":{{"h":1,"w":24,"x":0,"y":{id}}},"targets":[{{"refId":"A","expr":"sum(rate(a_total[$__rate_interval]))"}}]}}"#
        )
    };
    let panels: Vec<String> = (1..=count).map(panel).collect();
    let dashboard = format!(r#"{{"title":"T","uid":"t","panels":[{}]}}"#, panels.join(","));
    let map = || format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  a.json: |\n    {dashboard}\n");
    if wrapped { map() } else { dashboard }
}

#[test]
fn findings_on_one_line_show_a_part_of_it() {
    let count = 500;
    for wrapped in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let name = if wrapped { "a.yaml" } else { "a.json" };
        fs::write(folder.path().join(name), panels(count, wrapped)).unwrap();
        let project = Project::read(&[folder.path()], &ReadOptions { base: Some(folder.path().to_owned()) }).unwrap();
        let report = check(&project);
        let text = report.render(Format::Text, Severity::Info, true);
        let found = report.findings.iter().filter(|finding| finding.id == "dashboard/panel-without-title").count();
        assert_eq!(found, count, "{}", report.summary(Severity::Info));
        assert!(text.len() < 1_200 * count, "each finding shows a part of the line: {}", text.len());
    }
}

#[test]
fn a_finding_far_out_on_a_line_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("groups: [{{name: a, rules: [{{record: x, expr: \"{}a + \"}}]}}]\n", "a + ".repeat(20_000));
    fs::write(folder.path().join("a.yaml"), text).unwrap();
    let project = Project::read(&[folder.path()], &ReadOptions { base: Some(folder.path().to_owned()) }).unwrap();
    let text = check(&project).render(Format::Text, Severity::Info, false);
    assert!(text.contains("error[promql/syntax]"), "{text}");
    assert!(text.len() < 1_000, "{text}");
}

#[test]
fn panels_that_read_the_same_are_no_one_place() {
    let count = 200;
    let panel = r#"{"id":1,"title":"T","type":"stat","gridPos":{"h":1,"w":24,"x":0,"y":1}}"#;
    let folder = tempfile::tempdir().unwrap();
    let text = format!(r#"{{"title":"T","uid":"t","panels":[{}]}}"#, vec![panel; count].join(","));
    fs::write(folder.path().join("a.json"), text).unwrap();
    let project = Project::read(&[folder.path()], &ReadOptions { base: Some(folder.path().to_owned()) }).unwrap();
    let report = check(&project);
    let found = |id: &str| report.findings.iter().filter(|finding| finding.id == id).count();
    assert_eq!((found("dashboard/duplicate-panel-id"), found("dashboard/overlapping-panels")), (count - 1, count - 1));
    let text = report.render(Format::Text, Severity::Info, false);
    assert!(text.lines().all(|line| line.len() < 400), "{}", text.lines().map(str::len).max().unwrap());
}

#[test]
fn panels_of_any_height_overlap() {
    let grid = |y: i64, h: i64| format!(r#"{{"title":"T","type":"stat","gridPos":{{"h":{h},"w":24,"x":0,"y":{y}}}}}"#);
    let found = |panels: &[String]| -> usize {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(r#"{{"title":"T","uid":"t","panels":[{}]}}"#, panels.join(","));
        fs::write(folder.path().join("a.json"), text).unwrap();
        let report = Project::read(&[folder.path()], &ReadOptions::default()).unwrap();
        check(&report).findings.iter().filter(|finding| finding.id == "dashboard/overlapping-panels").count()
    };
    let tall = grid(0, 100_000);
    assert_eq!(found(&[tall.clone(), grid(90_000, 8)]), 1);
    assert_eq!(found(&[grid(90_000, 8), tall.clone()]), 1);
    assert_eq!(found(&[grid(100_000, 8), tall.clone(), grid(100_008, 8)]), 0);
    assert_eq!(found(&[grid(0, 100), grid(60, 8), grid(100, 8)]), 1);
    assert_eq!(found(&[grid(60, 8), grid(0, 100), grid(100, 8)]), 1);
}
