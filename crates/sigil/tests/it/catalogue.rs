//! Every metric that the dashboards and alerts are made for, with exactly its labels and buckets.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    scrape::Scrape,
    sigil::{PATIENCE, Setup, Sigil, eventually},
};

const TO_2: &str = "0.001 0.005 0.01 0.05 0.1 0.2 0.5 1.0 2.0 +Inf";
const TO_5: &str = "0.001 0.005 0.01 0.05 0.1 0.2 0.5 1.0 2.0 5.0 +Inf";
const TENTHS: &str = "0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0 +Inf";

/// Name, type, labels, buckets.
const CATALOGUE: [(&str, &str, &[&str], &str); 23] = [
    ("sigil_encode_total", "counter", &["outcome"], ""),
    ("sigil_verify_total", "counter", &["outcome"], ""),
    ("sigil_revoke_total", "counter", &["outcome"], ""),
    ("sigil_error_total", "counter", &["operation"], ""),
    ("sigil_gc_total", "counter", &[], ""),
    ("sigil_gc_removed_total", "counter", &[], ""),
    ("sigil_encode_duration_seconds", "histogram", &["outcome"], TO_5),
    ("sigil_verify_duration_seconds", "histogram", &["outcome"], TO_2),
    ("sigil_storage_write_seconds", "histogram", &["backend", "outcome"], TO_2),
    ("sigil_gc_duration_seconds", "histogram", &[], TO_2),
    ("sigil_resonance_strength", "histogram", &[], TENTHS),
    ("dnastore_circuit_state", "gauge", &["backend"], ""),
    ("sigil_store_size_bytes", "gauge", &["backend"], ""),
    ("sigil_disk_free_bytes", "gauge", &["backend"], ""),
    ("sigil_database_up", "gauge", &["backend"], ""),
    ("sigil_pool_in_use", "gauge", &["backend"], ""),
    ("sigil_pool_idle", "gauge", &["backend"], ""),
    ("sigil_load_test_result", "gauge", &["scenario"], ""),
    ("sigil_load_test_throughput", "gauge", &["scenario"], ""),
    ("sigil_load_test_p95_seconds", "gauge", &["scenario"], ""),
    ("process_cpu_seconds_total", "counter", &[], ""),
    ("process_resident_memory_bytes", "gauge", &[], ""),
    ("process_start_time_seconds", "gauge", &[], ""),
];

fn check(scrape: &Scrape) {
    for (name, kind, labels, buckets) in CATALOGUE {
        assert_eq!(scrape.types.get(name).map(String::as_str), Some(kind), "type of {name}");
        assert!(scrape.help.get(name).is_some_and(|help| !help.is_empty()), "help of {name}");
        let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        if kind == "histogram" {
            let mut with_le = labels.clone();
            with_le.push("le".to_owned());
            with_le.sort();
            assert_eq!(scrape.label_names(&format!("{name}_bucket")), BTreeSet::from([with_le]), "labels of {name}");
            for part in ["count", "sum"] {
                assert_eq!(
                    scrape.label_names(&format!("{name}_{part}")),
                    BTreeSet::from([labels.clone()]),
                    "{name}_{part}"
                );
            }
            // The first series' buckets, in their order; each series has the same.
            let bounds: Vec<&str> =
                scrape.with(&format!("{name}_bucket")).map(|(labels, _)| labels["le"].as_str()).collect();
            let expected: Vec<&str> = buckets.split(' ').collect();
            assert!(bounds.chunks(expected.len()).all(|series| series == expected), "buckets of {name}: {bounds:?}");
        } else {
            assert_eq!(scrape.label_names(name), BTreeSet::from([labels]), "labels of {name}");
        }
    }
    for name in ["process_open_fds", "process_threads"] {
        assert!(scrape.types.contains_key(name), "{name}");
    }
    let known: BTreeSet<&str> = CATALOGUE.iter().map(|(name, ..)| *name).collect();
    let own = scrape.types.keys().filter(|name| name.starts_with("sigil_") || name.starts_with("dnastore_"));
    let beyond: Vec<&String> = own.filter(|name| !known.contains(name.as_str())).collect();
    assert!(beyond.is_empty(), "not in the catalogue: {beyond:?}");
}

#[test]
fn every_metric_of_the_catalogue_is_scraped() {
    let sigil = Sigil::start();
    let id = sigil.seal("some content");
    sigil.verify(&id, "some content");
    sigil.delete(&format!("/api/sigils/{id}"));
    sigil.admin_post("/admin/gc", &json!({}));
    let run = json!({"scenario": "steady", "ok": true, "throughput": 812.5, "p95_seconds": 0.012});
    assert_eq!(sigil.admin_post("/admin/load-runs", &run).status(), 204);
    let scrape = sigil.scrape();
    check(&scrape);
    let embedded = [("backend", "embedded")];
    assert_eq!(scrape.value("dnastore_circuit_state", &embedded), Some(0.0));
    assert_eq!(scrape.value("sigil_database_up", &embedded), Some(1.0));
    assert!(scrape.value("sigil_store_size_bytes", &embedded).unwrap() > 0.0);
    assert!(scrape.value("sigil_disk_free_bytes", &embedded).unwrap() > 0.0);
    assert_eq!(scrape.value("sigil_load_test_result", &[("scenario", "steady")]), Some(1.0));
    assert_eq!(scrape.value("sigil_load_test_throughput", &[("scenario", "steady")]), Some(812.5));
    assert_eq!(scrape.value("sigil_load_test_p95_seconds", &[("scenario", "steady")]), Some(0.012));
    // Twice: what a gather finds shows at the next.
    let scrape = sigil.scrape();
    let problems: Vec<_> = scrape.with("lapwing_problems_total").filter(|(_, count)| *count > 0.0).collect();
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn series_are_there_before_the_first_operation() {
    let scrape = Sigil::start().scrape();
    for outcome in ["ok", "error"] {
        for name in ["sigil_encode_total", "sigil_verify_total", "sigil_revoke_total"] {
            assert_eq!(scrape.value(name, &[("outcome", outcome)]), Some(0.0), "{name}");
        }
        assert_eq!(scrape.value("sigil_encode_duration_seconds_count", &[("outcome", outcome)]), Some(0.0));
    }
    for name in ["sigil_gc_total", "sigil_gc_duration_seconds_count", "sigil_resonance_strength_count"] {
        assert_eq!(scrape.value(name, &[]), Some(0.0), "{name}");
    }
    for operation in ["encode", "verify", "revoke", "gc"] {
        assert_eq!(scrape.value("sigil_error_total", &[("operation", operation)]), Some(0.0));
    }
}

#[test]
fn a_token_guards_the_scrape() {
    let sigil = Setup::default().env("METRICS_TOKEN", "an-open-secret").start();
    assert_eq!(sigil.get("/metrics").status(), 401);
    let with =
        |token: &str| sigil.client.get(format!("{}/metrics", sigil.url)).bearer_auth(token).send().unwrap().status();
    assert_eq!(with("wrong"), 401);
    assert_eq!(with("an-open-secret"), 200);
    assert_eq!(sigil.get("/health").status(), 200);
}

#[test]
fn sampled_traces_give_exemplars_and_a_dead_collector_little_noise() {
    let setup = Setup::default().env("SIGIL_TRACE_RATIO", "1").env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let mut sigil = setup.start();
    sigil.seal("traced");
    let metrics = sigil.client.get(format!("{}/metrics", sigil.url));
    let text = metrics.header("accept", "application/openmetrics-text;version=1.0.0").send().unwrap().text().unwrap();
    let exemplar =
        text.lines().find(|line| line.starts_with("sigil_encode_duration_seconds_bucket") && line.contains(" # {"));
    assert!(exemplar.is_some_and(|line| line.contains("trace_id=")), "{text}");

    eventually("the first export fails", PATIENCE, || sigil.process.output().contains("export of spans").then_some(()));
    for n in 0..50 {
        sigil.seal(&format!("content {n}"));
    }
    sigil.signal(rustix::process::Signal::TERM);
    sigil.process.wait_exit(PATIENCE).unwrap().expect("it ends");
    let output = sigil.process.output();
    let noise: Vec<&str> = output.lines().filter(|line| line.contains("WARN") || line.contains("ERROR")).collect();
    // One when it fails first, one when it is not over at the end; another family's warning may be among them.
    assert!(noise.len() <= 4, "{noise:#?}");
}
