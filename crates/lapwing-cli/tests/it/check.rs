//! `lapwing check` and `lapwing explain`.

use std::{fs, path::Path};

use crate::lapwing::lapwing;

const ALERT: &str = "\
groups:
  - name: a
    rules:
      - alert: Down
        expr: up == 0
        labels: {severity: critical}
        annotations: {summary: Down}
";

fn folder(rules: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("config")).unwrap();
    fs::write(folder.path().join("config/rules.yaml"), rules).unwrap();
    fs::write(folder.path().join("config/other.yaml"), "a: b\n").unwrap();
    folder
}

#[test]
fn findings_are_printed_and_exit_with_1() {
    let folder = folder(ALERT);
    let ran = lapwing(folder.path(), &["check", "config"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert_eq!(
        ran.out,
        "\
warning[alert/no-runbook]: the alert `Down` has no runbook
 --> config/rules.yaml:4:16
  |
4 |       - alert: Down
  |                ^^^^
  = help: add `runbook_url: …` under `annotations`: what the alert means and what to do
  = more: lapwing explain alert/no-runbook

1 file checked: 1 warning
"
    );
}

#[test]
fn what_is_shown_and_what_fails_are_two_settings() {
    let folder = folder(ALERT);
    let ran = lapwing(folder.path(), &["check", "--min-severity", "error", "config"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "1 file checked: 1 warning (1 not shown)\n"));
    let ran = lapwing(folder.path(), &["check", "--fail-on", "error", "config"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("alert/no-runbook"));
}

#[test]
fn programs_read_nothing_but_findings() {
    let folder = folder(ALERT);
    let ran = lapwing(folder.path(), &["check", "--format", "json", "config"]);
    let array: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(array[0]["places"][0]["file"], "config/rules.yaml");
    assert_eq!((ran.code, ran.err.as_str()), (1, "1 file checked: 1 warning\n"));
    let ran = lapwing(folder.path(), &["check", "--format=github", "config"]);
    assert!(ran.out.starts_with("::warning file=config/rules.yaml,line=4,col=16,"), "{}", ran.out);
    assert_eq!(ran.out.lines().count(), 1);
}

#[test]
fn a_clean_folder_exits_with_0() {
    let folder = folder(&ALERT.replace("{summary: Down}", "{summary: Down, runbook_url: 'https://example.org/down'}"));
    let ran = lapwing(folder.path(), &["check", "config", "--verbose"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "1 file checked, nothing found\n"));
    assert_eq!(ran.err, "config/other.yaml: holds nothing to check\n");
}

#[test]
fn a_file_that_cannot_be_read_is_a_finding_and_a_path_that_is_not_there_a_failure() {
    let folder = folder("groups: [\n");
    let ran = lapwing(folder.path(), &["check", "config"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("error[file/unreadable]: "), "{}", ran.out);
    let ran = lapwing(folder.path(), &["check", "config", "nowhere"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, "lapwing: there is no file or folder `nowhere`\n"));
    let ran = lapwing(folder.path(), &["check", "--format", "xml", "config"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "lapwing: --format \"xml\": must be text, json or github\n`lapwing --help` shows what there is\n"
    );
}

#[test]
fn rules_are_explained() {
    let here = Path::new(".");
    let page = lapwing(here, &["explain", "alert/no-summary"]);
    assert_eq!(page.code, 0);
    assert!(page.out.starts_with("# alert/no-summary\n\nwarning · "), "{}", page.out);
    let list = lapwing(here, &["explain"]);
    assert!(list.out.lines().any(|line| line.starts_with("alert/no-summary  ") && line.contains("  warning  ")));
    let wrong = lapwing(here, &["explain", "alert/no-sumary"]);
    assert_eq!(
        (wrong.code, wrong.err.as_str()),
        (2, "lapwing: there is no rule `alert/no-sumary`; did you mean `alert/no-summary`?\n")
    );
}

#[test]
fn what_is_made_of_several_services_has_no_findings() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let several = root.join("../lapwing-monitor/tests/it/several");
    for from in [root.join("../../otel-config/sigil"), several.join("courier"), several.join("price.book")] {
        let to = folder.path().join("otel-config").join(from.file_name().unwrap());
        fs::create_dir_all(&to).unwrap();
        for file in ["telemetry.yaml", "monitoring.yaml"] {
            fs::copy(from.join(file), to.join(file)).unwrap();
        }
    }
    let ran = lapwing(folder.path(), &["generate", "--kubernetes", "otel-config"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = lapwing(folder.path(), &["check", "otel-config", "grafana"]);
    assert!(ran.code == 0 && ran.out.ends_with(" checked, nothing found\n"), "{}", ran.out);
}
