//! An instrument as it is recorded on: its series, and their limit.

use std::{
    hash::{BuildHasher as _, Hasher as _},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use opentelemetry::{
    Key, KeyValue,
    metrics::{Counter, Histogram, UpDownCounter},
};

use crate::{
    append_table::{AppendTable, Inserted, Place},
    problems::Said,
    reentry,
    series::{self, Bound, Series},
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
/// instrument. Looking one up takes no lock; a new one is bound outside any lock, as binding calls into the meter.
#[derive(Debug)]
pub(crate) struct Sink {
    name: String,
    instrument: SdkInstrument,
    keys: Box<[Key]>,
    /// Bounds of the exemplars' buckets; empty for what is no histogram.
    bounds: Box<[f64]>,
    limit: usize,
    admitted: AtomicUsize,
    hasher: foldhash::fast::RandomState,
    admitted_series: AppendTable<Box<Series>>,
    overflow_series: AppendTable<Box<Series>>,
    last_resort: OnceLock<Series>,
    pub(crate) overflow_said: Said,
}

/// Where a series is; valid for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seat {
    Admitted(Place),
    Overflow(Place),
    LastResort,
}

impl Sink {
    pub(crate) fn new(
        name: String,
        instrument: SdkInstrument,
        keys: impl IntoIterator<Item = Key>,
        bounds: Box<[f64]>,
        limit: usize,
    ) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort();
        keys.dedup();
        Self {
            name,
            instrument,
            keys: keys.into(),
            bounds,
            limit,
            admitted: AtomicUsize::new(0),
            hasher: foldhash::fast::RandomState::default(),
            admitted_series: AppendTable::new(),
            overflow_series: AppendTable::new(),
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

    /// Whether its measurements can be exemplars; those of an up/down counter cannot.
    pub(crate) fn takes_exemplars(&self) -> bool {
        !matches!(self.instrument, SdkInstrument::UpDown(_))
    }

    /// The series with these values by key; none if it would be one too many.
    pub(crate) fn admit(&self, values: &[Option<&str>]) -> Option<(&Series, Seat)> {
        let hash = self.hash(values);
        if let Some((series, place)) = self.admitted_series.find(hash, |series| series.is(values)) {
            return Some((series, Seat::Admitted(place)));
        }
        // The place is reserved before binding, so that never more than the limit is bound, and given back if another
        // thread bound the same series meanwhile.
        self.admitted
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |admitted| {
                (admitted < self.limit).then_some(admitted + 1)
            })
            .ok()?;
        match self.admitted_series.insert(hash, Box::new(self.bind(values, false)), |series| series.is(values)) {
            Inserted::Added(series, place) => Some((series, Seat::Admitted(place))),
            Inserted::Present(series, place) => {
                self.admitted.fetch_sub(1, Ordering::Relaxed);
                Some((series, Seat::Admitted(place)))
            }
            Inserted::Full => {
                self.admitted.fetch_sub(1, Ordering::Relaxed);
                None
            }
        }
    }

    /// The series for what is over the limit, told apart by the values that are left.
    pub(crate) fn overflow(&self, values: &[Option<&str>]) -> (&Series, Seat) {
        let hash = self.hash(values);
        if let Some((series, place)) = self.overflow_series.find(hash, |series| series.is(values)) {
            return (series, Seat::Overflow(place));
        }
        match self.overflow_series.insert(hash, Box::new(self.bind(values, true)), |series| series.is(values)) {
            Inserted::Added(series, place) | Inserted::Present(series, place) => (series, Seat::Overflow(place)),
            // Binding is guarded against re-entry, so this cannot wait for itself.
            Inserted::Full => {
                (self.last_resort.get_or_init(|| self.bind(&vec![None; self.keys.len()], true)), Seat::LastResort)
            }
        }
    }

    pub(crate) fn at(&self, seat: Seat) -> Option<&Series> {
        match seat {
            Seat::Admitted(place) => self.admitted_series.at(place).map(Box::as_ref),
            Seat::Overflow(place) => self.overflow_series.at(place).map(Box::as_ref),
            Seat::LastResort => self.last_resort.get(),
        }
    }

    pub(crate) fn series(&self) -> impl Iterator<Item = &Series> {
        let boxed = self.admitted_series.iter().chain(self.overflow_series.iter());
        boxed.map(Box::as_ref).chain(self.last_resort.get())
    }

    pub(crate) fn attributes(&self, series: &Series) -> Vec<KeyValue> {
        series.attributes(&self.keys)
    }

    fn hash(&self, values: &[Option<&str>]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for value in values {
            match value {
                Some(value) => {
                    hasher.write(value.as_bytes());
                    hasher.write_usize(value.len());
                }
                None => hasher.write_usize(usize::MAX),
            }
        }
        hasher.finish()
    }

    fn bind(&self, values: &[Option<&str>], overflow: bool) -> Series {
        let attributes = series::attributes(&self.keys, values, overflow);
        let bound = reentry::guarded(|| match &self.instrument {
            SdkInstrument::Histogram(instrument) => Bound::Histogram(instrument.bind(&attributes)),
            SdkInstrument::Counter(instrument) => Bound::Counter(instrument.bind(&attributes)),
            SdkInstrument::FloatCounter(instrument) => Bound::FloatCounter(instrument.bind(&attributes)),
            SdkInstrument::UpDown(instrument) => Bound::UpDown(instrument.bind(&attributes)),
        });
        Series::new(values, overflow, bound)
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
            let sink = Sink::new("calls".to_owned(), counter(), [Key::new("user")], Box::default(), limit);
            for user in 0..limit {
                assert!(sink.admit(&[Some(&user.to_string())]).is_some(), "no place for {user} of {limit}");
            }
            let bytes = sink.admitted_series.bytes() / limit;
            assert!(bytes <= 300, "{bytes} bytes of slots for each of {limit} series");
        }
    }
}
