//! A meter provider that is read on demand, a clock set by hand, and what was read in a form to compare.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use lapwing_spans::{Clock, Rule, SpanMetricsLayer, SpanMetricsLayerBuilder};
use opentelemetry::{
    KeyValue,
    metrics::{Meter, MeterProvider as _},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        Instrument, InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Stream, Temporality,
        data::{AggregatedMetrics, MetricData, ResourceMetrics},
        reader::MetricReader,
    },
};
use tracing::subscriber::DefaultGuard;
use tracing_core::{Event, Subscriber, field::Visit};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt as _, registry};

#[derive(Clone, Debug)]
struct SharedReader(Arc<ManualReader>);

impl MetricReader for SharedReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, rm: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(rm)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// A clock that moves when told to, in either direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandClock(Arc<AtomicU64>);

impl HandClock {
    pub(crate) fn advance_ms(&self, ms: u64) {
        self.0.fetch_add(ms * 1_000_000, Ordering::Relaxed);
    }

    pub(crate) fn set_ms(&self, ms: u64) {
        self.0.store(ms * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct Harness {
    pub(crate) provider: SdkMeterProvider,
    reader: SharedReader,
    pub(crate) clock: HandClock,
}

impl Harness {
    pub(crate) fn new() -> Self {
        Self::with_limit(2100)
    }

    /// With this many series to a stream of the SDK.
    pub(crate) fn with_limit(limit: usize) -> Self {
        Self::with_view(move |_| Stream::builder().with_cardinality_limit(limit).build().ok())
    }

    pub(crate) fn with_view(view: impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static) -> Self {
        let reader = SharedReader(Arc::new(ManualReader::builder().build()));
        let provider = SdkMeterProvider::builder().with_reader(reader.clone()).with_view(view).build();
        Self { provider, reader, clock: HandClock::default() }
    }

    pub(crate) fn meter(&self) -> Meter {
        self.provider.meter("test")
    }

    pub(crate) fn builder(&self) -> SpanMetricsLayerBuilder {
        SpanMetricsLayer::builder(self.meter()).clock(self.clock.clone())
    }

    /// Makes a registry with nothing but the layer the default of this thread.
    pub(crate) fn measure(&self, rules: impl IntoIterator<Item = Rule>) -> DefaultGuard {
        let layer = self.builder().rules(rules).build().expect("rules are right");
        tracing::subscriber::set_default(registry().with(layer))
    }

    pub(crate) fn read(&self) -> Reading {
        let mut rm = ResourceMetrics::default();
        self.reader.collect(&mut rm).expect("collects");
        let mut points = Vec::new();
        for metric in rm.scope_metrics().flat_map(|scope| scope.metrics()) {
            let name = metric.name();
            match metric.data() {
                AggregatedMetrics::F64(data) => read_points(name, data, &mut points),
                AggregatedMetrics::U64(data) => read_points(name, data, &mut points),
                AggregatedMetrics::I64(data) => read_points(name, data, &mut points),
            }
        }
        Reading(points)
    }
}

trait Value: Copy {
    fn float(self) -> f64;
}

impl Value for f64 {
    fn float(self) -> f64 {
        self
    }
}

impl Value for u64 {
    fn float(self) -> f64 {
        self as f64
    }
}

impl Value for i64 {
    fn float(self) -> f64 {
        self as f64
    }
}

fn read_points<T: Value>(name: &str, data: &MetricData<T>, points: &mut Vec<Point>) {
    match data {
        MetricData::Sum(sum) => points.extend(sum.data_points().map(|point| Point {
            instrument: name.to_owned(),
            labels: labels(point.attributes()),
            sum: point.value().float(),
            count: 0,
            bounds: Vec::new(),
            buckets: Vec::new(),
        })),
        MetricData::Histogram(histogram) => points.extend(histogram.data_points().map(|point| Point {
            instrument: name.to_owned(),
            labels: labels(point.attributes()),
            sum: point.sum().float(),
            count: point.count(),
            bounds: point.bounds().collect(),
            buckets: point.bucket_counts().collect(),
        })),
        other => panic!("{name} is neither sum nor histogram: {}", std::any::type_name_of_val(other)),
    }
}

fn labels<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> BTreeMap<String, String> {
    attributes.map(|kv| (kv.key.to_string(), kv.value.to_string())).collect()
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) instrument: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) sum: f64,
    pub(crate) count: u64,
    pub(crate) bounds: Vec<f64>,
    pub(crate) buckets: Vec<u64>,
}

pub(crate) struct Reading(Vec<Point>);

impl Reading {
    pub(crate) fn points(&self, instrument: &str) -> impl Iterator<Item = &Point> {
        self.0.iter().filter(move |point| point.instrument == instrument)
    }

    pub(crate) fn find(&self, instrument: &str, labels: &[(&str, &str)]) -> Option<&Point> {
        let labels: BTreeMap<_, _> = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.points(instrument).find(|point| point.labels == labels)
    }

    pub(crate) fn point(&self, instrument: &str, labels: &[(&str, &str)]) -> &Point {
        self.find(instrument, labels).unwrap_or_else(|| panic!("no {instrument} {labels:?} in {self:?}"))
    }

    /// Value of a counter, or sum of a histogram.
    pub(crate) fn sum(&self, instrument: &str, labels: &[(&str, &str)]) -> f64 {
        self.point(instrument, labels).sum
    }

    pub(crate) fn count(&self, instrument: &str, labels: &[(&str, &str)]) -> u64 {
        self.point(instrument, labels).count
    }

    /// All label sets of an instrument, as text, sorted.
    pub(crate) fn series(&self, instrument: &str) -> Vec<String> {
        let mut series: Vec<_> = self
            .points(instrument)
            .map(|point| point.labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(","))
            .collect();
        series.sort();
        series
    }

    pub(crate) fn problems(&self, reason: &str) -> u64 {
        self.sum("lapwing.problems", &[("reason", reason)]) as u64
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

/// A layer that keeps the events it sees as text: `LEVEL target field=value …`.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLog(Arc<Mutex<Vec<String>>>);

impl EventLog {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").clone()
    }
}

impl<S: Subscriber> Layer<S> for EventLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        self.0.lock().expect("not poisoned").push(line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &tracing_core::Field, value: &dyn fmt::Debug) {
        self.0 += &format!(" {}={value:?}", field.name());
    }
}
