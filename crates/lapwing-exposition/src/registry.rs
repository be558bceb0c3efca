//! Metrics of a `prometheus::Registry`.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use prometheus::{
    Registry,
    proto::{Metric, MetricFamily, MetricType},
};

use crate::{
    Family, Gather, GatherError, Histogram, Kind, Labels, Number, Problems, Reason, Series, Snapshot, Translation,
    Value,
    assembly::{self, Joining, Part},
    catalogue::{Catalogue, Place},
    flight::Flight,
    gather::panic_text,
    label_name::LabelNames,
    labels::Label,
    name,
    own_metrics::OwnMetrics,
    snapshot::join_equal_names,
};

/// Gathers a `prometheus::Registry`, for applications that keep the stock exporter or have metrics of their own in one.
///
/// Names stay as they are registered, made valid where they aren't. A panicking collector and a registry without any
/// metric (which is how the stock exporter reports its failures) are errors, not empty successes. Untyped metrics can't be
/// read from the registry: they are left out and counted.
#[derive(Clone)]
pub struct RegistrySource {
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    problems: Problems,
    flight: Flight,
    gathers: AtomicU64,
    translator: Mutex<(LabelNames, Catalogue, OwnMetrics)>,
}

impl RegistrySource {
    /// Gathers `registry`.
    pub fn new(registry: Registry) -> RegistrySource {
        RegistrySource::with_problems(registry, Problems::default())
    }

    /// Gathers `registry` and exports the counts of `problems` with it.
    pub fn with_problems(registry: Registry, problems: Problems) -> RegistrySource {
        let own = OwnMetrics::new(Translation::default());
        let translator = Mutex::new((LabelNames::new(false), Catalogue::default(), own));
        let inner = Inner { registry, problems, flight: Flight::default(), gathers: AtomicU64::new(0), translator };
        RegistrySource { inner: Arc::new(inner) }
    }
}

impl Gather for RegistrySource {
    fn gather(&self) -> Result<Arc<Snapshot>, GatherError> {
        self.inner.flight.join(|| {
            catch_unwind(AssertUnwindSafe(|| self.inner.run())).unwrap_or_else(|payload| {
                let error = GatherError::Panicked(panic_text(&*payload));
                self.inner.problems.count(Reason::CallbackPanic, "registry", &error);
                Err(error)
            })
        })
    }
}

impl Inner {
    fn run(&self) -> Result<Arc<Snapshot>, GatherError> {
        let families = self.registry.gather();
        if families.is_empty() {
            self.problems.count(Reason::CollectFailed, "registry", &GatherError::Empty);
            return Err(GatherError::Empty);
        }
        let gathers = self.gathers.fetch_add(1, Ordering::Relaxed) + 1;
        let mut translator = self.translator.lock().unwrap_or_else(PoisonError::into_inner);
        let (names, catalogue, own) = &mut *translator;
        names.next_round();
        let parts: Vec<Part> = families.iter().filter_map(|family| part(family, names, &self.problems)).collect();
        let own = own.parts(&Labels::default(), gathers, &self.problems);
        let families = assembly::assemble(own.into_iter().chain(parts), catalogue, &self.problems);
        Ok(Arc::new(Snapshot::assembled(families, self.problems.clone())))
    }
}

fn part(family: &MetricFamily, names: &mut LabelNames, problems: &Problems) -> Option<Part> {
    let kind = match family.get_field_type() {
        MetricType::COUNTER => Kind::Counter,
        MetricType::GAUGE if family.name() == "target_info" => Kind::Info,
        MetricType::GAUGE => Kind::Gauge,
        MetricType::HISTOGRAM => Kind::Histogram,
        MetricType::SUMMARY => Kind::Summary,
        MetricType::UNTYPED => {
            let message = "an untyped metric can't be read from the registry; give it a type";
            problems.count(Reason::InvalidInstrument, family.name(), &message);
            return None;
        }
    };
    let series = family
        .get_metric()
        .iter()
        .filter_map(|metric| {
            let labels = labels(metric, family.name(), names, problems);
            value(metric, kind, family.name(), problems).map(|value| Series { labels, value, created: None })
        })
        .collect();
    let place = Place { instrument: String::new(), scope: format!("{:?} of the registry", family.name()) };
    let name = name::underscored(family.name()).into_owned();
    let family = Family { name, help: family.help().to_owned(), unit: String::new(), kind, series };
    Some(Part { family, table: None, place, joining: Joining::First })
}

fn labels(metric: &Metric, family: &str, names: &mut LabelNames, problems: &Problems) -> Labels {
    let pairs = metric.get_label().iter();
    let mut labels: Vec<Label> =
        pairs.map(|pair| Label { name: names.get(pair.name(), problems), value: pair.value().into() }).collect();
    if join_equal_names(&mut labels) > 0 {
        problems.count(Reason::LabelMerged, family, &"label names became the same; values are joined by ;");
    }
    Labels::from_sorted(&mut labels)
}

fn value(metric: &Metric, kind: Kind, family: &str, problems: &Problems) -> Option<Value> {
    Some(match kind {
        Kind::Counter => {
            let value = Number::Float(metric.get_counter().get_value());
            if value.is_negative_or_nan() {
                let reason = if value.as_f64().is_nan() { Reason::Nan } else { Reason::Negative };
                problems.count(reason, family, &"a counter's series is below zero or not a number; it is left out");
                return None;
            }
            Value::Counter { value, exemplar: None }
        }
        Kind::Histogram => {
            let histogram = metric.get_histogram();
            let mut below = 0;
            let buckets = histogram.get_bucket().iter().map(|bucket| {
                let count = bucket.cumulative_count().saturating_sub(below);
                below += count;
                (bucket.upper_bound(), count)
            });
            let mut buckets: Vec<_> = buckets.collect();
            buckets.push((f64::INFINITY, histogram.get_sample_count().saturating_sub(below)));
            Value::Histogram(Histogram::new(buckets, histogram.get_sample_sum()))
        }
        Kind::Summary => {
            let summary = metric.get_summary();
            let mut quantiles: Vec<_> = summary.get_quantile().iter().map(|q| (q.quantile(), q.value())).collect();
            quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
            Value::Summary { quantiles, sum: summary.sample_sum(), count: summary.sample_count() }
        }
        Kind::Gauge | Kind::Info | Kind::Unknown => Value::Number(Number::Float(metric.get_gauge().get_value())),
    })
}
