//! Many ask, one works.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

use crate::{GatherError, Snapshot};

type Gathered = Result<Arc<Snapshot>, GatherError>;

/// Lets one caller gather at a time and gives its result to all who asked before it began.
///
/// Who asks while a run is under way does not get that run's result, which is older than the question, but the next one's.
#[derive(Default)]
pub(crate) struct Flight {
    state: Mutex<State>,
    landed: Condvar,
}

#[derive(Default)]
struct State {
    /// Runs begun, and ended; they differ by one while a run is under way.
    begun: u64,
    ended: u64,
    runner: Option<ThreadId>,
    waiting: usize,
    /// The result of run `ended`, kept only while somebody waits for it.
    last: Option<Gathered>,
}

impl Flight {
    /// Runs `gather`, or waits for a run that began after this call. `gather` must not panic.
    pub(crate) fn join(&self, gather: impl FnOnce() -> Gathered) -> Gathered {
        let me = thread::current().id();
        let mut state = self.lock();
        if state.runner == Some(me) {
            return Err(GatherError::Recursive);
        }
        let needed = state.begun + 1;
        state.waiting += 1;
        while state.runner.is_some() && state.ended < needed {
            state = self.landed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        if state.ended >= needed
            && let Some(last) = state.last.clone()
        {
            if state.waiting == 0 {
                state.last = None;
            }
            return last;
        }
        state.begun += 1;
        state.runner = Some(me);
        drop(state);

        let result = gather();

        let mut state = self.lock();
        state.ended = state.begun;
        state.runner = None;
        state.last = (state.waiting > 0).then(|| result.clone());
        self.landed.notify_all();
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic while it is held, and counters can't be torn.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.lock().waiting
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    #[test]
    fn callers_that_come_during_a_run_share_the_next_one() {
        let (flight, runs) = (Flight::default(), AtomicUsize::new(0));
        let (begun, has_begun) = mpsc::channel();
        let (go, may_go) = mpsc::channel::<()>();
        let first = thread::scope(|scope| {
            let (shared, ran) = (&flight, &runs);
            let first = scope.spawn(move || {
                shared.join(|| {
                    begun.send(()).unwrap();
                    may_go.recv().unwrap();
                    ran.fetch_add(1, Ordering::SeqCst);
                    Ok(Arc::new(Snapshot::default()))
                })
            });
            has_begun.recv().unwrap();
            let late: Vec<_> = (0..20)
                .map(|_| {
                    scope.spawn(|| {
                        flight.join(|| {
                            runs.fetch_add(1, Ordering::SeqCst);
                            Ok(Arc::new(Snapshot::default()))
                        })
                    })
                })
                .collect();
            while flight.waiting() < 20 {
                thread::yield_now();
            }
            go.send(()).unwrap();
            let first = first.join().unwrap().unwrap();
            let late: Vec<_> = late.into_iter().map(|t| t.join().unwrap().unwrap()).collect();
            assert!(late.iter().all(|s| Arc::ptr_eq(s, &late[0])), "the late share one result");
            assert!(!Arc::ptr_eq(&first, &late[0]), "which isn't the one they came too late for");
            first
        });
        assert_eq!(runs.load(Ordering::SeqCst), 2);
        assert_eq!(Arc::strong_count(&first), 1, "nothing is kept when nobody waits");
        assert!(flight.lock().last.is_none());
    }

    #[test]
    fn gathering_within_gathering_is_an_error_and_no_deadlock() {
        let flight = Flight::default();
        let outer = flight.join(|| {
            assert!(matches!(flight.join(|| unreachable!()), Err(GatherError::Recursive)));
            Err(GatherError::Empty)
        });
        assert!(matches!(outer, Err(GatherError::Empty)));
        assert!(flight.join(|| Ok(Arc::new(Snapshot::default()))).is_ok(), "an error is not kept");
    }
}
