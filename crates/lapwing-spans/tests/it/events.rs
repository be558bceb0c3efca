//! Events as what is measured.

use lapwing_spans::{Instrument, Label, Rule};
use tracing::{error, info, info_span};
use tracing_core::Level;
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use crate::harness::Harness;

#[test]
fn events_are_measured_inside_and_outside_spans() {
    let harness = Harness::new();
    let _default = harness.measure([Rule::event("cache.*")
        .calls(Instrument::new("evictions").label(Label::field("cache")))
        .histogram_of("age", Instrument::new("age").boundaries([1.0, 10.0]))
        .counter_of("freed", Instrument::new("freed").unit("By"))]);
    info!(name: "cache.evicted", cache = "names", age = 0.5, freed = 100_u64);
    info_span!("unmeasured").in_scope(|| info!(name: "cache.evicted", cache = "names", age = 5_u64, freed = 28_u64));
    info!(name: "cache.filled", cache = "files", age = 50.0, "with a message");
    info!(name: "other", cache = "names", age = 1.0);
    info_span!("cache.span");
    let reading = harness.read();
    assert_eq!(reading.sum("evictions", &[("cache", "names")]), 2.0);
    assert_eq!(reading.sum("evictions", &[("cache", "files")]), 1.0);
    assert_eq!(reading.point("age", &[]).buckets, [1, 1, 1]);
    assert_eq!(reading.sum("freed", &[]), 128.0);
}

#[test]
fn events_match_by_target_and_level() {
    let harness = Harness::new();
    let _default = harness.measure([
        Rule::event("*").target("audit").calls(Instrument::new("audit")),
        Rule::event("*").level(Level::WARN).calls(Instrument::new("bad").label(Label::outcome())),
    ]);
    info!(target: "audit", "one");
    info!("two");
    tracing::warn!("three");
    error!("four");
    error!(otel.status_code = "ok", "five");
    let reading = harness.read();
    assert_eq!(reading.sum("audit", &[]), 1.0);
    assert_eq!((reading.sum("bad", &[("outcome", "ok")]), reading.sum("bad", &[("outcome", "error")])), (2.0, 1.0));
}

#[test]
fn an_error_event_is_measured_and_marks_its_span() {
    let harness = Harness::new();
    let _default = harness.measure([
        Rule::event("*").errors(Instrument::new("event.errors")),
        Rule::span("work").errors(Instrument::new("span.errors")),
    ]);
    info_span!("work").in_scope(|| error!("both"));
    let reading = harness.read();
    assert_eq!((reading.sum("event.errors", &[]), reading.sum("span.errors", &[])), (1.0, 1.0));
}

#[test]
fn logs_of_the_telemetry_itself_are_not_measured() {
    let harness = Harness::new();
    let layer = harness
        .builder()
        .rule(Rule::event("*").calls(Instrument::new("events")))
        .rule(Rule::span("work").errors(Instrument::new("errors")))
        .build()
        .expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer));
    info_span!("work").in_scope(|| {
        error!(target: "lapwing", "problem");
        error!(target: "lapwing::slow", "slow");
        error!(target: "opentelemetry_sdk", "internal");
        error!(target: "lapwing::other", "measured");
    });
    let reading = harness.read();
    assert_eq!((reading.sum("events", &[]), reading.sum("errors", &[])), (1.0, 1.0));
}
