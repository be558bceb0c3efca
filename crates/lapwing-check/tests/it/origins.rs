//! What is found in generated files is allowed where it is declared.

use std::{fs, path::Path};

use lapwing_check::{Project, ReadOptions, check};
use lapwing_config::monitoring;
use lapwing_monitor::{Options, Root, Service, Signals, generate};

const TELEMETRY: &str = "\
file_format: \"1.1\"
meter_provider:
  readers: [{pull: {exporter: {prometheus/development: {}}}}]
";

const MONITORING: &str = "\
file_format: \"1.0\"
service: shop
alerts:
  - name: ShopOdd
    severity: warning
    summary: It is odd
    condition:
      promql: shop_nothing > 1
    runbook: {meaning: a, steps: [b], tuning: c}
  - name: ShopOdder
    severity: warning
    summary: It is odder
    condition:
      promql: shop_less > 1
    runbook: {meaning: a, steps: [b], tuning: c}
dashboard:
  rows:
    - title: Row
      panels:
        - title: Panel
          kind: time_series
          queries: [{promql: shop_panel}]
receivers: [{name: pager, pagerduty: {routing_key_file: /run/key}}]
routes: [{receivers: [pager]}]
";

/// The findings of what is made of this, as `id file:line`, with the lines where they are declared.
fn found(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let declared = folder.path().join("otel-config/shop");
    write(&declared.join("telemetry.yaml"), TELEMETRY);
    write(&declared.join("monitoring.yaml"), text);
    let telemetry = lapwing_config::parse(TELEMETRY, "telemetry.yaml", &|_| None).unwrap();
    let monitoring = monitoring::parse(text, "otel-config/shop/monitoring.yaml").unwrap();
    let service = Service { monitoring, signals: Signals::new(&telemetry) };
    for file in generate(&[service], &Options::default()).unwrap() {
        if file.root == Root::Docs {
            continue;
        }
        let root = if file.root == Root::Config { "otel-config" } else { "grafana" };
        write(&folder.path().join(root).join(&file.path), &file.text);
    }
    let project = Project::read(&[folder.path()], &ReadOptions { base: Some(folder.path().to_owned()) }).unwrap();
    let findings = check(&project).findings;
    let relevant = findings.iter().filter(|finding| ["metric/unknown", "suppression/unused"].contains(&finding.id));
    let shown = |finding: &lapwing_check::Finding| {
        let file = &project.file(finding.spot().file).name;
        let lines = finding.marks[1..].iter().map(|mark| format!(" <- {}", mark.spot.place.line));
        let file = file.rsplit('/').next().unwrap();
        format!("{} {file}{}", finding.id, lines.collect::<String>())
    };
    relevant.map(shown).collect()
}

#[test]
fn words_in_the_declaration_allow_what_is_made_of_it() {
    let (odd, odder, panel) =
        ("metric/unknown shop.yml <- 4", "metric/unknown shop.yml <- 10", "metric/unknown shop.json <- 20");
    assert_eq!(found(MONITORING), [panel, odd, odder]);
    let words = "# lapwing: allow metric/unknown for a test\n";
    let before = |part: &str| MONITORING.replace(part, &format!("{words}{part}"));
    for part in ["  - name: ShopOdd\n", "      promql: shop_nothing"] {
        assert_eq!(found(&before(part)), [panel.replace("20", "21"), odder.replace("10", "11")], "{part}");
    }
    assert_eq!(found(&before("        - title: Panel")), [odd, odder]);
    assert_eq!(found(&before("alerts:\n")), [panel.replace("20", "21")]);
    assert!(found(&format!("{}# lapwing: allow-file metric/unknown for a test\n", MONITORING)).is_empty());
    assert_eq!(
        found(&before("receivers: [{name")),
        [panel, odd, odder, "suppression/unused monitoring.yaml"],
        "words elsewhere allow nothing"
    );
}
