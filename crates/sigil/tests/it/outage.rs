//! The embedded store fails: the circuit opens, shows, and closes again.

use serde_json::{Value, json};

use crate::sigil::{PATIENCE, Setup, Sigil, eventually};

const EMBEDDED: &[(&str, &str)] = &[("backend", "embedded")];

#[test]
fn storage_outage_opens_the_circuit_and_its_end_closes_it() {
    let sigil = Sigil::start();
    let id = sigil.seal("sealed before");
    sigil.fault(json!({"operation": "storage.embedded", "outage": true}));
    for _ in 0..5 {
        assert_eq!(sigil.post("/api/sigils", &json!({"content": "x"})).status(), 503);
    }
    assert_eq!(sigil.store()["circuits"]["embedded"], "open");
    let refused = sigil.post("/api/sigils", &json!({"content": "x"}));
    assert_eq!(refused.json::<Value>().unwrap()["error"]["code"], "storage_unavailable");
    let health = sigil.get("/health");
    assert_eq!(health.status(), 503);
    assert_eq!(health.json::<Value>().unwrap()["storage"], "failing");
    // Reading goes on.
    assert_eq!(sigil.verify(&id, "sealed before")["identical"], true);
    let scrape = sigil.scrape();
    assert_eq!(scrape.value("dnastore_circuit_state", EMBEDDED), Some(2.0));
    assert_eq!(scrape.value("sigil_database_up", EMBEDDED), Some(0.0));
    // The refused one was an encoding that failed, but no write.
    assert_eq!(
        scrape.value("sigil_storage_write_seconds_count", &[("backend", "embedded"), ("outcome", "error")]),
        Some(5.0)
    );
    assert_eq!(scrape.value("sigil_error_total", &[("operation", "encode")]), Some(6.0));

    sigil.clear_faults();
    eventually("it takes writes again", PATIENCE, || {
        (sigil.post("/api/sigils", &json!({"content": "x"})).status() == 201).then_some(())
    });
    assert_eq!(sigil.scrape().value("dnastore_circuit_state", EMBEDDED), Some(0.0));
    assert_eq!(sigil.get("/health").status(), 200);
}

#[test]
fn circuit_that_nobody_calls_does_not_keep_the_service_unhealthy() {
    let sigil = Sigil::start();
    sigil.fault(json!({"operation": "storage.embedded", "outage": true}));
    for _ in 0..5 {
        assert_eq!(sigil.post("/api/sigils", &json!({"content": "x"})).status(), 503);
    }
    sigil.clear_faults();
    // A load balancer sends nothing while it is told 503: only time can change it.
    eventually("it is healthy", PATIENCE, || (sigil.get("/health").status() == 200).then_some(()));
}

#[test]
fn disk_that_failed_is_not_forgotten_until_a_restart() {
    let mut sigil = Setup::default().outliving_file_limits().start();
    let id = sigil.seal("sealed before");
    sigil.limit_files();
    assert_eq!(sigil.post("/api/sigils", &json!({"content": "x"})).status(), 503);
    assert_eq!(sigil.get("/health").status(), 503);
    // There is nothing to write for a sigil that does not exist, so that going well says nothing of the disk.
    assert_eq!(sigil.delete(&format!("/api/sigils/{}", "0".repeat(32))).status(), 404);
    assert_eq!(sigil.get("/health").status(), 503);
    assert_eq!(sigil.status(&id).as_deref(), Some("active"));
    sigil.kill_now();
    sigil.process.wait_exit(PATIENCE).unwrap();
    let again = Setup::default().on(&sigil.data).start();
    assert_eq!(again.status(&id).as_deref(), Some("active"));
    assert_eq!(again.get("/health").status(), 200);
}
