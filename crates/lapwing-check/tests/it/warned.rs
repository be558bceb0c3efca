//! What the library warns of at a service's start is told by the check too.

use std::fs;

use crate::fixture::{Checked, Fixture};

const TELEMETRY: &str = "\
file_format: \"1.1\"
meter_provider:
  readers: [{pull: {exporter: {prometheus/development: {}}}}]
logger_provider: {processors: []}
";

fn found(file: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(file), text).unwrap();
    Checked::of(folder.path()).text
}

#[test]
fn every_warning_is_told_in_its_words_or_by_a_rule_of_its_own() {
    let fixture = Fixture::of("declaration/not-as-written");
    let text = fixture.read("bad/telemetry.yaml");
    let warnings = lapwing_config::parse(&text, "telemetry.yaml", &|_| None).unwrap().warnings;
    let shown = fixture.checked("bad").text;
    let mut by_another = 0;
    for warning in &warnings {
        let (place, message) = (warning.position, &warning.message);
        let place = format!("--> telemetry.yaml:{}:{}\n", place.line, place.column);
        assert_eq!(shown.matches(&place).count(), 1, "{place}{shown}");
        match message.starts_with("no rule declares instrument ") {
            true => by_another += 1,
            false => assert!(
                shown.contains(&format!("warning[declaration/not-as-written]: {message}\n")),
                "{message}\n{shown}"
            ),
        }
    }
    assert_eq!((warnings.len(), by_another), (8, 1), "{warnings:?}");
}

#[test]
fn a_warning_is_told_at_its_place_in_a_config_map_and_can_be_allowed() {
    let indented: String = TELEMETRY.lines().map(|line| format!("    {line}\n")).collect();
    let map = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  telemetry.yaml: |\n{indented}");
    let shown = found("map.yaml", &map);
    assert!(shown.contains("`logger_provider` in `configuration` has no effect"), "{shown}");
    assert!(shown.contains(" --> map.yaml:8:5\n"), "{shown}");
    let allowed = TELEMETRY.replace("logger_", "# lapwing: allow declaration/not-as-written read by others\nlogger_");
    assert_eq!(found("telemetry.yaml", &allowed), "1 file checked, nothing found (1 more allowed)\n");
}

#[test]
fn what_the_environment_says_is_not_taken_for_a_flaw() {
    let text = TELEMETRY.replace(
        "logger_provider: {processors: []}",
        "log_level: ${LEVEL}\nresource: {attributes_list: \"${ATTRIBUTES}\"}",
    );
    assert_eq!(found("telemetry.yaml", &text), "1 file checked, nothing found\n");
}
