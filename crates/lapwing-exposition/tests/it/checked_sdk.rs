//! A checked provider over a real SDK, and what it would export.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use lapwing_exposition::{CheckedMeterProvider, Problems};
use opentelemetry::{
    KeyValue,
    metrics::{Meter, MeterProvider},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality,
        data::{AggregatedMetrics, MetricData, ResourceMetrics},
        reader::MetricReader,
    },
};

#[derive(Clone, Debug, Default)]
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

pub(crate) struct Sdk {
    reader: SharedReader,
    inner: SdkMeterProvider,
    pub(crate) provider: CheckedMeterProvider,
    pub(crate) problems: Problems,
}

/// One exported series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) scope: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) description: String,
    /// `k=v` sorted by key.
    pub(crate) attributes: Vec<String>,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    U64(u64),
    I64(i64),
    F64(f64),
    Histogram { sum: f64, count: u64, buckets: Vec<(f64, u64)> },
}

impl Sdk {
    pub(crate) fn new() -> Sdk {
        let reader = SharedReader::default();
        let inner = SdkMeterProvider::builder().with_reader(reader.clone()).build();
        let problems = Problems::default();
        let provider = CheckedMeterProvider::new(inner.clone(), problems.clone());
        Sdk { reader, inner, provider, problems }
    }

    pub(crate) fn meter(&self) -> Meter {
        self.provider.meter("test")
    }

    /// The SDK's own meter, as if there were no checks.
    pub(crate) fn unchecked(&self) -> Meter {
        self.inner.meter("test")
    }

    /// Everything exported now, in no particular order.
    pub(crate) fn points(&self) -> Vec<Point> {
        let mut rm = ResourceMetrics::default();
        self.reader.collect(&mut rm).expect("collected");
        let mut points = Vec::new();
        for scope in rm.scope_metrics() {
            for metric in scope.metrics() {
                let series = match metric.data() {
                    AggregatedMetrics::U64(data) => series(data, Value::U64, |v| v as f64),
                    AggregatedMetrics::I64(data) => series(data, Value::I64, |v| v as f64),
                    AggregatedMetrics::F64(data) => series(data, Value::F64, |v| v),
                };
                points.extend(series.into_iter().map(|(attributes, value)| Point {
                    scope: scope.scope().name().to_owned(),
                    name: metric.name().to_owned(),
                    unit: metric.unit().to_owned(),
                    description: metric.description().to_owned(),
                    attributes,
                    value,
                }));
            }
        }
        points
    }

    /// The series of one metric, by attributes.
    pub(crate) fn series(&self, name: &str) -> Vec<(Vec<String>, Value)> {
        let mut series: Vec<_> =
            self.points().into_iter().filter(|p| p.name == name).map(|p| (p.attributes, p.value)).collect();
        series.sort_by(|a, b| a.0.cmp(&b.0));
        series
    }

    /// The value of the only series of a metric.
    pub(crate) fn value(&self, name: &str) -> Value {
        match &self.series(name)[..] {
            [(_, value)] => value.clone(),
            other => panic!("{name} has {} series: {other:?}", other.len()),
        }
    }

    /// The problems counted so far, zeros left out.
    pub(crate) fn counted(&self) -> Vec<(&'static str, u64)> {
        self.problems.read().into_iter().filter(|&(_, n)| n > 0).collect()
    }
}

fn attributes<'a>(set: impl Iterator<Item = &'a KeyValue>) -> Vec<String> {
    let mut set: Vec<_> = set.map(|kv| format!("{}={}", kv.key, kv.value)).collect();
    set.sort();
    set
}

fn series<T: Copy>(data: &MetricData<T>, value: fn(T) -> Value, float: fn(T) -> f64) -> Vec<(Vec<String>, Value)> {
    match data {
        MetricData::Gauge(g) => g.data_points().map(|p| (attributes(p.attributes()), value(p.value()))).collect(),
        MetricData::Sum(s) => s.data_points().map(|p| (attributes(p.attributes()), value(p.value()))).collect(),
        MetricData::Histogram(h) => h
            .data_points()
            .map(|p| {
                let buckets = p.bounds().chain([f64::INFINITY]).zip(p.bucket_counts()).collect();
                (attributes(p.attributes()), Value::Histogram { sum: float(p.sum()), count: p.count(), buckets })
            })
            .collect(),
        MetricData::ExponentialHistogram(_) => panic!("no test makes one"),
    }
}
