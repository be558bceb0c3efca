//! Large files on one line, as minified dashboards are, are checked in time that grows with their size.

use std::{
    fs,
    time::{Duration, Instant},
};

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

/// How long it takes to check and show; `count` panels give as many findings.
fn took(count: usize, wrapped: bool) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let name = if wrapped { "a.yaml" } else { "a.json" };
    fs::write(folder.path().join(name), panels(count, wrapped)).unwrap();
    let start = Instant::now();
    let project = Project::read(&[folder.path()], &ReadOptions { base: Some(folder.path().to_owned()) }).unwrap();
    let report = check(&project);
    let text = report.render(Format::Text, Severity::Info, true);
    let took = start.elapsed();
    let found = report.findings.iter().filter(|finding| finding.id == "dashboard/panel-without-title").count();
    assert_eq!(found, count, "{}", report.summary(Severity::Info));
    assert!(text.len() < 1_200 * count, "each finding shows a part of the line: {}", text.len());
    took
}

#[test]
fn findings_on_one_line_take_linear_time() {
    for wrapped in [false, true] {
        let times = [took(1_000, wrapped), took(8_000, wrapped)];
        println!("{times:?}");
        // What grows with the square takes 64 times as long. The rest is for machines that do something else too.
        assert!(times[1] < times[0] * 32 + Duration::from_secs(1), "{times:?}");
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
