//! Layers over spans, and the loop that opens them.

use std::{hint::black_box, ops::Range};

use lapwing_exposition::{CheckedMeterProvider, Problems};
use lapwing_spans::{ExemplarFilter, Instrument, Label, Rule, SpanMetricsLayer};
use opentelemetry::metrics::{Histogram, Meter, MeterProvider as _};
use tracing::Subscriber;
use tracing_subscriber::{Layer, layer::SubscriberExt as _};

use super::{Prepared, naive::Naive};
use crate::{
    meters::Meters,
    series::{BOUNDS, HISTOGRAM, of_span},
};

/// A layer that does nothing.
struct Idle;

impl<S: Subscriber> Layer<S> for Idle {}

/// The whole life of a span with three fields: created, entered, left, closed.
fn spans(numbers: Range<usize>, series: usize) {
    for at in numbers {
        let (route, method) = of_span(at, series);
        let span = tracing::info_span!("request", route, method, bytes = at);
        let entered = span.enter();
        black_box(at);
        drop(entered);
    }
}

/// Spans under `layer`, over a bare registry.
pub(super) fn under<L>(layer: L, series: usize) -> Prepared
where
    L: Layer<tracing_subscriber::Registry> + Send + Sync,
{
    install(tracing_subscriber::registry().with(layer));
    Prepared::new(move |numbers| spans(numbers, series))
}

/// # Panics
/// Where a variant was already set up: their numbers would be mixed.
pub(super) fn install(subscriber: impl Subscriber + Send + Sync) {
    tracing::subscriber::set_global_default(subscriber).expect("one variant a process");
}

fn counting(prepared: Prepared, meters: Meters) -> Prepared {
    prepared.counted(move || meters.count_of(HISTOGRAM))
}

/// The histogram that all variants of OpenTelemetry record on.
pub(super) fn histogram(meter: &Meter) -> Histogram<f64> {
    meter.f64_histogram(HISTOGRAM).with_unit("s").with_boundaries(BOUNDS.to_vec()).build()
}

/// The duration of spans of this name by two fields and the outcome.
pub(crate) fn rule(span: &str) -> Rule {
    let instrument = Instrument::new(HISTOGRAM)
        .unit("s")
        .boundaries(BOUNDS)
        .label(Label::field("route"))
        .label(Label::field("method"))
        .label(Label::outcome());
    Rule::span(span).duration(instrument)
}

/// The span layer with one rule, for spans of this name.
pub(super) fn lapwing_layer(meter: Meter, span: &str, exemplars: ExemplarFilter) -> SpanMetricsLayer {
    let layer = SpanMetricsLayer::builder(meter).rule(rule(span)).exemplar_filter(exemplars).build();
    layer.expect("the rule of the benchmark is a good one")
}

pub(super) fn floor(series: usize) -> Prepared {
    under(Idle, series)
}

pub(super) fn naive(series: usize) -> Prepared {
    let meters = Meters::default();
    counting(under(Naive { histogram: histogram(&meters.provider.meter("shop")) }, series), meters)
}

pub(super) fn lapwing(series: usize) -> Prepared {
    let meters = Meters::default();
    let layer = lapwing_layer(meters.provider.meter("shop"), "request", ExemplarFilter::default());
    counting(under(layer, series), meters)
}

pub(super) fn lapwing_checked(series: usize) -> Prepared {
    let meters = Meters::default();
    let checked = CheckedMeterProvider::new(meters.provider.clone(), Problems::default());
    counting(under(lapwing_layer(checked.meter("shop"), "request", ExemplarFilter::default()), series), meters)
}

pub(super) fn unmatched(series: usize) -> Prepared {
    let meters = Meters::default();
    let layer = lapwing_layer(meters.provider.meter("shop"), "payment", ExemplarFilter::default());
    let mut prepared = under(layer, series);
    prepared.kept = Some(meters);
    prepared
}

/// One event a measurement, with as many attributes; it measures no time, so the value is made up.
pub(super) fn metrics_layer(series: usize) -> Prepared {
    let meters = Meters::default();
    install(tracing_subscriber::registry().with(tracing_opentelemetry::MetricsLayer::new(meters.provider.clone())));
    let prepared = Prepared::new(move |numbers| {
        for at in numbers {
            let (route, method) = of_span(at, series);
            tracing::info!(histogram.shop.request.duration = 0.012, route, method, outcome = "ok");
        }
    });
    counting(prepared, meters)
}
