//! How often a stand-in may be called.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Lets `burst` through at once, and one more per `interval`.
#[derive(Debug)]
pub(crate) struct Rate {
    interval: Duration,
    burst: u32,
    /// When the last place taken will be free again, as if places were freed one by one.
    until: Mutex<Option<Instant>>,
}

impl Rate {
    pub(crate) fn new(interval: Duration, burst: u32) -> Self {
        Rate { interval, burst: burst.max(1), until: Mutex::new(None) }
    }

    /// Takes a place, or says how long to wait for one.
    pub(crate) fn take(&self, now: Instant) -> Result<(), Duration> {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let free = until.map_or(now, |until| until.max(now)) + self.interval;
        let ahead = free - now;
        let allowed = self.interval * self.burst;
        match ahead.checked_sub(allowed) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                *until = Some(free);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_passes_and_then_one_at_a_time() {
        let second = Duration::from_secs(1);
        let rate = Rate::new(second, 3);
        let begin = Instant::now();
        assert_eq!([(); 3].map(|()| rate.take(begin)), [Ok(()); 3]);
        assert_eq!(rate.take(begin), Err(second));
        assert_eq!(rate.take(begin + second / 4), Err(second * 3 / 4));
        assert_eq!(rate.take(begin + second), Ok(()));
        assert_eq!(rate.take(begin + second), Err(second));
        assert_eq!([(); 3].map(|()| rate.take(begin + second * 60)), [Ok(()); 3]);
        assert_eq!(rate.take(begin + second * 60), Err(second));
    }
}
