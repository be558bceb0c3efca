//! Series made anew: of streams that can't be kept in a table.

use std::{sync::Arc, time::SystemTime};

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{HistogramDataPoint, MetricData};

use crate::{Exemplar, Histogram, Number, Problems, Reason, Series, Value, exponential::Fold, labels::Labels};

use super::{Context, Keyed, Translator};

impl Translator {
    /// The series of a stream. What is wrong with them is counted.
    pub(super) fn series<'a, T: Copy + Into<Number>>(
        &mut self,
        stream: &str,
        data: &'a MetricData<T>,
        base: &[Keyed<'a>],
        context: &Context<'_>,
    ) -> Vec<Series> {
        let Context { exemplars, problems, .. } = *context;
        let mut joined = 0;
        let mut labels =
            |attributes: &mut dyn Iterator<Item = &'a KeyValue>| self.labels(base, attributes, &mut joined, problems);
        let series: Vec<Series> = match data {
            MetricData::Gauge(gauge) => {
                let series = gauge.data_points().map(|point| {
                    let labels = labels(&mut point.attributes());
                    Series { labels, value: Value::Number(point.value().into()), created: None }
                });
                series.collect()
            }
            MetricData::Sum(sum) if !sum.is_monotonic() => {
                let series = sum.data_points().map(|point| {
                    let labels = labels(&mut point.attributes());
                    Series { labels, value: Value::Number(point.value().into()), created: None }
                });
                series.collect()
            }
            MetricData::Sum(sum) => {
                let created = Some(sum.start_time());
                let series = sum.data_points().filter_map(|point| {
                    let value = point.value().into();
                    if value.is_negative_or_nan() {
                        refuse_counter(stream, value, problems);
                        return None;
                    }
                    let exemplar =
                        exemplars.of(stream, || point.attributes(), problems).into_iter().max_by_key(|e| e.time);
                    let labels = labels(&mut point.attributes());
                    Some(Series { labels, value: Value::Counter { value, exemplar: exemplar.map(Box::new) }, created })
                });
                series.collect()
            }
            MetricData::Histogram(histogram) => {
                let mut bounds: Arc<[f64]> = Arc::from([]);
                let created = Some(histogram.start_time());
                let series = histogram.data_points().map(|point| {
                    let held = exemplars.of(stream, || point.attributes(), problems);
                    let labels = labels(&mut point.attributes());
                    histogram_series(labels, explicit(point, &mut bounds), held, created)
                });
                series.collect()
            }
            MetricData::ExponentialHistogram(histogram) => {
                let fold = Fold::of(|| histogram.data_points());
                let created = Some(histogram.start_time());
                let series = histogram.data_points().map(|point| {
                    let held = exemplars.of(stream, || point.attributes(), problems);
                    let labels = labels(&mut point.attributes());
                    histogram_series(labels, fold.fold(point), held, created)
                });
                series.collect()
            }
        };
        if joined > 0 {
            let message =
                format_args!("metric {stream:?}: attribute keys became the same label name; values are joined by ;");
            problems.count(Reason::LabelMerged, stream, &message);
        }
        series
    }
}

fn refuse_counter(stream: &str, value: Number, problems: &Problems) {
    let reason = if value.as_f64().is_nan() { Reason::Nan } else { Reason::Negative };
    let message =
        format_args!("counter {stream:?} has a series that is {reason}; it is left out until the process restarts");
    problems.count(reason, stream, &message);
}

fn histogram_series(
    labels: Labels,
    mut histogram: Histogram,
    exemplars: Vec<Exemplar>,
    created: Option<SystemTime>,
) -> Series {
    for exemplar in exemplars {
        histogram.add_exemplar(exemplar);
    }
    Series { labels, value: Value::Histogram(histogram), created }
}

/// `bounds` are those of the series before, `+Inf` included: almost always the same, and then shared.
fn explicit<T: Copy + Into<Number>>(point: &HistogramDataPoint<T>, bounds: &mut Arc<[f64]>) -> Histogram {
    let finite = bounds.split_last().map_or(&[][..], |(_, finite)| finite);
    if bounds.is_empty() || !point.bounds().eq(finite.iter().copied()) {
        if !point.bounds().all(f64::is_finite) || !point.bounds().is_sorted_by(|a, b| a < b) {
            let upper = point.bounds().chain([f64::INFINITY]);
            return Histogram::new(upper.zip(point.bucket_counts()), point.sum());
        }
        *bounds = point.bounds().chain([f64::INFINITY]).collect();
    }
    if point.bucket_counts().next().is_none() {
        // Without bounds the SDK keeps no buckets either.
        return Histogram::from_counts(Arc::clone(bounds), [point.count()].into_iter(), point.sum().into());
    }
    Histogram::from_counts(Arc::clone(bounds), point.bucket_counts(), point.sum().into())
}
