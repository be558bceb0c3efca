//! A meter provider with a reader, as every service has them.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        Instrument, InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Stream, Temporality,
        data::{AggregatedMetrics, MetricData, ResourceMetrics},
        reader::MetricReader,
    },
};

/// A reader that collects when told: the provider gets one clone, the other is kept.
#[derive(Clone, Debug)]
struct Reader(Arc<ManualReader>);

impl Reader {
    fn count_of(&self, histogram: &str) -> u64 {
        let mut metrics = ResourceMetrics::default();
        // What could not be collected was not counted, and the caller refuses the measurement.
        let _ = self.0.collect(&mut metrics);
        let named =
            metrics.scope_metrics().flat_map(|scope| scope.metrics()).filter(|metric| metric.name() == histogram);
        named
            .map(|metric| match metric.data() {
                AggregatedMetrics::F64(MetricData::Histogram(data)) => data.data_points().map(|p| p.count()).sum(),
                _ => 0,
            })
            .sum()
    }
}

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// A provider with the SDK's own limits and the reader that was hung onto it.
pub struct Meters {
    /// Stops measuring when it is dropped.
    pub provider: SdkMeterProvider,
    reader: Reader,
}

impl Meters {
    /// Number of measurements in all histograms of this name, found by a collect.
    pub fn count_of(&self, histogram: &str) -> u64 {
        self.reader.count_of(histogram)
    }
}

impl Default for Meters {
    fn default() -> Meters {
        let reader = Reader(Arc::new(ManualReader::builder().build()));
        Meters { provider: SdkMeterProvider::builder().with_reader(reader.clone()).build(), reader }
    }
}

/// A provider on which each histogram may have so many series; the SDK would fold them into one beyond 2000.
pub fn provider_of(reader: impl MetricReader, series: usize) -> SdkMeterProvider {
    SdkMeterProvider::builder()
        .with_reader(reader)
        .with_view(move |instrument: &Instrument| {
            let wide = instrument.kind() == InstrumentKind::Histogram;
            wide.then(|| Stream::builder().with_cardinality_limit(series).build().ok())?
        })
        .build()
}
