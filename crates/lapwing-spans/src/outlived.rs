//! Finds out whether a span closes because its last child did.
//!
//! A child keeps its parent's data alive, so the registry closes a parent only after its last child. The layer hears of
//! that close far too late to know when the span's own handles were dropped, but it can know that it is such a close:
//! the registry clears a closed span by first giving up its parent, which closes the parent from within, and only then
//! dropping the span's extensions. So from a child's close until its extensions go, "the parent closes on this thread"
//! means "the parent closes because of this child".

use std::cell::Cell;

use tracing_core::{Metadata, Subscriber, span::Id};
use tracing_subscriber::{
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

thread_local! {
    /// Id of the parent of the child being cleared; 0 is no id.
    static PARENT: Cell<u64> = const { Cell::new(0) };
}

/// Lives in a closed child's extensions.
struct Clearing;

impl Drop for Clearing {
    fn drop(&mut self) {
        let _ = PARENT.try_with(|parent| parent.set(0));
    }
}

/// Whether the span that is closing was kept open by a child until now.
pub(crate) fn kept_open(id: &Id) -> bool {
    PARENT.try_with(|parent| parent.get() == id.into_u64()).unwrap_or(false)
}

/// To be called when any span closes; `timed` says for which parents it matters.
pub(crate) fn closing<S>(
    span: &SpanRef<'_, S>,
    ctx: &Context<'_, S>,
    timed: impl Fn(&'static Metadata<'static>) -> bool,
) where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(parent) = span.parent() else { return };
    // Whoever is inside the parent has a handle of it, so the parent cannot close yet. Spares most children the rest.
    if !timed(parent.metadata()) || ctx.current_span().id() == Some(&parent.id()) {
        return;
    }
    if PARENT.try_with(|current| current.set(parent.id().into_u64())).is_ok() {
        span.extensions_mut().replace(Clearing);
    }
}
