//! When it is known which jobs Prometheus scrapes.

use std::fs;

use crate::fixture::Checked;

const TELEMETRY: &str = "\
file_format: \"1.1\"
meter_provider:
  readers: [{pull: {exporter: {prometheus/development: {}}}}]
";
const MONITORING: &str = "file_format: \"1.0\"\nservice: one\n";
const PROMETHEUS: &str = "\
scrape_configs:
  - job_name: other
    static_configs: [{targets: [\"127.0.0.1:1\"]}]
";
const FILE: &str = "prometheus/prometheus.yml";

/// What is printed about a service `one` and these files beside it.
fn found(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let service =
        [("config/one/telemetry.yaml".to_owned(), TELEMETRY), ("config/one/monitoring.yaml".to_owned(), MONITORING)];
    for (name, text) in files.iter().map(|(name, text)| (format!("config/{name}"), *text)).chain(service) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Checked::of(folder.path()).text
}

fn is_found(files: &[(&str, &str)]) -> bool {
    found(files).contains("error[declaration/unknown-job]: Prometheus scrapes no job `one`, ")
}

#[test]
fn a_job_is_looked_for_where_prometheus_says_what_it_scrapes() {
    assert!(is_found(&[(FILE, PROMETHEUS)]));
    assert!(!is_found(&[]));
    assert!(!is_found(&[(FILE, "global: {scrape_interval: 15s}\n")]), "who only evaluates does not scrape");
    assert!(!is_found(&[("../elsewhere/prometheus.yml", PROMETHEUS)]), "another folder's services");
    let one = PROMETHEUS.replace("other", "one");
    assert!(!is_found(&[(FILE, PROMETHEUS), ("prometheus/second.yml", &one)]));
    assert!(!is_found(&[(FILE, PROMETHEUS), ("../elsewhere/prometheus.yml", &one)]));
}

#[test]
fn nothing_is_said_where_the_job_may_be_any() {
    let with = |more: &str| format!("{PROMETHEUS}    {more}\n");
    for known in [
        "honor_labels: false",
        "relabel_configs: [{target_label: host, replacement: job}]",
        "kubernetes_sd_configs: [{role: pod}]",
        "params: {job: [one]}",
    ] {
        assert!(is_found(&[(FILE, &with(known))]), "{known}");
    }
    for open in [
        "honor_labels: true",
        "relabel_configs: [{source_labels: [__meta_x], target_label: job}]",
        "metric_relabel_configs: [{source_labels: [exported_job], target_label: job}]",
        "relabel_configs: [{action: labelmap, regex: __meta_kubernetes_pod_label_(.+)}]",
        "http_sd_configs: [{url: \"http://127.0.0.1:2\"}]",
        "file_sd_configs: [{files: [/etc/prometheus/targets/*.json]}]",
        "file_sd_configs: [{files: [targets/*.yml]}]",
    ] {
        assert!(!is_found(&[(FILE, &with(open))]), "{open}");
    }
    for open in [
        format!("scrape_config_files: [jobs/*.yml]\n{PROMETHEUS}"),
        PROMETHEUS.replace("other", "\"${JOB}\""),
        PROMETHEUS.replace("job_name: other", "<<: *base"),
        format!("{PROMETHEUS}  - [\n"),
    ] {
        assert!(!is_found(&[(FILE, &open)]), "{open}");
    }
}

#[test]
fn files_of_targets_are_read_if_they_are_checked_along() {
    let file = format!("{PROMETHEUS}    file_sd_configs: [{{files: [../targets/a-*.json]}}]\n");
    let targets = |labels: &str| format!("[{{\"targets\": [\"127.0.0.1:3\"], \"labels\": {{{labels}}}}}]\n");
    let (without, with) = (targets("\"env\": \"x\""), targets("\"job\": \"one\""));
    assert!(is_found(&[(FILE, &file), ("targets/a-1.json", &without)]));
    assert!(!is_found(&[(FILE, &file), ("targets/a-1.json", &without), ("targets/a-2.json", &with)]));
    assert!(!is_found(&[(FILE, &file), ("targets/b-1.json", &without)]), "it is not the file that is named");
    assert!(!is_found(&[(FILE, &file), ("targets/a-1.json", "[")]), "what is said there is not known");
}

#[test]
fn what_is_refused_at_the_same_word_is_told_too() {
    let two = format!("{MONITORING}scrape: {{job: one}}\n").replace("service: one", "service: two");
    let text = found(&[(FILE, PROMETHEUS), ("two/telemetry.yaml", TELEMETRY), ("two/monitoring.yaml", &two)]);
    assert!(text.contains("error[declaration/refused]: the job `one` is that of `one` too: "), "{text}");
    assert_eq!(text.matches("error[declaration/unknown-job]").count(), 2, "{text}");
    assert_eq!(text.matches(" --> config/two/monitoring.yaml:3:15\n").count(), 2, "{text}");
}
