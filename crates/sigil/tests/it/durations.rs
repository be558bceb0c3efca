//! Known latencies and errors give exactly the numbers they must.

use serde_json::{Value, json};

use crate::{scrape::Scrape, sigil::Sigil};

const OK: &[(&str, &str)] = &[("outcome", "ok")];
const ERROR: &[(&str, &str)] = &[("outcome", "error")];

fn fixed(operation: &str, ms: u32) -> Value {
    json!({"operation": operation, "latency": {"distribution": "fixed", "ms": ms}})
}

/// Asserts that all of `count` are above `below` and at most `above`.
fn all_between(scrape: &Scrape, histogram: &str, labels: &[(&str, &str)], count: f64, below: &str, above: &str) {
    assert_eq!(scrape.bucket(histogram, below, labels), 0.0, "{histogram} up to {below}");
    assert_eq!(scrape.bucket(histogram, above, labels), count, "{histogram} up to {above}");
    assert_eq!(scrape.value(&format!("{histogram}_count"), labels), Some(count), "{histogram}");
}

#[test]
fn slow_operations_fall_into_their_buckets() {
    let sigil = Sigil::start();
    let id = sigil.seal("content");
    let before = sigil.scrape();
    assert_eq!(before.value("sigil_encode_duration_seconds_count", OK), Some(1.0));
    // Far below the upper bound, since the machine may be busy.
    sigil.fault(fixed("encode", 1010));
    sigil.fault(fixed("verify", 1010));
    std::thread::scope(|scope| {
        for n in 0..5 {
            let (sigil, id) = (&sigil, &id);
            scope.spawn(move || sigil.seal(&format!("content {n}")));
            scope.spawn(move || sigil.verify(id, "content"));
        }
    });
    let scrape = sigil.scrape();
    let encode = "sigil_encode_duration_seconds";
    assert_eq!(scrape.bucket(encode, "1.0", OK), 1.0);
    assert_eq!(scrape.bucket(encode, "2.0", OK), 6.0);
    assert!(scrape.value("sigil_encode_duration_seconds_sum", OK).unwrap() >= 5.05);
    all_between(&scrape, "sigil_verify_duration_seconds", OK, 5.0, "1.0", "2.0");
    assert_eq!(scrape.value("sigil_encode_total", OK), Some(6.0));
    assert_eq!(scrape.value("sigil_verify_total", OK), Some(5.0));
}

#[test]
fn slow_writes_and_collections_fall_into_their_buckets() {
    let sigil = Sigil::start();
    sigil.fault(fixed("storage.embedded", 1010));
    sigil.fault(fixed("gc", 1010));
    let id = sigil.seal("content");
    sigil.delete(&format!("/api/sigils/{id}"));
    sigil.admin_post("/admin/gc", &json!({}));
    let scrape = sigil.scrape();
    let labels = [("backend", "embedded"), ("outcome", "ok")];
    all_between(&scrape, "sigil_storage_write_seconds", &labels, 2.0, "1.0", "2.0");
    all_between(&scrape, "sigil_gc_duration_seconds", &[], 1.0, "1.0", "2.0");
    // The write is part of the encoding.
    all_between(&scrape, "sigil_encode_duration_seconds", OK, 1.0, "1.0", "2.0");
    assert_eq!(
        scrape.value("sigil_storage_write_seconds_count", &[("backend", "postgres"), ("outcome", "ok")]),
        Some(0.0)
    );
}

#[test]
fn errors_are_counted_by_operation() {
    let sigil = Sigil::start();
    let id = sigil.seal("content");
    for operation in ["encode", "verify", "revoke", "gc"] {
        sigil.fault(json!({"operation": operation, "error_rate": 1.0}));
    }
    for _ in 0..3 {
        let failed = sigil.post("/api/sigils", &json!({"content": "x"}));
        assert_eq!(failed.status(), 500);
        assert_eq!(failed.json::<Value>().unwrap()["error"]["code"], "internal");
    }
    assert_eq!(sigil.post("/api/sigils/verify", &json!({"id": id, "content": "x"})).status(), 500);
    for _ in 0..2 {
        assert_eq!(sigil.delete(&format!("/api/sigils/{id}")).status(), 500);
    }
    assert_eq!(sigil.admin_post("/admin/gc", &json!({})).status(), 500);
    let scrape = sigil.scrape();
    for (operation, count) in [("encode", 3.0), ("verify", 1.0), ("revoke", 2.0), ("gc", 1.0)] {
        assert_eq!(scrape.value("sigil_error_total", &[("operation", operation)]), Some(count), "{operation}");
    }
    assert_eq!(scrape.value("sigil_encode_total", ERROR), Some(3.0));
    assert_eq!(scrape.value("sigil_encode_total", OK), Some(1.0));
    assert_eq!(scrape.value("sigil_verify_total", ERROR), Some(1.0));
    assert_eq!(scrape.value("sigil_revoke_total", ERROR), Some(2.0));
    assert_eq!(scrape.value("sigil_encode_duration_seconds_count", ERROR), Some(3.0));
    assert_eq!(scrape.value("sigil_gc_total", &[]), Some(1.0));
    // A failed verification has no resonance.
    assert_eq!(scrape.value("sigil_resonance_strength_count", &[]).unwrap_or(0.0), 0.0);

    sigil.clear_faults();
    assert_eq!(sigil.delete(&format!("/api/sigils/{id}")).status(), 204);
    assert_eq!(sigil.scrape().value("sigil_revoke_total", OK), Some(1.0));
}

#[test]
fn each_item_of_a_batch_is_an_operation() {
    let sigil = Sigil::start();
    let items: Vec<Value> = (0..7).map(|n| json!({"content": format!("content {n}")})).collect();
    sigil.post("/api/sigils", &json!({"items": items}));
    sigil.fault(json!({"operation": "encode", "outage": true}));
    let failed = sigil.post("/api/sigils", &json!({"items": items}));
    assert_eq!(failed.status(), 207);
    let failed: Value = failed.json().unwrap();
    assert!(failed["items"].as_array().unwrap().iter().all(|item| item["error"]["code"] == "internal"), "{failed}");
    let scrape = sigil.scrape();
    assert_eq!(scrape.value("sigil_encode_total", OK), Some(7.0));
    assert_eq!(scrape.value("sigil_encode_total", ERROR), Some(7.0));
}

#[test]
fn resonance_falls_into_its_buckets() {
    let sigil = Sigil::start();
    let id = sigil.seal("The quick brown fox jumps over the lazy dog, and then it does so once more.");
    for _ in 0..3 {
        sigil.verify(&id, "The quick brown fox jumps over the lazy dog, and then it does so once more.");
    }
    sigil.verify(&id, "Entirely unrelated words about mountains, rivers, bread and the price of copper.");
    let scrape = sigil.scrape();
    let strength = "sigil_resonance_strength";
    assert_eq!(scrape.bucket(strength, "0.1", &[]), 1.0);
    assert_eq!(scrape.bucket(strength, "0.9", &[]), 1.0);
    assert_eq!(scrape.bucket(strength, "1.0", &[]), 4.0);
    let sum = scrape.value("sigil_resonance_strength_sum", &[]).unwrap();
    assert!((3.0..3.1).contains(&sum), "{sum}");
}
