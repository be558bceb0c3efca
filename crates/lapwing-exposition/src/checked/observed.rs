//! Observable callbacks behind a guard and a net.

use std::{
    cell::Cell,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Callback},
};

use crate::Reason;

use super::{guard::Guard, measurement::Measurement, registry::Registry};

thread_local! {
    /// Address of the registry whose callback runs on this thread, 0 for none.
    static CALLING_BACK: Cell<usize> = const { Cell::new(0) };
}

/// Whether this thread is inside a callback of an instrument of `registry`.
pub(super) fn calling_back(registry: &Registry) -> bool {
    CALLING_BACK.get() == id(registry)
}

fn id(registry: &Registry) -> usize {
    std::ptr::from_ref(registry) as usize
}

/// Passes on what may be observed.
struct Observer<'a, T> {
    inner: &'a dyn AsyncInstrument<T>,
    guard: &'a Guard<T>,
}

impl<T: Measurement> AsyncInstrument<T> for Observer<'_, T> {
    fn observe(&self, measurement: T, attributes: &[KeyValue]) {
        if let Some(value) = self.guard.check(measurement) {
            self.inner.observe(value, attributes);
        }
    }
}

/// `callback`, with its values checked and its panics caught.
pub(super) fn checked<T: Measurement>(
    callback: Callback<T>,
    guard: Arc<Guard<T>>,
    registry: Arc<Registry>,
) -> Callback<T> {
    Box::new(move |inner| {
        let before = CALLING_BACK.replace(id(&registry));
        let observer = Observer { inner, guard: &guard };
        // Whatever state the callback leaves behind is its own; the SDK's is whole after each single observation.
        let outcome = catch_unwind(AssertUnwindSafe(|| callback(&observer)));
        CALLING_BACK.set(before);
        if let Err(payload) = outcome {
            guard.problems().count(
                Reason::CallbackPanic,
                guard.name(),
                &"an observable callback panicked; what it observed before is kept, the other metrics are not affected",
            );
            // A payload may panic while it is dropped; then it is leaked.
            if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                mem::forget(again);
            }
        }
    })
}
