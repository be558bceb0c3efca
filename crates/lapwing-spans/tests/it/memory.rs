//! Resident memory over many spans.

use std::time::Duration;

use lapwing_spans::{Instrument, Label, Rule};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{error, field::Empty, info_span};
use tracing_subscriber::{Layer as _, filter::LevelFilter, layer::SubscriberExt as _, registry};

use crate::{harness::Harness, process};

fn resident_kib() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    // In pages; those of all Linux targets this is tested on have 4 KiB.
    Some(statm.split_whitespace().nth(1)?.parse::<u64>().ok()? * 4)
}

/// Spans over four threads that end afterwards: matched and not, nested, long-lived children, late values, errors.
fn churn(spans: u64) {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..spans / 4 / 4 {
                    let span = info_span!("work", value = n % 10, late = Empty);
                    span.in_scope(|| {
                        span.record("late", n % 3);
                        if n % 7 == 0 {
                            error!("failed");
                        }
                        info_span!("unmatched").in_scope(|| {});
                    });
                    let child = info_span!(parent: &span, "work", value = "child");
                    let orphan = span.in_scope(|| info_span!("unmatched"));
                    drop((span, child));
                    drop(orphan);
                }
            });
        }
    });
}

/// `LAPWING_SOAK=1` makes it ten million spans.
#[test]
fn resident_memory_stays_flat() {
    process::alone("memory::resident_memory_stays_flat", Duration::from_secs(1800), || {
        let rounds = if std::env::var_os("LAPWING_SOAK").is_some_and(|soak| soak == "1") { 250 } else { 5 };
        let harness = Harness::new();
        let layer = harness
            .builder()
            .rule(
                Rule::span("work")
                    .duration(Instrument::new("duration").label(Label::outcome()).label(Label::field("value")))
                    .calls(Instrument::new("calls").label(Label::field("late").or("none")))
                    .in_flight(Instrument::new("in_flight")),
            )
            .build()
            .expect("builds");
        let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
        let subscriber = registry()
            .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")).with_filter(LevelFilter::INFO))
            .with(layer)
            .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink));
        tracing::subscriber::set_global_default(subscriber).expect("the only one");
        const ROUND: u64 = 40_000;
        churn(ROUND);
        churn(ROUND);
        let Some(before) = resident_kib() else {
            eprintln!("skipped: needs /proc/self/statm");
            return;
        };
        for _ in 0..rounds {
            churn(ROUND);
            assert_eq!(harness.read().sum("in_flight", &[]), 0.0);
        }
        let after = resident_kib().expect("was there before");
        let counted: u64 = harness.read().points("duration").map(|point| point.count).sum();
        assert_eq!(counted, (rounds + 2) * ROUND / 2);
        let growth = after.saturating_sub(before);
        eprintln!("{} spans: {before} KiB before, {after} KiB after", rounds * ROUND);
        assert!(growth < 2048, "{growth} KiB more after {} spans", rounds * ROUND);
    });
}
