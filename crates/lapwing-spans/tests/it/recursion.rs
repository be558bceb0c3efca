//! Meters, callbacks and exporters that themselves trace, under a global subscriber.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use lapwing_spans::{Instrument, Label, Rule, SpanMetricsLayer};
use opentelemetry::{
    KeyValue,
    metrics::{
        BoundSyncInstrument, Counter, InstrumentBuilder, InstrumentProvider, Meter, MeterProvider as _, SyncInstrument,
    },
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        InMemoryMetricExporter, PeriodicReader, SdkMeterProvider, Temporality,
        data::{AggregatedMetrics, MetricData, ResourceMetrics},
        exporter::PushMetricExporter,
    },
};
use tracing::{error, info, info_span};
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use crate::process;

fn trace() {
    let span = info_span!("work", user = "inner");
    span.in_scope(|| error!("inside"));
    info!(name: "work.event", "inside");
}

/// A counter that traces whenever it is bound or measured, and sums up what it measures.
struct Noisy(Arc<AtomicU64>);

impl SyncInstrument<u64> for Noisy {
    fn measure(&self, measurement: u64, _: &[KeyValue]) {
        trace();
        self.0.fetch_add(measurement, Ordering::Relaxed);
    }

    fn bind(&self, _: &[KeyValue]) -> Box<dyn BoundSyncInstrument<u64> + Send + Sync> {
        trace();
        Box::new(Noisy(Arc::clone(&self.0)))
    }
}

impl BoundSyncInstrument<u64> for Noisy {
    fn measure(&self, measurement: u64) {
        SyncInstrument::measure(self, measurement, &[]);
    }
}

impl InstrumentProvider for Noisy {
    fn u64_counter(&self, builder: InstrumentBuilder<'_, Counter<u64>>) -> Counter<u64> {
        trace();
        // Problems are counted elsewhere.
        let sum = if builder.name.starts_with("lapwing") { Arc::default() } else { Arc::clone(&self.0) };
        Counter::new(Arc::new(Noisy(sum)))
    }
}

#[test]
fn a_meter_that_traces_is_not_measured() {
    process::alone("recursion::a_meter_that_traces_is_not_measured", Duration::from_secs(60), || {
        let sum = Arc::new(AtomicU64::new(0));
        let layer = SpanMetricsLayer::builder(Meter::new(Arc::new(Noisy(Arc::clone(&sum)))))
            .rule(Rule::span("*").calls(Instrument::new("calls").label(Label::field("user")).series_limit(5)))
            .rule(Rule::event("*").calls(Instrument::new("calls")))
            .build()
            .expect("builds");
        tracing::subscriber::set_global_default(registry().with(layer)).expect("the only one");
        for user in 0..10 {
            info_span!("work", user).in_scope(|| info!("once"));
        }
        assert_eq!(sum.load(Ordering::Relaxed), 20);
    });
}

/// Traces while it exports, then passes on.
#[derive(Debug)]
struct NoisyExporter(InMemoryMetricExporter);

impl PushMetricExporter for NoisyExporter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        trace();
        self.0.export(metrics).await
    }

    fn force_flush(&self) -> OTelSdkResult {
        trace();
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        trace();
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.0.temporality()
    }
}

#[test]
fn callbacks_and_exporters_may_trace() {
    process::alone("recursion::callbacks_and_exporters_may_trace", Duration::from_secs(60), || {
        let exporter = InMemoryMetricExporter::default();
        let provider = SdkMeterProvider::builder()
            .with_reader(PeriodicReader::builder(NoisyExporter(exporter.clone())).with_interval(Duration::MAX).build())
            .build();
        let meter = provider.meter("test");
        let _gauge = meter
            .u64_observable_gauge("noisy")
            .with_callback(|observer| {
                trace();
                observer.observe(1, &[]);
            })
            .build();
        let layer = SpanMetricsLayer::builder(meter)
            .rule(Rule::span("*").calls(Instrument::new("calls").label(Label::field("user"))))
            .rule(Rule::event("*").calls(Instrument::new("events")))
            .build()
            .expect("builds");
        tracing::subscriber::set_global_default(registry().with(layer)).expect("the only one");
        info_span!("work", user = "outer").in_scope(|| info!("once"));
        let calls = |user: &str| {
            provider.force_flush().expect("flushes");
            let exports = exporter.get_finished_metrics().expect("in memory");
            let sum = exports
                .last()
                .expect("exported")
                .scope_metrics()
                .flat_map(|scope| scope.metrics())
                .filter(|metric| metric.name() == "calls")
                .find_map(|metric| match metric.data() {
                    AggregatedMetrics::U64(MetricData::Sum(sum)) => Some(sum),
                    _ => None,
                })
                .expect("a counter");
            sum.data_points()
                .find(|point| point.attributes().any(|kv| kv.value.as_str() == user))
                .map_or(0, |point| point.value())
        };
        assert_eq!(calls("outer"), 1);
        let inner = calls("inner");
        assert!((1..20).contains(&inner), "each collect and export traces a few times, not for ever: {inner}");
        provider.shutdown().expect("shuts down");
    });
}
