//! What a thread uses again and again, so that nothing is allocated.

use std::cell::Cell;

use crate::{key::Key, live_span::LiveSpan};

thread_local! {
    // Taken while in use, as formatting an event's fields may emit another.
    static SPAN: Cell<Option<Box<LiveSpan>>> = const { Cell::new(None) };
    static KEY: Cell<Option<Key>> = const { Cell::new(None) };
}

/// Runs `f` with something to capture an event into.
pub(crate) fn with(f: impl FnOnce(&LiveSpan)) {
    let span = SPAN.try_with(Cell::take).ok().flatten().unwrap_or_default();
    f(&span);
    let _ = SPAN.try_with(|kept| kept.set(Some(span)));
}

/// Runs `f` with a key, whatever is in it.
pub(crate) fn with_key<T>(f: impl FnOnce(&mut Key) -> T) -> T {
    let mut key = KEY.try_with(Cell::take).ok().flatten().unwrap_or_else(|| Key::new(0));
    let made = f(&mut key);
    let _ = KEY.try_with(|kept| kept.set(Some(key)));
    made
}
