//! Keeps what a measurement itself traces from being measured.

use std::cell::Cell;

thread_local! {
    static MEASURING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside [`guarded`].
pub(crate) fn measuring() -> bool {
    MEASURING.try_with(Cell::get).unwrap_or(false)
}

/// Runs `f`, which calls foreign code: a meter, an exporter's context, another layer's event handler. Spans created and
/// events emitted on this thread meanwhile are not measured, so a meter that traces cannot recurse.
pub(crate) fn guarded<T>(f: impl FnOnce() -> T) -> T {
    let _restore = Restore(MEASURING.try_with(|measuring| measuring.replace(true)).unwrap_or(false));
    f()
}

/// Restores on unwinding too: foreign code may panic, and the thread may live on.
struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        let _ = MEASURING.try_with(|measuring| measuring.set(self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_inside_ends_it() {
        let caught = std::panic::catch_unwind(|| guarded(|| guarded(|| panic!("foreign"))));
        assert!(caught.is_err());
        assert!(!measuring());
        assert!(guarded(measuring));
    }
}
