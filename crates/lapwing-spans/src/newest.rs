//! The newest span of each thread: no span has been created after it there, so none inside it.

use std::cell::Cell;

use tracing_core::span::Id;

thread_local! {
    static NEWEST: Cell<Newest> = const { Cell::new(Newest { layer: 0, id: 0, measured: false }) };
}

#[derive(Clone, Copy)]
struct Newest {
    layer: u64,
    id: u64,
    measured: bool,
}

/// What is known of a span from its thread alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Standing {
    /// It is the newest, and no rule wants it.
    Unmeasured,
    /// It is the newest, and is measured.
    Newest,
    /// Another span is newer, or was created on another thread.
    Unknown,
}

/// Notes that a span has just been created.
#[inline(always)]
pub(crate) fn created(layer: u64, id: &Id, measured: bool) {
    let _ = NEWEST.try_with(|newest| newest.set(Newest { layer, id: id.into_u64(), measured }));
}

#[inline(always)]
pub(crate) fn standing(layer: u64, id: &Id) -> Standing {
    match NEWEST.try_with(Cell::get) {
        Ok(newest) if newest.id == id.into_u64() && newest.layer == layer => {
            if newest.measured {
                Standing::Newest
            } else {
                Standing::Unmeasured
            }
        }
        _ => Standing::Unknown,
    }
}
