//! The clock that durations are measured with.

use std::{fmt, sync::Arc, time::Duration, time::Instant};

/// A clock for durations: how much time has passed since some fixed moment.
///
/// The default is the system's monotonic clock, which no change of the wall clock touches. Give another one to the
/// builder in tests. A clock that goes backwards yields durations of 0, never negative ones.
pub trait Clock: Send + Sync + 'static {
    /// Time since a moment that never changes.
    fn now(&self) -> Duration;
}

impl<C: Clock> Clock for Arc<C> {
    fn now(&self) -> Duration {
        (**self).now()
    }
}

/// The system's monotonic clock or an injected one. Times are nanoseconds, which fit 584 years into an `u64`.
pub(crate) enum Timekeeper {
    System(Instant),
    Injected(Box<dyn Clock>),
}

impl Timekeeper {
    pub(crate) fn system() -> Self {
        Self::System(Instant::now())
    }

    pub(crate) fn now(&self) -> u64 {
        let since = match self {
            Self::System(origin) => origin.elapsed(),
            Self::Injected(clock) => clock.now(),
        };
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for Timekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System(_) => "system",
            Self::Injected(_) => "injected",
        })
    }
}
