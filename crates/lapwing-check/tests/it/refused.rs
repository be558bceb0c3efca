//! What `lapwing generate` refuses.

use std::fs;

use crate::fixture::Checked;

const TELEMETRY: &str = "\
file_format: \"1.1\"
meter_provider:
  readers: [{pull: {exporter: {prometheus/development: {}}}}]
";

/// What is printed about a folder with these declarations, each a service.
fn found(declared: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, monitoring) in declared {
        let service = folder.path().join(name);
        fs::create_dir(&service).unwrap();
        fs::write(service.join("telemetry.yaml"), TELEMETRY).unwrap();
        fs::write(service.join("monitoring.yaml"), monitoring).unwrap();
    }
    Checked::of(folder.path()).text
}

#[test]
fn what_services_refuse_each_other_is_told_once() {
    let service = |name: &str| format!("file_format: \"1.0\"\nservice: {name}\nscrape: {{job: one}}\n");
    let (one, two) = (service("one"), service("two"));
    assert_eq!(found(&[("one", &one)]), "2 files checked, nothing found\n");
    let text = found(&[("one", &one), ("two", &two)]);
    assert!(text.starts_with("error[declaration/refused]: the job `one` is that of `one` too"), "{text}");
    assert!(text.contains("\n --> two/monitoring.yaml:3:15\n"), "{text}");
    assert!(text.ends_with("4 files checked: 1 error\n"), "{text}");
}

#[test]
fn a_secret_on_the_line_is_not_shown() {
    let monitoring = "{file_format: \"1.0\", service: one, receivers: [{name: hook, webhook: {url: \"https://hc.example.org/s3cret\"}}], routes: [{severity: [info], receivers: [hook]}]}\n";
    let text = found(&[("one", monitoring)]);
    assert!(text.contains("error[declaration/refused]: nobody is told of `"), "{text}");
    assert!(text.contains("service: one") && text.contains("url: ****") && !text.contains("s3cret"), "{text}");
    let written = monitoring.replace("webhook: {url:", "slack: {api_url:");
    let text = found(&[("one", &written)]);
    assert!(text.contains("error[file/unreadable]") && !text.contains("s3cret"), "{text}");
    let written = monitoring.replace("webhook: {url:", "slack: {channel: \"#one\", api_url_file:");
    let text = found(&[("one", &written)]);
    assert!(text.contains("error[file/unreadable]") && !text.contains("s3cret"), "{text}");
}

#[test]
fn a_secret_of_an_exporter_on_the_line_is_not_shown() {
    let exporter =
        "{otlp_http: {endpoint: \"http://a:s3cret@b/v1/metrics\", headers: [{name: api-key, value: s3cret}]}}";
    let telemetry = format!("{TELEMETRY}  views: [{{selector: {{}}, strem: {{}}}}]\n")
        .replace("readers: [", &format!("readers: [{{periodic: {{exporter: {exporter}, intervall: 1000}}}}, "));
    let indented: String = telemetry.lines().map(|line| format!("    {line}\n")).collect();
    let map = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  telemetry.yaml: |\n{indented}");
    for (file, text) in [("telemetry.yaml", &telemetry), ("map.yaml", &map)] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        let shown = Checked::of(folder.path()).text;
        assert!(shown.contains("unknown key `intervall` in `periodic`"), "{shown}");
        assert!(shown.contains("value: ******}") && !shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn a_secret_on_a_line_that_is_no_yaml_is_not_shown() {
    let telemetry = "file_format: \"1.1\"\nx:\n  headers:\n    - {name: api-key, value: \"s3cret\" : x\n";
    let alertmanager = "route: {receiver: a}\nreceivers:\n  - {name: a, pagerduty_configs: [{routing_key: s3cret}}\n";
    for (file, text) in [("telemetry.yaml", telemetry), ("alertmanager.yml", alertmanager)] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        let shown = Checked::of(folder.path()).text;
        assert!(shown.contains("this is not YAML") && shown.contains("******"), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
