//! More label sets than an instrument may have.

use std::collections::HashMap;

use lapwing_spans::{Instrument, Label, Rule};
use tracing::info_span;
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use crate::harness::{EventLog, Harness};

#[test]
fn overflow_keeps_the_outcome() {
    let harness = Harness::new();
    let log = EventLog::default();
    let instrument = |name: &str| Instrument::new(name).label(Label::field("user")).series_limit(3);
    let layer = harness
        .builder()
        .rule(
            Rule::span("work")
                .calls(instrument("calls").label(Label::outcome().renamed("result")))
                .calls(instrument("plain")),
        )
        .build()
        .expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer).with(log.clone()));
    for user in 0..10 {
        let status = if user % 5 == 4 { "ERROR" } else { "OK" };
        info_span!("work", user, otel.status_code = status);
    }
    info_span!("work", user = 0, otel.status_code = "OK");
    let reading = harness.read();
    assert_eq!(
        reading.series("calls"),
        [
            "otel.metric.overflow=true,result=error",
            "otel.metric.overflow=true,result=ok",
            "result=ok,user=0",
            "result=ok,user=1",
            "result=ok,user=2",
        ]
    );
    assert_eq!(reading.sum("calls", &[("otel.metric.overflow", "true"), ("result", "error")]), 2.0);
    assert_eq!(reading.sum("calls", &[("otel.metric.overflow", "true"), ("result", "ok")]), 5.0);
    assert_eq!(reading.sum("calls", &[("result", "ok"), ("user", "0")]), 2.0);
    assert_eq!(reading.sum("plain", &[("otel.metric.overflow", "true")]), 7.0);
    assert_eq!(reading.problems("overflow"), 14);
    let said: Vec<_> = log.lines().into_iter().filter(|line| line.contains("reason=\"overflow\"")).collect();
    assert_eq!(said.len(), 2, "{said:?}");
}

#[test]
fn cardinality_conservation() {
    const THREADS: usize = 16;
    const SETS: usize = 100_000;
    const LIMIT: usize = 2000;
    let harness = Harness::with_limit(LIMIT + 8);
    let layer = harness
        .builder()
        .rule(
            Rule::span("work")
                .calls(Instrument::new("calls").label(Label::field("user")).label(Label::outcome()).series_limit(LIMIT))
                .histogram_of("user", Instrument::new("sizes").label(Label::field("user")).series_limit(LIMIT)),
        )
        .build()
        .expect("builds");
    let dispatch = tracing::Dispatch::new(registry().with(layer));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let dispatch = &dispatch;
            scope.spawn(move || {
                tracing::dispatcher::with_default(dispatch, || {
                    for user in (thread..SETS).step_by(THREADS) {
                        info_span!("work", user, otel.status_code = if user % 10 == 0 { "ERROR" } else { "OK" });
                    }
                });
            });
        }
    });
    let reading = harness.read();
    let mut by_outcome: HashMap<&str, f64> = HashMap::new();
    for point in reading.points("calls") {
        *by_outcome.entry(point.labels["outcome"].as_str()).or_default() += point.sum;
    }
    assert_eq!((by_outcome["ok"], by_outcome["error"]), (90_000.0, 10_000.0));
    assert_eq!(reading.points("calls").count(), LIMIT + 2);
    let (count, sum) = reading.points("sizes").fold((0, 0.0), |(count, sum), p| (count + p.count, sum + p.sum));
    assert_eq!((count, sum), (SETS as u64, (SETS * (SETS - 1) / 2) as f64));
    // The SDK always has the point without attributes once it was bound; this layer never binds it here.
    assert_eq!(reading.points("sizes").count(), LIMIT + 1);
    assert_eq!(reading.problems("overflow"), 2 * (SETS - LIMIT) as u64);
}

#[test]
fn threads_that_race_for_the_last_places_lose_nothing() {
    for _ in 0..20 {
        let harness = Harness::new();
        let layer = harness
            .builder()
            .rule(Rule::span("work").calls(Instrument::new("calls").label(Label::field("user")).series_limit(50)))
            .build()
            .expect("builds");
        let dispatch = tracing::Dispatch::new(registry().with(layer));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    tracing::dispatcher::with_default(&dispatch, || {
                        for user in 0..100 {
                            info_span!("work", user);
                        }
                    });
                });
            }
        });
        let reading = harness.read();
        assert_eq!(reading.points("calls").map(|point| point.sum).sum::<f64>(), 400.0);
        assert!(reading.points("calls").count() <= 51);
    }
}
