//! What a measured span allocates once everything about it is known: nothing. In a binary of its own, as its allocator
//! counts.

use allocation_counter::measure;
use lapwing_spans::{Instrument, Label, Rule, SpanMetricsLayer};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use tracing::{field::Empty, info_span};
use tracing_subscriber::{layer::SubscriberExt as _, registry};

fn spans(rounds: usize) {
    for _ in 0..rounds {
        for value in ["short", "of sixteen bytes and more"] {
            let span = info_span!("work", value, late = Empty, size = 3);
            span.in_scope(|| {
                span.record("late", value);
                info_span!("work", value, late = value, size = 7).in_scope(|| {});
            });
        }
    }
}

#[test]
fn spans_of_known_series_allocate_nothing() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter).with_interval(std::time::Duration::MAX).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let duration = Instrument::new("duration").label(Label::field("value")).label(Label::field("late"));
    let layer = SpanMetricsLayer::builder(provider.meter("test"))
        .rule(Rule::span("work").duration(duration).histogram_of("size", Instrument::new("size")))
        .rule(Rule::span("work").busy().duration(Instrument::new("busy")).in_flight(Instrument::new("in_flight")))
        .build()
        .expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer));
    // Twice, as there are no buffers before the first collect.
    for _ in 0..2 {
        spans(200);
        provider.force_flush().expect("flushes");
    }
    // Once more, so that the thread has its buffer.
    spans(200);
    let counted = measure(|| spans(1000));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert!(measure(|| drop(vec![1_u8])).count_total > 0, "the allocator counts");
}
