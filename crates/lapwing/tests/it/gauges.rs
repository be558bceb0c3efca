//! Observed values.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::support::{configuration, local, sample, text};

const GAUGES: &str = "gauges:
  - {source: store.size, instrument: sigil.store.size, unit: By, description: Size., labels: [backend]}
  - {source: store.size, instrument: sigil.store.size.copy, unit: By, description: Size., labels: []}
  - {source: disk.free, instrument: sigil.disk.free, unit: By, description: Free.}";

#[test]
fn source_feeds_every_gauge_declared_for_it() {
    let telemetry = local(&configuration("", GAUGES));
    telemetry.observe("store.size", |o| o.set(12.5, &[("backend", "embedded")])).unwrap();
    let text = text(&telemetry);
    assert_eq!(sample(&text, r#"sigil_store_size_bytes{backend="embedded"}"#), Some("12.5"), "{text}");
    // Its second gauge declares no label: left out and counted, the value stays.
    assert_eq!(sample(&text, "sigil_store_size_copy_bytes"), Some("12.5"), "{text}");
    let undeclared = r#"lapwing_problems_total{reason="undeclared_label"}"#;
    let again = crate::support::text(&telemetry);
    let counted: u64 = sample(&again, undeclared).unwrap().parse().unwrap();
    assert!(counted >= 1, "{again}");
    assert!(!text.contains("sigil_disk_free"), "nobody observes it: {text}");
}

#[test]
fn unknown_source_names_the_nearest() {
    let telemetry = local(&configuration("", GAUGES));
    let error = telemetry.observe("disk.fre", |_| {}).unwrap_err().to_string();
    assert_eq!(
        error,
        "no gauge is declared for the source `disk.fre` (did you mean `disk.free`?): declare it under `gauges:` in test.yaml"
    );
    let error = telemetry.observe("humidity", |_| {}).unwrap_err().to_string();
    assert!(!error.contains("did you mean"), "{error}");
}

#[test]
fn series_that_are_gone_vanish() {
    let telemetry = local(&configuration("", GAUGES));
    let gone = Arc::new(AtomicBool::new(false));
    let is_gone = gone.clone();
    telemetry
        .observe("store.size", move |o| {
            o.set(1.0, &[("backend", "embedded")]);
            if !is_gone.load(Ordering::Relaxed) {
                o.set(2.0, &[("backend", "postgres")]);
            }
        })
        .unwrap();
    let postgres = r#"sigil_store_size_bytes{backend="postgres"}"#;
    assert_eq!(sample(&text(&telemetry), postgres), Some("2"));
    gone.store(true, Ordering::Relaxed);
    let after = text(&telemetry);
    assert_eq!(sample(&after, postgres), None, "{after}");
    assert_eq!(sample(&after, r#"sigil_store_size_bytes{backend="embedded"}"#), Some("1"), "{after}");
}

#[test]
fn panicking_source_leaves_the_other_metrics() {
    let telemetry = local(&configuration("", GAUGES));
    telemetry.observe("disk.free", |_| panic!("on purpose")).unwrap();
    telemetry.observe("store.size", |o| o.set(3.0, &[("backend", "embedded")])).unwrap();
    telemetry.counter("orders").build().add(1, &[]);
    for _ in 0..2 {
        let text = text(&telemetry);
        assert_eq!(sample(&text, r#"sigil_store_size_bytes{backend="embedded"}"#), Some("3"), "{text}");
        assert_eq!(sample(&text, "orders_total"), Some("1"), "{text}");
        assert!(sample(&text, "lapwing_gathers_total").is_some(), "{text}");
    }
    let text = text(&telemetry);
    let panics: u64 = sample(&text, r#"lapwing_problems_total{reason="callback_panic"}"#).unwrap().parse().unwrap();
    assert!(panics >= 2, "{text}");
}

#[test]
fn source_may_be_registered_once_per_part() {
    let telemetry = local(&configuration("", GAUGES));
    for (backend, size) in [("embedded", 1.0), ("postgres", 2.0)] {
        telemetry.observe("store.size", move |o| o.set(size, &[("backend", backend)])).unwrap();
    }
    telemetry.observe("disk.free", |o| o.set(f64::NAN, &[])).unwrap();
    let text = text(&telemetry);
    assert_eq!(sample(&text, r#"sigil_store_size_bytes{backend="embedded"}"#), Some("1"), "{text}");
    assert_eq!(sample(&text, r#"sigil_store_size_bytes{backend="postgres"}"#), Some("2"), "{text}");
    assert!(!text.contains("NaN"), "{text}");
}
