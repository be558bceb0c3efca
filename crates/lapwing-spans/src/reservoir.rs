//! The exemplars of one series.

use std::{
    sync::{Mutex, PoisonError, TryLockError},
    time::SystemTime,
};

use crate::{Exemplar, origin::Origin};

/// The latest exemplar of each bucket of one series.
#[derive(Debug)]
pub(crate) struct Reservoir {
    slots: Mutex<Box<[Option<Exemplar>]>>,
}

impl Reservoir {
    /// A reservoir for a series with these bucket bounds; none for a counter.
    pub(crate) fn new(bounds: &[f64]) -> Self {
        Self { slots: Mutex::new(vec![None; bounds.len() + 1].into()) }
    }

    /// Keeps the measurement, unless another one is being kept or read right now.
    pub(crate) fn offer(&self, bounds: &[f64], value: f64, origin: Origin) {
        let mut slots = match self.slots.try_lock() {
            Ok(slots) => slots,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        // Bounds are inclusive upper ones, as in the SDK.
        let bucket = bounds.partition_point(|bound| *bound < value);
        if let Some(slot) = slots.get_mut(bucket) {
            *slot =
                Some(Exemplar { value, trace_id: origin.trace_id, span_id: origin.span_id, time: SystemTime::now() });
        }
    }

    pub(crate) fn read(&self) -> Vec<Exemplar> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).iter().flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Origin = Origin { trace_id: [1; 16], span_id: [2; 8] };

    #[test]
    fn the_latest_of_each_bucket_is_kept() {
        let bounds = [1.0, 2.0];
        let reservoir = Reservoir::new(&bounds);
        for value in [0.5, 1.0, 1.5, 2.5, 99.0] {
            reservoir.offer(&bounds, value, ORIGIN);
        }
        let values: Vec<_> = reservoir.read().into_iter().map(|exemplar| exemplar.value).collect();
        assert_eq!(values, [1.0, 1.5, 99.0]);
    }

    #[test]
    fn a_contended_reservoir_is_skipped_rather_than_waited_for() {
        let reservoir = Reservoir::new(&[]);
        let held = reservoir.slots.lock().expect("not poisoned");
        reservoir.offer(&[], 1.0, ORIGIN);
        drop(held);
        assert!(reservoir.read().is_empty());
        reservoir.offer(&[], 2.0, ORIGIN);
        assert_eq!(reservoir.read()[0].value, 2.0);
    }
}
