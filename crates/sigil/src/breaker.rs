//! A circuit breaker whose permits can't be lost.
//!
//! Closed lets every call through and opens after [`Policy::failures`] failures in a row. Open refuses for
//! [`Policy::open_for`], then is half-open, also if nobody calls: what shows the state to a load balancer would
//! otherwise keep the calls away that could close it. Half-open lets one call at a time through, the probe: its success
//! closes, its failure opens again.
//!
//! A call holds a [`Permit`]; dropping it without a verdict (its future was cancelled, the work was refused before it
//! reached the backend) gives the probe's place back and counts as neither.
//!
//! Own code, because neither crate at hand does that: `failsafe` 1.3 and `recloser` 1.4 let every caller through while
//! half-open, so that a recovering store is hit by all at once, and neither tells its state.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// When a breaker opens and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Failures in a row that open it.
    pub(crate) failures: u32,
    /// How long it refuses before the next probe.
    pub(crate) open_for: Duration,
}

/// State, as the gauge shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Closed = 0,
    HalfOpen = 1,
    Open = 2,
}

/// The call is refused.
#[derive(Debug, thiserror::Error)]
#[error("the circuit is open, next try in {} ms", retry_after.as_millis())]
pub(crate) struct Refused {
    /// When a probe may be let through; zero while one is under way.
    pub(crate) retry_after: Duration,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Breaker {
    backend: &'static str,
    policy: Policy,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
enum Inner {
    Closed { failures: u32 },
    Open { until: Instant },
    HalfOpen { probing: bool },
}

/// The right to make one call.
#[derive(Debug)]
#[must_use = "a permit dropped at once was for nothing"]
pub(crate) struct Permit<'a> {
    breaker: &'a Breaker,
    probe: bool,
}

impl Breaker {
    pub(crate) fn new(backend: &'static str, policy: Policy) -> Self {
        Breaker { backend, policy, inner: Mutex::new(Inner::Closed { failures: 0 }) }
    }

    pub(crate) fn state(&self) -> State {
        self.state_at(Instant::now())
    }

    fn state_at(&self, now: Instant) -> State {
        match *self.lock() {
            Inner::Closed { .. } => State::Closed,
            Inner::Open { until } if now < until => State::Open,
            Inner::Open { .. } | Inner::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// A permit for one call.
    ///
    /// # Errors
    ///
    /// The breaker is open, or half-open with its probe under way.
    pub(crate) fn permit(&self) -> Result<Permit<'_>, Refused> {
        self.permit_at(Instant::now())
    }

    fn permit_at(&self, now: Instant) -> Result<Permit<'_>, Refused> {
        let mut inner = self.lock();
        match &mut *inner {
            Inner::Closed { .. } => Ok(Permit { breaker: self, probe: false }),
            Inner::Open { until } if now < *until => Err(Refused { retry_after: *until - now }),
            Inner::Open { .. } => {
                *inner = Inner::HalfOpen { probing: true };
                drop(inner);
                tracing::info!(backend = self.backend, "circuit half-open, probing");
                Ok(Permit { breaker: self, probe: true })
            }
            Inner::HalfOpen { probing: true } => Err(Refused { retry_after: Duration::ZERO }),
            Inner::HalfOpen { probing } => {
                *probing = true;
                Ok(Permit { breaker: self, probe: true })
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Every write below is whole: a panic elsewhere leaves nothing half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The call went well.
    pub(crate) fn succeeded(mut self) {
        let probe = std::mem::take(&mut self.probe);
        let mut inner = self.breaker.lock();
        match &mut *inner {
            Inner::Closed { failures } => *failures = 0,
            Inner::HalfOpen { .. } if probe => {
                *inner = Inner::Closed { failures: 0 };
                // Nothing is logged under the lock: a subscriber may do anything, also ask for the state.
                drop(inner);
                tracing::info!(backend = self.breaker.backend, "circuit closed");
            }
            // A call from before the breaker opened says nothing about now.
            Inner::HalfOpen { .. } | Inner::Open { .. } => {}
        }
    }

    /// The call failed for the backend's fault.
    pub(crate) fn failed(self) {
        self.failed_at(Instant::now());
    }

    fn failed_at(mut self, now: Instant) {
        let probe = std::mem::take(&mut self.probe);
        let Policy { failures: limit, open_for } = self.breaker.policy;
        let mut inner = self.breaker.lock();
        let opens = match &mut *inner {
            Inner::Closed { failures } => {
                *failures += 1;
                *failures >= limit
            }
            Inner::HalfOpen { .. } => probe,
            Inner::Open { .. } => false,
        };
        if opens {
            *inner = Inner::Open { until: now + open_for };
            drop(inner);
            tracing::warn!(backend = self.breaker.backend, for_ms = open_for.as_millis() as u64, "circuit open");
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.probe
            && let Inner::HalfOpen { probing } = &mut *self.breaker.lock()
        {
            *probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { failures: 3, open_for: Duration::from_secs(5) };

    fn opened(at: Instant) -> Breaker {
        let breaker = Breaker::new("test", POLICY);
        for _ in 0..3 {
            breaker.permit_at(at).unwrap().failed_at(at);
        }
        assert_eq!(breaker.state(), State::Open);
        breaker
    }

    #[test]
    fn opens_after_failures_in_a_row_only() {
        let breaker = Breaker::new("test", POLICY);
        for _ in 0..5 {
            breaker.permit().unwrap().failed();
            breaker.permit().unwrap().failed();
            breaker.permit().unwrap().succeeded();
        }
        assert_eq!(breaker.state(), State::Closed);
        for _ in 0..3 {
            breaker.permit().unwrap().failed();
        }
        assert_eq!(breaker.state(), State::Open);
    }

    #[test]
    fn refuses_until_the_time_is_over_then_probes_one_at_a_time() {
        let start = Instant::now();
        let breaker = opened(start);
        assert_eq!(breaker.permit_at(start + Duration::from_secs(4)).unwrap_err().retry_after, Duration::from_secs(1));
        let later = start + Duration::from_secs(5);
        let probe = breaker.permit_at(later).unwrap();
        assert_eq!(breaker.state(), State::HalfOpen);
        assert!(breaker.permit_at(later).is_err());
        probe.succeeded();
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn open_circuit_that_nobody_calls_does_not_stay_open() {
        let start = Instant::now();
        let breaker = opened(start);
        assert_eq!(breaker.state_at(start + Duration::from_secs(4)), State::Open);
        assert_eq!(breaker.state_at(start + Duration::from_secs(5)), State::HalfOpen);
    }

    #[test]
    fn failed_probe_opens_again() {
        let start = Instant::now();
        let breaker = opened(start);
        let later = start + Duration::from_secs(6);
        breaker.permit_at(later).unwrap().failed_at(later);
        assert_eq!(breaker.state(), State::Open);
        assert!(breaker.permit_at(later + Duration::from_secs(4)).is_err());
        assert!(breaker.permit_at(later + Duration::from_secs(5)).is_ok());
    }

    #[test]
    fn thousand_cancelled_probes_leave_the_next_one_free() {
        let start = Instant::now();
        let breaker = opened(start);
        let later = start + Duration::from_secs(5);
        for _ in 0..1000 {
            drop(breaker.permit_at(later).unwrap());
            assert_eq!(breaker.state(), State::HalfOpen);
        }
        breaker.permit_at(later).unwrap().succeeded();
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn verdicts_from_before_the_outage_do_not_count() {
        let start = Instant::now();
        let breaker = Breaker::new("test", POLICY);
        let (old_good, old_bad, old_cancelled) =
            (breaker.permit().unwrap(), breaker.permit().unwrap(), breaker.permit().unwrap());
        for _ in 0..3 {
            breaker.permit_at(start).unwrap().failed_at(start);
        }
        let probe = breaker.permit_at(start + Duration::from_secs(5)).unwrap();
        old_good.succeeded();
        old_bad.failed();
        drop(old_cancelled);
        assert_eq!(breaker.state(), State::HalfOpen);
        assert!(breaker.permit().is_err(), "the probe is still under way");
        probe.succeeded();
        assert_eq!(breaker.state(), State::Closed);
    }
}
