//! Several readers, and a meter that collects while it is recorded on.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use lapwing_spans::{Instrument, Rule, SpanMetricsLayer};
use opentelemetry::{
    KeyValue,
    metrics::{
        AsyncInstrument, AsyncInstrumentBuilder, BoundSyncInstrument, Callback, Counter, InstrumentBuilder,
        InstrumentProvider, Meter, MeterProvider as _, ObservableGauge, SyncInstrument,
    },
};
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData},
};
use tracing::{Dispatch, dispatcher, info_span};
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use crate::process;

/// The value of the counter `calls` in the latest export.
fn calls(exporter: &InMemoryMetricExporter) -> u64 {
    let exports = exporter.get_finished_metrics().expect("in memory");
    let metrics = exports.last().expect("exported").scope_metrics().flat_map(|scope| scope.metrics());
    let data = metrics.filter(|metric| metric.name() == "calls").map(|metric| metric.data()).next();
    let Some(AggregatedMetrics::U64(MetricData::Sum(sum))) = data else { panic!("a counter") };
    sum.data_points().map(|point| point.value()).sum()
}

#[test]
fn each_reader_has_all_that_closed_before() {
    let exporters = [(); 2].map(|()| InMemoryMetricExporter::default());
    let provider = exporters.iter().fold(SdkMeterProvider::builder(), |provider, exporter| {
        provider.with_reader(PeriodicReader::builder(exporter.clone()).with_interval(Duration::MAX).build())
    });
    let provider = provider.build();
    let rule = Rule::span("work").calls(Instrument::new("calls"));
    let layer = SpanMetricsLayer::builder(provider.meter("test")).rule(rule).build().expect("builds");
    let dispatch = Dispatch::new(registry().with(layer));
    let work = |spans: u64| {
        dispatcher::with_default(&dispatch, || (0..spans).for_each(|_| drop(info_span!("work"))));
    };
    let mut total = 0;
    for spans in [1, 5, 70, 200] {
        work(spans);
        std::thread::scope(|scope| {
            scope.spawn(|| work(spans));
        });
        total += 2 * spans;
        provider.force_flush().expect("flushes");
        assert_eq!(exporters.each_ref().map(calls), [total; 2]);
    }
}

/// A meter whose counters collect, so run its callbacks, whenever they are recorded on.
#[derive(Clone, Default)]
struct Eager {
    sum: Arc<AtomicU64>,
    callbacks: Arc<Mutex<Vec<Arc<Callback<u64>>>>>,
}

/// What is observed goes nowhere.
struct Nowhere;

impl AsyncInstrument<u64> for Nowhere {
    fn observe(&self, _: u64, _: &[KeyValue]) {}
}

impl Eager {
    fn collect(&self) {
        let callbacks = self.callbacks.lock().expect("not poisoned").clone();
        callbacks.iter().for_each(|callback| callback(&Nowhere));
    }
}

impl SyncInstrument<u64> for Eager {
    fn measure(&self, measurement: u64, _: &[KeyValue]) {
        self.sum.fetch_add(measurement, Ordering::Relaxed);
        self.collect();
    }

    fn bind(&self, _: &[KeyValue]) -> Box<dyn BoundSyncInstrument<u64> + Send + Sync> {
        Box::new(self.clone())
    }
}

impl BoundSyncInstrument<u64> for Eager {
    fn measure(&self, measurement: u64) {
        SyncInstrument::measure(self, measurement, &[]);
    }
}

impl InstrumentProvider for Eager {
    fn u64_counter(&self, builder: InstrumentBuilder<'_, Counter<u64>>) -> Counter<u64> {
        // Problems are counted elsewhere.
        let sum = if builder.name == "calls" { Arc::clone(&self.sum) } else { Arc::default() };
        Counter::new(Arc::new(Eager { sum, callbacks: Arc::clone(&self.callbacks) }))
    }

    fn u64_observable_gauge(
        &self,
        builder: AsyncInstrumentBuilder<'_, ObservableGauge<u64>, u64>,
    ) -> ObservableGauge<u64> {
        self.callbacks.lock().expect("not poisoned").extend(builder.callbacks.into_iter().map(Arc::new));
        ObservableGauge::new()
    }
}

#[test]
fn a_meter_that_collects_while_it_is_recorded_on() {
    process::alone("readers::a_meter_that_collects_while_it_is_recorded_on", Duration::from_secs(60), || {
        let meter = Eager::default();
        let rule = Rule::span("work").calls(Instrument::new("calls"));
        let layer = SpanMetricsLayer::builder(Meter::new(Arc::new(meter.clone()))).rule(rule).build().expect("builds");
        let dispatch = Dispatch::new(registry().with(layer));
        meter.collect();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    dispatcher::with_default(&dispatch, || (0..5000).for_each(|_| drop(info_span!("work"))));
                });
            }
            (0..100).for_each(|_| meter.collect());
        });
        meter.collect();
        assert_eq!(meter.sum.load(Ordering::Relaxed), 20_000);
    });
}
