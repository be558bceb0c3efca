//! The span layer over series whose number is given, as a scrape has them.

use lapwing_spans::{Instrument, Label, Rule, SpanMetricsLayer};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::series::{BOUNDS, HISTOGRAM};

/// A layer that measures spans `request` by `route`, `method` and outcome, up to so many series.
pub fn layer(provider: &SdkMeterProvider, series: usize) -> SpanMetricsLayer {
    let instrument = Instrument::new(HISTOGRAM).unit("s").boundaries(BOUNDS).series_limit(series);
    let labels = [Label::field("route"), Label::field("method"), Label::outcome()];
    let rule = Rule::span("request").duration(instrument.labels(labels));
    let layer = SpanMetricsLayer::builder(provider.meter("shop")).rule(rule).build();
    layer.expect("the rule of the benchmark is a good one")
}

/// A registry under it.
pub fn over(layer: SpanMetricsLayer) -> impl Subscriber + Send + Sync {
    tracing_subscriber::registry().with(layer)
}
