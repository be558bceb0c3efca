//! What could not be recorded, or had to be altered.

use std::{
    collections::HashSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::{
    KeyValue,
    metrics::{BoundCounter, Meter},
};

use crate::reentry;

/// Name of the counter.
pub(crate) const COUNTER: &str = "lapwing.problems";

/// Target of the log lines.
pub(crate) const TARGET: &str = "lapwing";

/// Why something was not recorded as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    /// A measurement went to an overflow series.
    Overflow,
    /// A field that should be a number was none, was not finite, or would have decreased a counter.
    RefusedValue,
    /// A label value was longer than the limit.
    LabelCut,
    /// A rule wants a field that its span or event does not declare.
    FieldMissing,
}

impl Reason {
    const ALL: [Reason; 4] = [Reason::Overflow, Reason::RefusedValue, Reason::LabelCut, Reason::FieldMissing];

    fn as_str(self) -> &'static str {
        match self {
            Reason::Overflow => "overflow",
            Reason::RefusedValue => "refused_value",
            Reason::LabelCut => "label_cut",
            Reason::FieldMissing => "field_missing",
        }
    }
}

/// Whether a place in the code has said its problem; spares it the lock of [`Problems`] the next time.
#[derive(Debug, Default)]
pub(crate) struct Said(AtomicBool);

impl Said {
    /// Whether this is the first call. Later ones only read, so that threads do not contend for it.
    pub(crate) fn first(&self) -> bool {
        !self.0.load(Ordering::Relaxed) && !self.0.swap(true, Ordering::Relaxed)
    }
}

/// Counts problems by reason, and logs each (reason, subject) once.
#[derive(Debug)]
pub(crate) struct Problems {
    counters: [BoundCounter<u64>; 4],
    said: Mutex<HashSet<(Reason, String)>>,
}

impl Problems {
    pub(crate) fn new(meter: &Meter) -> Self {
        let counter = meter
            .u64_counter(COUNTER)
            .with_description("What telemetry could not record or had to alter, by reason.")
            .build();
        Self {
            counters: Reason::ALL.map(|reason| counter.bind(&[KeyValue::new("reason", reason.as_str())])),
            said: Mutex::new(HashSet::new()),
        }
    }

    /// Counts one problem with `subject` (an instrument, a field) and logs it if it is the first.
    ///
    /// To be called without any lock held: the log goes through every layer.
    pub(crate) fn count(&self, reason: Reason, said: &Said, subject: &str, advice: &str) {
        reentry::guarded(|| self.counters[reason as usize].add(1));
        if !said.first() {
            return;
        }
        let first = self.said.lock().unwrap_or_else(PoisonError::into_inner).insert((reason, subject.to_owned()));
        if first {
            reentry::guarded(|| tracing::warn!(target: TARGET, reason = reason.as_str(), subject, "{advice}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_index_their_counters() {
        for (index, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
        }
    }
}
