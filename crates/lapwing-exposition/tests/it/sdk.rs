//! The SDK with our reader, and what it logs.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use lapwing_exposition::{Format, Gather, PrometheusReader, PrometheusReaderBuilder, Snapshot};
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::{
    Resource,
    metrics::{Aggregation, Instrument, MeterProviderBuilder, SdkMeterProvider, Stream},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// A provider with one reader; the provider must be kept alive.
pub(crate) struct Sdk {
    pub(crate) provider: SdkMeterProvider,
    pub(crate) reader: PrometheusReader,
}

impl Sdk {
    /// Without scope labels and `target_info`, for short expectations.
    pub(crate) fn plain() -> Sdk {
        Sdk::new(PrometheusReader::builder().scope_labels(false).target_info(false))
    }

    pub(crate) fn new(reader: PrometheusReaderBuilder) -> Sdk {
        Sdk::with(reader, |provider| provider)
    }

    pub(crate) fn with(
        reader: PrometheusReaderBuilder,
        build: impl FnOnce(MeterProviderBuilder) -> MeterProviderBuilder,
    ) -> Sdk {
        let reader = reader.build();
        let provider =
            SdkMeterProvider::builder().with_resource(Resource::builder_empty().build()).with_reader(reader.clone());
        Sdk { provider: build(provider).build(), reader }
    }

    /// Every histogram becomes an exponential one of at most `max_size` buckets.
    pub(crate) fn exponential(max_size: u32) -> Sdk {
        Sdk::with(PrometheusReader::builder().scope_labels(false).target_info(false), |provider| {
            provider.with_view(move |_: &Instrument| {
                let aggregation =
                    Aggregation::Base2ExponentialHistogram { max_size, max_scale: 20, record_min_max: true };
                Stream::builder().with_aggregation(aggregation).build().ok()
            })
        })
    }

    pub(crate) fn meter(&self, name: &'static str) -> Meter {
        self.provider.meter(name)
    }

    pub(crate) fn gather(&self) -> Arc<Snapshot> {
        self.reader.gather().unwrap()
    }

    /// The samples of the text format, without our own metrics.
    pub(crate) fn samples(&self) -> Vec<String> {
        samples(&self.gather(), Format::Text0)
    }
}

/// The lines of all samples in `format`, without our own metrics.
pub(crate) fn samples(snapshot: &Snapshot, format: Format) -> Vec<String> {
    text(snapshot, format)
        .lines()
        .filter(|l| !l.starts_with('#') && !l.contains("lapwing"))
        .map(str::to_owned)
        .collect()
}

pub(crate) fn text(snapshot: &Snapshot, format: Format) -> String {
    String::from_utf8(snapshot.encode(format).to_vec()).unwrap()
}

/// What is logged while `during` runs, on this thread.
pub(crate) fn logged(during: impl FnOnce()) -> Vec<String> {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), during);
    let lines = log.0.lock().unwrap();
    lines.clone()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "lapwing"
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
