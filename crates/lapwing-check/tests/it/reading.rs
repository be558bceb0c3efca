//! What is read of which files, and that nothing in them is fatal.

use std::fs;

use lapwing_check::{Format, Kind, Project, ReadOptions, Severity, check};
use proptest::prelude::*;

use crate::fixture::Checked;

const RULES: &str = "groups:\n  - name: a\n    rules:\n      - {alert: Down, expr: up == 0}\n";

fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let options = ReadOptions { base: Some(folder.path().to_owned()) };
    let project = Project::read(&[folder.path()], &options).unwrap();
    (folder, project)
}

#[test]
fn folders_are_read_without_what_is_hidden_or_built() {
    let names = ["b/rules.yml", "a.yaml", ".git/a.yaml", "target/a.yaml", "node_modules/a.json", "c.txt", ".d.yaml"];
    let files: Vec<(&str, &str)> = names.into_iter().map(|name| (name, RULES)).collect();
    let (folder, project) = project(&files);
    let read: Vec<&str> = project.files().iter().map(|file| file.name.as_str()).collect();
    assert_eq!(read, ["a.yaml", "b/rules.yml"]);
    let twice = [folder.path().join("a.yaml"), folder.path().join("b/../a.yaml"), folder.path().join("c.txt")];
    let project = Project::read(&twice, &ReadOptions::default()).unwrap();
    assert_eq!(project.files().len(), 2, "a file given twice is read once, and one that is named whatever its ending");
    assert_eq!(project.rule_groups().len(), 2);
    let error = Project::read(&[folder.path().join("none")], &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("there is no file or folder `"), "{error}");
}

#[test]
fn rules_in_objects_lists_and_config_maps_are_found_at_their_place() {
    let indented = |by: &str| RULES.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    let object = format!("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n{}", indented("  "));
    let stream = format!("kind: Service\napiVersion: v1\n---\n{object}");
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: PrometheusRule\n    spec:\n{}",
        indented("      ")
    );
    let map = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  rules.yaml: |\n{}", indented("    "));
    let (_folder, project) =
        project(&[("list.yaml", &list), ("map.yaml", &map), ("object.yaml", &object), ("stream.yaml", &stream)]);
    let found: Vec<(String, usize, usize)> = project
        .alerts()
        .map(|(_, alert)| {
            let spot = alert.name.spot();
            (project.file(spot.file).name.clone(), spot.place.line, spot.place.column)
        })
        .collect();
    let wanted = [("list.yaml", 10, 23), ("map.yaml", 8, 21), ("object.yaml", 7, 19), ("stream.yaml", 10, 19)];
    assert_eq!(found, wanted.map(|(name, line, column)| (name.to_owned(), line, column)));
    for (file, (name, line, column)) in project.files().iter().zip(wanted) {
        let text: String = file.source.line(line).chars().skip(column - 1).take(4).collect();
        assert_eq!(text, "Down", "{name}");
    }
}

#[test]
fn dashboards_are_flattened() {
    let dashboard = r#"{"dashboard": {"title": "T", "panels": [
        {"id": 1, "type": "row", "panels": [{"id": 2, "type": "stat", "targets": [{"refId": "A", "expr": "up"}]}]},
        {"id": 3, "type": "logs", "datasource": {"type": "loki", "uid": "l"}, "targets": [{"expr": "{a=\"b\"}"}]}]}}"#;
    let (_folder, project) = project(&[("d.json", dashboard)]);
    let panels = &project.dashboards()[0].panels;
    assert_eq!(panels.iter().map(|panel| panel.id.as_ref().unwrap().value.as_str()).collect::<Vec<_>>(), ["2", "3"]);
    let expr = panels[0].targets[0].expr.as_ref().unwrap();
    assert_eq!((expr.text(), expr.spot(&(0..2)).place.line, expr.spot(&(0..2)).place.column), ("up", 2, 107));
    assert!(panels[1].targets[0].expr.is_none(), "a query for Loki is no PromQL");
}

#[test]
fn what_is_no_document_of_ours_is_passed_over() {
    let (_folder, project) =
        project(&[("package.json", r#"{"name": "x", "name": "y"}"#), ("a.yaml", "- 1\n- 2\n"), ("e.yaml", "")]);
    assert!(project.files().iter().all(|file| file.kinds.is_empty()));
    let report = check(&project);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!(report.summary(Severity::Info), "0 files checked: none holds declarations, rules, routes or dashboards");
}

/// A service with a declaration of each kind.
const DECLARED: [(&str, &str); 2] = [
    ("a/monitoring.yaml", "file_format: \"1.0\"\nservice: a\n"),
    (
        "a/telemetry.yaml",
        "file_format: \"1.1\"\nmeter_provider:\n  readers: [{pull: {exporter: {prometheus/development: {}}}}]\n",
    ),
];

#[test]
fn declarations_that_are_gone_or_misspelt_are_errors() {
    let found = |files: &[(&str, &str)]| -> Vec<String> {
        let (_folder, project) = project(files);
        let shown = |finding: &lapwing_check::Finding| {
            let (spot, id) = (finding.spot(), finding.id);
            format!("{id} {}:{}:{}", project.file(spot.file).name, spot.place.line, spot.place.column)
        };
        check(&project).findings.iter().filter(|finding| finding.severity == Severity::Error).map(shown).collect()
    };
    let [monitoring, telemetry] = DECLARED;
    assert!(found(&DECLARED).is_empty(), "{:?}", found(&DECLARED));
    assert_eq!(found(&[monitoring]), ["file/unreadable a/monitoring.yaml:2:10"]);
    assert_eq!(found(&[("a/monitoring.yaml", ""), telemetry]), ["file/unreadable a/monitoring.yaml:1:1"]);
    assert_eq!(found(&[("a/monitoring.yaml", "# later\n"), telemetry]), ["file/unreadable a/monitoring.yaml:1:1"]);
    let misspelt = telemetry.1.replace("file_format", "file_fromat");
    let wrong = found(&[monitoring, ("a/telemetry.yaml", &misspelt)]);
    assert!(
        !wrong.is_empty() && wrong.iter().all(|at| at.starts_with("file/unreadable a/telemetry.yaml:")),
        "{wrong:?}"
    );
    let misspelt = monitoring.1.replace("service", "servise");
    let wrong = found(&[("a/monitoring.yaml", &misspelt), telemetry]);
    assert!(
        !wrong.is_empty() && wrong.iter().all(|at| at.starts_with("file/unreadable a/monitoring.yaml:")),
        "{wrong:?}"
    );
    let object = "apiVersion: v1\nkind: Service\n";
    assert!(found(&[("a/monitoring.yaml", object), telemetry]).is_empty(), "what others name like that is theirs");
}

#[test]
fn telemetry_that_is_not_among_the_paths_is_not_missing() {
    let (folder, _) = project(&DECLARED);
    let project = Project::read(&[folder.path().join("a/monitoring.yaml")], &ReadOptions::default()).unwrap();
    assert!(check(&project).findings.is_empty());
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_not_read() {
    let project = Project::read(&["/dev/zero"], &ReadOptions::default()).unwrap();
    let text = check(&project).render(Format::Text, Severity::Info, false);
    assert!(text.contains("the file can't be read: it is no regular file"), "{text}");
}

#[test]
fn a_finding_in_a_generated_file_is_told_where_to_mend_it() {
    let [(_, monitoring), telemetry] = DECLARED;
    let declared = format!(
        "{monitoring}alerts:\n  - name: Often\n    severity: warning\n    summary: \"{{{{ $lables.a }}}}\"\n    condition: {{promql: up == 0}}\n    runbook: {{meaning: a, steps: [b], tuning: c}}\n"
    );
    let rules = "groups:\n  - name: a\n    rules:\n      - alert: Often\n        expr: up == 0\n        labels: {severity: warning}\n        annotations: {summary: \"{{ $lables.a }}\", runbook_url: https://example.org/a}\n";
    let found = |rules: &str| -> Vec<String> {
        let (_folder, project) = project(&[("a/monitoring.yaml", &declared), telemetry, ("rules.yml", rules)]);
        let errors = check(&project).findings;
        let errors = errors.iter().filter(|finding| finding.id == "alert/template-syntax");
        errors.map(|finding| project.file(finding.spot().file).name.clone()).collect()
    };
    assert_eq!(found(rules), ["a/monitoring.yaml", "rules.yml"]);
    let generated = format!("# Generated by `lapwing generate` from a/monitoring.yaml.\n{rules}");
    assert_eq!(found(&generated), ["a/monitoring.yaml"]);
}

#[test]
fn whether_there_is_a_data_source_is_only_known_with_its_provisioning() {
    let panel = r#"{"title": "T", "type": "stat", "datasource": {"type": "prometheus", "uid": "fixed"}}"#;
    let dashboard = format!(r#"{{"title": "T", "uid": "t", "panels": [{panel}, {panel}]}}"#);
    let provisioned = "apiVersion: 1\ndatasources: [{name: Prometheus, uid: prometheus}]\n";
    let found = |files: &[(&str, &str)]| -> Vec<Severity> {
        let (_folder, project) = project(files);
        check(&project).findings.iter().map(|finding| finding.severity).collect()
    };
    assert_eq!(found(&[("d.json", &dashboard)]), [Severity::Info], "once, for information");
    assert_eq!(found(&[("d.json", &dashboard), ("p.yaml", provisioned)]), [Severity::Error, Severity::Error]);
}

#[test]
fn a_threshold_that_is_declared_is_told_of_where_it_is_declared() {
    let telemetry = "file_format: \"1.1\"\nmeter_provider:\n  readers: [{pull: {exporter: {prometheus/development: {}}}}]\ninstrumentation/development:\n  rust: {lapwing: {rules: [{span: a, calls: {instrument: a.calls, labels: [outcome]}}]}}\n";
    let declared = "file_format: \"1.0\"\nservice: a\nalerts:\n  - name: Often\n    severity: warning\n    summary: a\n    condition: {share: {instrument: a.calls, part: {outcome: error}}, above: 5}\n    runbook: {meaning: a, steps: [b], tuning: c}\n";
    let rules = "groups:\n  - name: a\n    rules:\n      - alert: Often\n        expr: sum(rate(a_calls_total{outcome=\"error\"}[5m])) / sum(rate(a_calls_total[5m])) > 5\n        labels: {severity: warning}\n        annotations: {summary: a, runbook_url: https://example.org/a}\n";
    let found = |rules: &str| -> Vec<String> {
        let files = [("a/monitoring.yaml", declared), ("a/telemetry.yaml", telemetry), ("rules.yml", rules)];
        let (_folder, project) = project(&files);
        check(&project).findings.iter().map(|finding| finding.id.to_owned()).collect()
    };
    let (at_declaration, in_rules) = ("declaration/threshold-out-of-range", "alert/threshold-out-of-range");
    assert_eq!(found(rules), [at_declaration, in_rules]);
    assert_eq!(found(&format!("# Generated by `lapwing generate` from a/monitoring.yaml.\n{rules}")), [at_declaration]);
}

#[test]
fn a_file_that_is_no_utf8_is_a_finding_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), b"groups:\n  - na\xffme: a\n").unwrap();
    let text = Checked::of(folder.path()).text;
    assert!(text.contains("error[file/unreadable]: the file is no UTF-8 from here on\n --> a.yaml:2:7"), "{text}");
}

#[test]
fn a_service_is_declared_by_the_files_of_a_folder() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../otel-config");
    let project = Project::read(&[root], &ReadOptions::default()).unwrap();
    let service = project.services().iter().find(|service| service.name == "sigil").unwrap();
    assert_eq!((service.job.as_str(), service.scrape_interval.unwrap().as_secs()), ("sigil", 15));
    assert_eq!(project.signals().unwrap().samples("sigil_encode_duration_seconds_bucket").count(), 1);
    assert!(service.bounds_at("sigil.encode.duration").is_some());
    assert!(project.files().iter().any(|file| file.kinds == [Kind::Prometheus]));
    assert!(check(&project).findings.iter().all(|finding| finding.id != "file/unreadable"));
}

/// Pieces of all that is read, so that generated files get past the first key.
const PIECES: [&str; 30] = [
    "groups:",
    "- name: a",
    "rules:",
    "- alert: A",
    "- record: b",
    "expr: |",
    "sum(rate(x_bucket{le=\"1\"}[5m]))",
    "> 0.5",
    "for: 5m",
    "labels: {severity: critical}",
    "annotations:",
    "summary: '{{ $labels.x }}'",
    "route:",
    "receivers:",
    "matchers: ['a=\"b']",
    "match: {a: b}",
    "routes: [{}]",
    "apiVersion: v1",
    "kind: ConfigMap",
    "kind: List",
    "kind: PrometheusRule",
    "data: {a.json: '{'}",
    "items: [{apiVersion: v1, kind: ConfigMap, data: {a.yaml: \"groups: [{rules: [{alert: é}]}]\"}}]",
    "spec: {groups: [{rules: [1]}]}",
    "file_format: '1.1'",
    "service: é",
    "# lapwing: allow alert/no-severity",
    "{\"title\": 1, \"panels\": [{\"targets\": [{\"expr\": \"$x\"}]}]}",
    "---",
    "\u{feff}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_file_is_fatal(parts in proptest::collection::vec((0..PIECES.len(), 0_usize..6, any::<bool>()), 0..24), noise in ".{0,40}") {
        let mut text = String::new();
        for (piece, indent, flush) in parts {
            text += &format!("{}{}{}", " ".repeat(indent * 2), PIECES[piece], if flush { "\n" } else { " " });
        }
        text += &noise;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.yaml"), &text).unwrap();
        fs::write(folder.path().join("b.json"), &text).unwrap();
        let project = Project::read(&[folder.path()], &ReadOptions::default()).unwrap();
        let report = check(&project);
        for format in [Format::Text, Format::Json, Format::Github] {
            report.render(format, Severity::Info, true);
        }
        for finding in &report.findings {
            for mark in &finding.marks {
                let source = &project.file(mark.spot.file).source;
                prop_assert!(mark.spot.place.line >= 1 && mark.spot.place.line <= source.line_count());
            }
        }
    }
}
