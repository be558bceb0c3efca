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
