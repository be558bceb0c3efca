//! What the service serves is what its declaration says.

use std::path::Path;

use lapwing_check::{Endpoint, Finding, Project, ReadOptions, check};
use serde_json::json;

use crate::sigil::Setup;

fn found(url: &str, token: Option<&str>) -> Vec<Finding> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../otel-config/sigil");
    let mut project = Project::read(&[folder.join("telemetry.yaml")], &ReadOptions { base: Some(folder) }).unwrap();
    let endpoint = Endpoint { url: format!("{url}/metrics"), token: token.map(str::to_owned), service: None };
    project.scrape(&endpoint).unwrap();
    let findings = check(&project).findings;
    findings.into_iter().filter(|finding| finding.id.starts_with("live/")).collect()
}

#[test]
fn a_running_service_is_as_declared_from_its_start_and_after_every_operation() {
    let sigil = Setup::default().env("METRICS_TOKEN", "an-open-secret").env("SIGIL_TRACE_RATIO", "1").start();
    assert_eq!(found(&sigil.url, Some("an-open-secret")), []);
    let id = sigil.seal("some content");
    sigil.verify(&id, "some content");
    sigil.delete(&format!("/api/sigils/{id}"));
    sigil.admin_post("/admin/gc", &json!({}));
    let run = json!({"scenario": "steady", "ok": true, "throughput": 812.5, "p95_seconds": 0.012});
    assert_eq!(sigil.admin_post("/admin/load-runs", &run).status(), 204);
    assert_eq!(found(&sigil.url, Some("an-open-secret")), []);

    let refused = found(&sigil.url, None);
    assert_eq!(refused.iter().map(|finding| finding.id).collect::<Vec<_>>(), ["live/unreachable"]);
    assert!(refused[0].help.as_ref().unwrap().contains("--token-file"), "{refused:?}");
}

#[test]
fn another_declaration_than_the_checked_one_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let declared = include_str!("../../../../otel-config/sigil/telemetry.yaml");
    let other = declared
        .replace("0.2, 0.5, 1, 2, 5]", "0.2, 0.5, 1, 2]")
        .replace("instrument: sigil.revoke\n", "instrument: sigil.withdrawn\n");
    let file = folder.path().join("telemetry.yaml");
    std::fs::write(&file, other).unwrap();
    let sigil = Setup::default().env("OTEL_CONFIG_FILE", file.to_str().unwrap()).start();
    let ids: Vec<&str> = found(&sigil.url, None).iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["live/bounds-differ", "live/undeclared-metric", "live/missing-metric"]);
}
