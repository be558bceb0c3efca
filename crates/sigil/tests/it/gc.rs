//! Collection: what goes, what stays, and what is counted.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sigil::{PATIENCE, Setup, eventually, id_of};

#[test]
fn removes_what_ended_longer_ago_than_the_retention() {
    let sigil = Setup::default().arg("--retention", "0").arg("--gc-interval", "3600").start();
    let revoked: Vec<String> = (0..3).map(|n| sigil.seal(&format!("revoked {n}"))).collect();
    let lasting = sigil.seal("lasting");
    let expiring: Value = sigil.post("/api/sigils", &json!({"content": "expiring", "ttl_seconds": 1})).json().unwrap();
    for id in &revoked {
        sigil.delete(&format!("/api/sigils/{id}"));
    }
    let removed = || sigil.admin_post("/admin/gc", &json!({})).json::<Value>().unwrap()["removed"].as_u64().unwrap();
    let mut total = 0;
    let mut rounds = 0;
    eventually("the expired one goes too", PATIENCE, || {
        total += removed();
        rounds += 1;
        sigil.status(&id_of(&expiring)).is_none().then_some(())
    });
    assert_eq!(total, 4);
    assert!(revoked.iter().all(|id| sigil.status(id).is_none()));
    assert_eq!(sigil.status(&lasting).as_deref(), Some("active"));
    let scrape = sigil.scrape();
    assert_eq!(scrape.value("sigil_gc_total", &[]), Some(f64::from(rounds)));
    assert_eq!(scrape.value("sigil_gc_removed_total", &[]), Some(4.0));
    assert_eq!(scrape.value("sigil_gc_duration_seconds_count", &[]), Some(f64::from(rounds)));
}

#[test]
fn keeps_what_ended_within_the_retention() {
    let sigil = Setup::default().arg("--retention", "3600").start();
    let id = sigil.seal("revoked");
    sigil.delete(&format!("/api/sigils/{id}"));
    assert_eq!(sigil.admin_post("/admin/gc", &json!({})).json::<Value>().unwrap(), json!({"removed": 0}));
    assert_eq!(sigil.status(&id).as_deref(), Some("revoked"));
}

#[test]
fn runs_by_itself() {
    let sigil = Setup::default().arg("--retention", "0").arg("--gc-interval", "0.05").start();
    let id = sigil.seal("revoked");
    sigil.delete(&format!("/api/sigils/{id}"));
    eventually("it is collected", Duration::from_secs(30), || sigil.status(&id).is_none().then_some(()));
}
