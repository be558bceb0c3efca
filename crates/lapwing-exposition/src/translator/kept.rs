//! Series kept in tables.

use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::metrics::data::{HistogramDataPoint, MetricData};

use crate::{
    Family, Number,
    table::{Point, Table},
    tables::Known,
};

use super::{Context, Keyed, Translator};

impl Translator {
    /// The series in the table of their stream, if they can be kept in one. Nothing is counted but what is wrong with
    /// exemplars.
    pub(super) fn table<'a, T: Copy + Into<Number>>(
        &mut self,
        family: &Family,
        (scope, stream): (&InstrumentationScope, &str),
        data: &'a MetricData<T>,
        base: &[Keyed<'a>],
        context: &Context<'_>,
    ) -> Option<Arc<Table>> {
        let known = match self.tables.take(scope, stream, context.gather) {
            Known::Twice => return None,
            Known::Table(table) => Some(table),
            Known::New => None,
        };
        let described = |bounds: Vec<f64>, created| match known {
            Some(table) if table.is_of(family, &bounds, created) => table,
            _ => Arc::new(Table::new(family.clone(), bounds.into(), created)),
        };
        let table = match data {
            MetricData::Gauge(gauge) => {
                let table = described(Vec::new(), None);
                self.updated(table, || gauge.data_points(), stream, base, context)
            }
            MetricData::Sum(sum) => {
                let table = described(Vec::new(), sum.is_monotonic().then(|| sum.start_time()));
                self.updated(table, || sum.data_points(), stream, base, context)
            }
            // The SDK gives all points of a stream the bounds that the stream has.
            MetricData::Histogram(histogram) => {
                histogram.data_points().next().and_then(upper_bounds).and_then(|bounds| {
                    let table = described(bounds, Some(histogram.start_time()));
                    self.updated(table, || histogram.data_points(), stream, base, context)
                })
            }
            // Its bounds are those of the data, and change with it.
            MetricData::ExponentialHistogram(_) => None,
        };
        self.tables.put(scope, stream, context.gather, table.clone());
        table
    }

    fn updated<'a, P: Point + 'a, I: Iterator<Item = &'a P>>(
        &mut self,
        mut table: Arc<Table>,
        points: impl Fn() -> I,
        stream: &str,
        base: &[Keyed<'a>],
        context: &Context<'_>,
    ) -> Option<Arc<Table>> {
        let Context { exemplars, problems, gather } = *context;
        if Arc::get_mut(&mut table).is_none() {
            // A snapshot is held that shows it as it is.
            table = Arc::new(table.succeeded());
        }
        let own = Arc::get_mut(&mut table)?;
        let labels = |point: &'a P| {
            let (odd, mut joined) = (self.names.odd(), 0);
            let labels = self.labels(base, point.attributes(), &mut joined, problems);
            (joined == 0 && self.names.odd() == odd).then_some(labels)
        };
        own.update(gather, points, labels).ok()?;
        own.exemplify(stream, exemplars, problems);
        Some(table)
    }
}

/// `+Inf` included; none if they are not as they should be.
fn upper_bounds<T>(point: &HistogramDataPoint<T>) -> Option<Vec<f64>> {
    let regular = point.bounds().all(f64::is_finite) && point.bounds().is_sorted_by(|a, b| a < b);
    regular.then(|| point.bounds().chain([f64::INFINITY]).collect())
}
