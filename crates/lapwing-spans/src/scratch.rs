//! What an event is captured into.

use std::cell::Cell;

use crate::live_span::LiveSpan;

thread_local! {
    /// Taken while in use, as formatting an event's fields may emit another.
    static SCRATCH: Cell<Option<Box<LiveSpan>>> = const { Cell::new(None) };
}

/// Runs `f` with something to capture into, reused where possible.
pub(crate) fn with(f: impl FnOnce(&LiveSpan)) {
    let scratch = SCRATCH.try_with(Cell::take).ok().flatten().unwrap_or_default();
    f(&scratch);
    let _ = SCRATCH.try_with(|kept| kept.set(Some(scratch)));
}
