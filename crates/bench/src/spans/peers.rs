//! Measuring without a span: by hand, and with what others offer.

use std::{hint::black_box, ops::Range, time::Instant};

use opentelemetry::{KeyValue, metrics::MeterProvider as _};
use prometheus_client::metrics::{family::Family, histogram::Histogram as ClientHistogram};

use super::{Prepared, subscribers::histogram};
use crate::{
    meters::Meters,
    series::{BOUNDS, DESCRIPTION, HISTOGRAM, PROMETHEUS_HISTOGRAM, of_span},
};

pub(super) fn clock() -> Prepared {
    Prepared::new(|numbers| {
        for at in numbers {
            let start = Instant::now();
            black_box(at);
            black_box(start.elapsed().as_secs_f64());
        }
    })
}

pub(super) fn by_hand(series: usize) -> Prepared {
    let meters = Meters::default();
    let histogram = histogram(&meters.provider.meter("shop"));
    let batch = move |numbers| {
        for at in numbers {
            let start = Instant::now();
            let (route, method) = of_span(black_box(at), series);
            histogram.record(
                start.elapsed().as_secs_f64(),
                &[KeyValue::new("route", route), KeyValue::new("method", method), KeyValue::new("outcome", "ok")],
            );
        }
    };
    Prepared::new(batch).counted(move || meters.count_of(HISTOGRAM))
}

pub(super) fn by_hand_2(series: usize) -> Prepared {
    let meters = Meters::default();
    let histogram = histogram(&meters.provider.meter("shop"));
    let batch = move |numbers| {
        for at in numbers {
            let start = Instant::now();
            let (route, method) = of_span(black_box(at), series);
            let labels = [KeyValue::new("route", route), KeyValue::new("method", method)];
            histogram.record(start.elapsed().as_secs_f64(), &labels);
        }
    };
    Prepared::new(batch).counted(move || meters.count_of(HISTOGRAM))
}

pub(super) fn by_hand_bound(series: usize) -> Prepared {
    let meters = Meters::default();
    let histogram = histogram(&meters.provider.meter("shop"));
    let bind = |at| {
        let (route, method) = of_span(at, series);
        histogram.bind(&[
            KeyValue::new("route", route),
            KeyValue::new("method", method),
            KeyValue::new("outcome", "ok"),
        ])
    };
    let bound: Vec<_> = (0..series).map(bind).collect();
    let batch = move |numbers: Range<usize>| {
        for at in numbers {
            let start = Instant::now();
            bound[black_box(at) & (series - 1)].record(start.elapsed().as_secs_f64());
        }
    };
    Prepared::new(batch).counted(move || meters.count_of(HISTOGRAM))
}

#[autometrics::autometrics]
fn request(at: usize) -> Result<usize, usize> {
    Ok(black_box(at))
}

/// Its labels are the function, its module, the caller and the result: no fields of one's own, and one series.
pub(super) fn autometrics() -> Prepared {
    let batch = |numbers| {
        for at in numbers {
            let _ = black_box(request(at));
        }
    };
    Prepared::new(batch).counted(|| {
        let families = prometheus::gather();
        let families = families.iter().filter(|family| family.name().starts_with("function_calls_duration"));
        families.flat_map(|family| family.get_metric()).map(|metric| metric.get_histogram().get_sample_count()).sum()
    })
}

pub(super) fn metrics(series: usize) -> Prepared {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().set_buckets(&BOUNDS);
    let recorder = recorder.expect("there are bounds").build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).expect("one variant a process");
    let batch = move |numbers| {
        for at in numbers {
            let start = Instant::now();
            let (route, method) = of_span(black_box(at), series);
            metrics::histogram!(PROMETHEUS_HISTOGRAM, "route" => route, "method" => method, "outcome" => "ok")
                .record(start.elapsed().as_secs_f64());
        }
    };
    let settling = handle.clone();
    // It keeps every single value until somebody asks: part of what a measurement costs.
    let prepared = Prepared::new(batch).settle(move || settling.run_upkeep());
    prepared.counted(move || {
        let text = handle.render();
        let counts = text.lines().filter(|line| line.contains("_count{"));
        counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    })
}

pub(super) fn prometheus(series: usize) -> Prepared {
    let options = prometheus::HistogramOpts::new(PROMETHEUS_HISTOGRAM, DESCRIPTION).buckets(BOUNDS.to_vec());
    let histograms = prometheus::HistogramVec::new(options, &["route", "method", "outcome"]).expect("names are good");
    let kept = histograms.clone();
    let batch = move |numbers| {
        for at in numbers {
            let start = Instant::now();
            let (route, method) = of_span(black_box(at), series);
            histograms.with_label_values(&[route, method, "ok"]).observe(start.elapsed().as_secs_f64());
        }
    };
    Prepared::new(batch).counted(move || {
        let of = |at| {
            let (route, method) = of_span(at, series);
            kept.with_label_values(&[route, method, "ok"]).get_sample_count()
        };
        (0..series).map(of).sum()
    })
}

type ClientLabels = [(&'static str, &'static str); 3];

pub(super) fn prometheus_client(series: usize) -> Prepared {
    let family = Family::<ClientLabels, ClientHistogram, fn() -> ClientHistogram>::new_with_constructor(|| {
        ClientHistogram::new(BOUNDS)
    });
    let mut registry = prometheus_client::registry::Registry::default();
    registry.register(PROMETHEUS_HISTOGRAM, DESCRIPTION, family.clone());
    let batch = move |numbers| {
        for at in numbers {
            let start = Instant::now();
            let (route, method) = of_span(black_box(at), series);
            let labels = [("route", route), ("method", method), ("outcome", "ok")];
            family.get_or_create(&labels).observe(start.elapsed().as_secs_f64());
        }
    };
    Prepared::new(batch).counted(move || {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("a string takes everything");
        let counts = text.lines().filter(|line| line.contains("_count{"));
        counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    })
}
