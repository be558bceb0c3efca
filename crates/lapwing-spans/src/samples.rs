//! A buffer of measurements between the thread that makes them and whoever hands them to the meter.

use crate::sync::{AtomicU64, AtomicUsize, Mutex, Ordering};

/// One measurement: which series, and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) series: u64,
    pub(crate) value: f64,
}

/// The samples of one thread, in a ring.
///
/// One thread pushes, and only that one; it costs it no locked instruction, so that a measurement costs little and threads
/// do not contend. Anybody drains, one at a time. `pushed` and `drained` only grow (and wrap); a slot is written while
/// `pushed - drained < SLOTS`, so never while it is read, and read once `pushed` is past it. Two threads that pushed at a time
/// would lose samples, no more: the slots are atomics.
#[derive(Debug)]
pub(crate) struct Samples<const SLOTS: usize> {
    slots: [(AtomicU64, AtomicU64); SLOTS],
    pushed: AtomicUsize,
    drained: AtomicUsize,
    draining: Mutex<()>,
}

impl<const SLOTS: usize> Samples<SLOTS> {
    pub(crate) fn new() -> Self {
        const { assert!(SLOTS.is_power_of_two()) };
        Self {
            slots: std::array::from_fn(|_| (AtomicU64::new(0), AtomicU64::new(0))),
            pushed: AtomicUsize::new(0),
            drained: AtomicUsize::new(0),
            draining: Mutex::new(()),
        }
    }

    /// Adds a sample and says how many there are then; none if there is no room. For the owning thread only.
    #[inline(always)]
    pub(crate) fn push(&self, sample: Sample) -> Option<usize> {
        let pushed = self.pushed.load(Ordering::Relaxed);
        // Acquire: what was in the slot has been read.
        let held = pushed.wrapping_sub(self.drained.load(Ordering::Acquire));
        if held >= SLOTS {
            return None;
        }
        let (series, value) = &self.slots[pushed % SLOTS];
        series.store(sample.series, Ordering::Relaxed);
        value.store(sample.value.to_bits(), Ordering::Relaxed);
        // Release: whoever sees the count sees the sample.
        self.pushed.store(pushed.wrapping_add(1), Ordering::Release);
        Some(held + 1)
    }

    /// Hands over every sample pushed so far. A sample counts as drained before `each` is called with it, so that a panic
    /// in there drains none twice; and who waits for the lock finds those before it handed over.
    ///
    /// With `wait` false it does nothing if somebody else is draining. A thread that is inside a drain must not wait.
    pub(crate) fn drain(&self, wait: bool, mut each: impl FnMut(Sample)) {
        let guard = if wait {
            Some(self.draining.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
        } else {
            match self.draining.try_lock() {
                Ok(guard) => Some(guard),
                Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                Err(std::sync::TryLockError::WouldBlock) => None,
            }
        };
        let Some(_guard) = guard else { return };
        let pushed = self.pushed.load(Ordering::Acquire);
        let mut drained = self.drained.load(Ordering::Relaxed);
        while drained != pushed {
            let (series, value) = &self.slots[drained % SLOTS];
            let sample =
                Sample { series: series.load(Ordering::Relaxed), value: f64::from_bits(value.load(Ordering::Relaxed)) };
            drained = drained.wrapping_add(1);
            self.drained.store(drained, Ordering::Release);
            each(sample);
        }
    }
}
