//! An instrument as it is recorded on: its series, and their limit.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use opentelemetry::{
    Key, KeyValue,
    metrics::{Counter, Histogram, UpDownCounter},
};

use crate::{
    index::Inserted,
    key::{Few, Key as SeriesKey},
    parts::Place,
    problems::Said,
    reentry,
    series::{Bound, Series, SeriesBlock},
    series_table::SeriesTable,
    values::Values,
};

/// An instrument of the meter.
#[derive(Debug)]
pub(crate) enum SdkInstrument {
    Histogram(Histogram<f64>),
    Counter(Counter<u64>),
    FloatCounter(Counter<f64>),
    UpDown(UpDownCounter<i64>),
}

/// An instrument, and the series recorded on it so far.
///
/// Series are told apart by their values for `keys`, the sorted union of the label names of all measures that feed the
/// instrument. Looking one up takes no lock.
#[derive(Debug)]
pub(crate) struct Sink {
    name: String,
    instrument: SdkInstrument,
    keys: Box<[Key]>,
    values: Arc<Values>,
    /// Bounds of the exemplars' buckets; empty for what is no histogram.
    bounds: Box<[f64]>,
    limit: usize,
    admitted: AtomicUsize,
    admitted_series: SeriesTable,
    /// Made on first use, as most instruments never have any.
    overflow_series: OnceLock<Box<SeriesTable>>,
    last_resort: OnceLock<Box<SeriesBlock>>,
    pub(crate) overflow_said: Said,
}

/// Where a series is; valid for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    Admitted(Place),
    Overflow(Place),
    LastResort,
}

impl Seat {
    /// 34 bits.
    #[inline(always)]
    pub(crate) fn as_u64(self) -> u64 {
        match self {
            Seat::Admitted(place) => place.as_u32().into(),
            Seat::Overflow(place) => 1 << 32 | u64::from(place.as_u32()),
            Seat::LastResort => 2 << 32,
        }
    }

    #[inline(always)]
    pub(crate) fn from_u64(seat: u64) -> Self {
        let place = Place::from_u32(seat as u32);
        match seat >> 32 {
            0 => Seat::Admitted(place),
            1 => Seat::Overflow(place),
            _ => Seat::LastResort,
        }
    }
}

impl Sink {
    pub(crate) fn new(
        name: String,
        instrument: SdkInstrument,
        keys: impl IntoIterator<Item = Key>,
        values: Arc<Values>,
        bounds: Box<[f64]>,
        limit: usize,
    ) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort();
        keys.dedup();
        Self {
            name,
            instrument,
            admitted_series: SeriesTable::new(keys.len(), false),
            overflow_series: OnceLock::new(),
            keys: keys.into(),
            values,
            bounds,
            limit,
            admitted: AtomicUsize::new(0),
            last_resort: OnceLock::new(),
            overflow_said: Said::default(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Label names, sorted.
    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub(crate) fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    /// Whether it counts what is in flight. Such measurements can't be exemplars.
    pub(crate) fn is_up_down(&self) -> bool {
        matches!(self.instrument, SdkInstrument::UpDown(_))
    }

    /// The series with these values by key, if there is one. For an instrument with few labels.
    #[inline(always)]
    pub(crate) fn find_few(&self, few: &Few) -> Option<Seat> {
        self.admitted_series.find_few(few).map(Seat::Admitted)
    }

    /// The series with these values by key, made if need be; none if it would be one too many. `text` gives the text of
    /// those that are unknown, which become known if the series is admitted.
    pub(crate) fn admit(&self, key: &mut SeriesKey, text: impl Fn(usize) -> String) -> Option<Seat> {
        let unknown =
            |key: &SeriesKey| (0..key.labels()).filter(|label| key.get(*label).is_unknown()).collect::<Vec<_>>();
        for label in unknown(key) {
            key.set(label, self.values.find(&text(label)));
        }
        // A series with an unknown value is none that there is.
        if let Some(found) = self.admitted_series.find(key) {
            return Some(Seat::Admitted(found));
        }
        // The place is reserved first, so that never more than the limit is admitted, and given back if another thread
        // made the same series meanwhile.
        self.admitted
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |admitted| {
                (admitted < self.limit).then_some(admitted + 1)
            })
            .ok()?;
        for label in unknown(key) {
            key.set(label, self.values.intern(&text(label)));
        }
        if unknown(key).is_empty() {
            match self.admitted_series.insert(key) {
                Inserted::Added(place) => return Some(Seat::Admitted(place)),
                Inserted::Present(place) => {
                    self.admitted.fetch_sub(1, Ordering::Relaxed);
                    return Some(Seat::Admitted(place));
                }
                Inserted::Full => {}
            }
        }
        self.admitted.fetch_sub(1, Ordering::Relaxed);
        None
    }

    /// The series for what is over the limit, told apart by the values that are left.
    pub(crate) fn overflow(&self, key: &SeriesKey) -> Seat {
        let table = self.overflow_series.get_or_init(|| Box::new(SeriesTable::new(self.keys.len(), true)));
        if let Some(place) = table.find(key) {
            return Seat::Overflow(place);
        }
        match table.insert(key) {
            Inserted::Added(place) | Inserted::Present(place) => Seat::Overflow(place),
            Inserted::Full => {
                self.last_resort.get_or_init(|| Box::new(SeriesBlock::new(self.keys.len(), true, 1)));
                Seat::LastResort
            }
        }
    }

    #[inline(always)]
    pub(crate) fn at(&self, seat: Seat) -> Option<Series<'_>> {
        match seat {
            Seat::Admitted(place) => self.admitted_series.at(place),
            Seat::Overflow(place) => self.overflow_series.get()?.at(place),
            Seat::LastResort => self.last_resort.get()?.at(0),
        }
    }

    pub(crate) fn series(&self) -> impl Iterator<Item = Series<'_>> {
        let last_resort = self.last_resort.get().and_then(|block| block.at(0));
        let overflow = self.overflow_series.get().into_iter().flat_map(|table| table.iter());
        self.admitted_series.iter().chain(overflow).chain(last_resort)
    }

    pub(crate) fn attributes(&self, series: Series<'_>) -> Vec<KeyValue> {
        series.attributes(&self.keys, &self.values)
    }

    /// The handle that records on a series of this instrument. Binding waits while the SDK collects the instrument.
    pub(crate) fn bound<'s>(&self, series: Series<'s>) -> &'s Bound {
        series.bound_by(|| {
            let attributes = self.attributes(series);
            reentry::guarded(|| match &self.instrument {
                SdkInstrument::Histogram(instrument) => Bound::Histogram(instrument.bind(&attributes)),
                SdkInstrument::Counter(instrument) => Bound::Counter(instrument.bind(&attributes)),
                SdkInstrument::FloatCounter(instrument) => Bound::FloatCounter(instrument.bind(&attributes)),
                SdkInstrument::UpDown(instrument) => Bound::UpDown(instrument.bind(&attributes)),
            })
        })
    }

    /// Makes the SDK export a series at 0. It does so with a bound series that has attributes, but with the one that has
    /// none, or is left none by a view, only once it is recorded on. Such a histogram cannot be had at 0: its count would
    /// be 1.
    pub(crate) fn touch(&self, series: Series<'_>) {
        let bound = self.bound(series);
        if !matches!(bound, Bound::Histogram(_)) {
            reentry::guarded(|| bound.record(0.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instrument;

    #[test]
    fn room_for_series_is_in_proportion_to_their_number() {
        let counter = || SdkInstrument::Counter(opentelemetry::global::meter("test").u64_counter("calls").build());
        for limit in [Instrument::DEFAULT_SERIES_LIMIT, 10_000, Instrument::MAX_SERIES_LIMIT] {
            let sink = Sink::new(
                "calls".to_owned(),
                counter(),
                [Key::new("user")],
                Arc::new(Values::new()),
                Box::default(),
                limit,
            );
            for user in 0..limit {
                let mut key = SeriesKey::new(1);
                key.set(0, crate::values::Value::UNKNOWN);
                let admitted = sink.admit(&mut key, |_| user.to_string());
                assert!(admitted.is_some(), "no place for {user} of {limit}");
            }
            let bytes = sink.admitted_series.bytes() / limit;
            assert!(bytes <= 100, "{bytes} bytes for each of {limit} series");
        }
    }
}
