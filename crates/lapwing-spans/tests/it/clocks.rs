//! Clocks that jump.

use std::time::Duration;

use lapwing_spans::{Clock, Instrument, Rule, SpanMetricsLayer};
use tracing::info_span;
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use crate::harness::Harness;

#[test]
fn a_clock_that_jumps_back_an_hour_yields_zero() {
    let harness = Harness::new();
    harness.clock.set_ms(7_200_000);
    let _default = harness.measure([
        Rule::span("work").duration(Instrument::new("elapsed")),
        Rule::span("work").busy().duration(Instrument::new("busy")),
    ]);
    let span = info_span!("work");
    span.in_scope(|| harness.clock.set_ms(3_600_000));
    drop(span);
    let span = info_span!("work");
    span.in_scope(|| harness.clock.advance_ms(1000));
    drop(span);
    let reading = harness.read();
    assert_eq!((reading.sum("elapsed", &[]), reading.count("elapsed", &[])), (1.0, 2));
    assert_eq!((reading.sum("busy", &[]), reading.count("busy", &[])), (1.0, 2));
}

#[test]
fn a_clock_at_its_end_does_not_panic() {
    struct Ending;
    impl Clock for Ending {
        fn now(&self) -> Duration {
            Duration::MAX
        }
    }
    let harness = Harness::new();
    let layer = SpanMetricsLayer::builder(harness.meter())
        .clock(Ending)
        .rule(Rule::span("work").busy().duration(Instrument::new("busy")))
        .build()
        .expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer));
    info_span!("work").in_scope(|| {});
    assert_eq!(harness.read().sum("busy", &[]), 0.0);
}

#[test]
fn the_default_clock_measures_real_time() {
    let harness = Harness::new();
    let layer = SpanMetricsLayer::builder(harness.meter())
        .rule(Rule::span("work").duration(Instrument::new("elapsed")))
        .build()
        .expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer));
    let before = std::time::Instant::now();
    let span = info_span!("work");
    let created = std::time::Instant::now();
    while created.elapsed() < Duration::from_millis(2) {
        std::hint::spin_loop();
    }
    drop(span);
    let sum = harness.read().sum("elapsed", &[]);
    assert!(sum >= 0.002 && sum <= before.elapsed().as_secs_f64(), "{sum}");
}
