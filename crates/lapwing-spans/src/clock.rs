//! The clock that durations are measured with.

use std::{fmt, sync::Arc, time::Duration, time::Instant};

/// A clock for durations: how much time has passed since some fixed moment.
///
/// The default is the system's monotonic clock, which no change of the wall clock touches; where the kernel itself keeps
/// time with the processor's counter, that counter is read directly, which takes half the time. Give another one to the
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

/// The system's monotonic clock or an injected one.
pub(crate) enum Timekeeper {
    /// The processor's counter, calibrated against the system's clock when the process first asks for it; and how many
    /// nanoseconds a tick is.
    Counter(quanta::Clock, f64),
    System(Instant),
    Injected(Box<dyn Clock>),
}

impl Timekeeper {
    pub(crate) fn system() -> Self {
        if !counter_is_trusted() {
            return Self::System(Instant::now());
        }
        const MANY: u64 = 1 << 40;
        let counter = quanta::Clock::new();
        let tick = counter.delta_as_nanos(0, MANY) as f64 / MANY as f64;
        Self::Counter(counter, tick)
    }

    /// Ticks since some moment.
    #[inline(always)]
    pub(crate) fn now(&self) -> u64 {
        match self {
            Self::Counter(counter, _) => counter.raw(),
            other => other.now_slowly(),
        }
    }

    #[inline(never)]
    fn now_slowly(&self) -> u64 {
        let since = match self {
            Self::Counter(counter, _) => return counter.raw(),
            Self::System(origin) => origin.elapsed(),
            Self::Injected(clock) => clock.now(),
        };
        // Nanoseconds, of which 584 years fit.
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    /// The nanoseconds that so many ticks are.
    #[inline(always)]
    pub(crate) fn nanoseconds(&self, ticks: u64) -> f64 {
        match self {
            Self::Counter(_, tick) => ticks as f64 * tick,
            Self::System(_) | Self::Injected(_) => ticks as f64,
        }
    }
}

/// Whether the kernel keeps time with the processor's counter.
///
/// That a processor says its counter is invariant is not enough: those of several sockets may differ, and a virtual machine may
/// move. The kernel watches over that, and takes another clock if need be. (What it trusts is asked once, when the layer is
/// built: should the kernel change its mind later, durations may be off until the service is started again.)
fn counter_is_trusted() -> bool {
    const SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    cfg!(target_os = "linux")
        && std::fs::read_to_string(SOURCE).is_ok_and(|source| matches!(source.trim(), "tsc" | "arch_sys_counter"))
}

impl fmt::Debug for Timekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter(..) => "counter",
            Self::System(_) => "system",
            Self::Injected(_) => "injected",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_agrees_with_the_system() {
        let (clock, system) = (Timekeeper::system(), Instant::now());
        let start = clock.now();
        while system.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        let most = system.elapsed().as_nanos() as f64;
        let took = clock.nanoseconds(clock.now() - start);
        let after = system.elapsed().as_nanos() as f64;
        assert!(took > 0.99 * (most - 1e6) && took < 1.01 * after, "{took} ns, but {most} to {after} by the system");
    }
}
