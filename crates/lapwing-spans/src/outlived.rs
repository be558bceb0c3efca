//! Finds out whether a span closes because its last child did.
//!
//! A child keeps its parent's data alive, so the registry closes a parent only after its last child. The layer hears of
//! that close far too late to know when the span's own handles were dropped, but it can know that it is such a close:
//! the registry clears a closed span by first giving up its parent, which closes the parent from within, and only then
//! dropping the span's extensions. So from a child's close until its extensions go, "the parent closes on this thread"
//! means "the parent closes because of this child".
//!
//! Spans are cleared within each other: a grandparent within the parent within the child. So each keeps what was there
//! before it.

use std::cell::Cell;

use tracing_core::{Subscriber, span::Id};
use tracing_subscriber::{layer::Context, registry::LookupSpan};

thread_local! {
    /// Id of the parent of the child being cleared; 0 is no id.
    static PARENT: Cell<u64> = const { Cell::new(0) };
}

/// Lives in a closed child's extensions.
struct Clearing {
    before: u64,
    /// Where the thread that closes the child has its [`PARENT`].
    place: usize,
}

impl Drop for Clearing {
    fn drop(&mut self) {
        // Who looked the span up while it closed drops it elsewhere.
        let _ = PARENT.try_with(|parent| {
            if place(parent) == self.place {
                parent.set(self.before);
            }
        });
    }
}

fn place(parent: &Cell<u64>) -> usize {
    std::ptr::from_ref(parent).addr()
}

/// Whether the span that is closing was kept open by a child until now.
#[inline(always)]
pub(crate) fn kept_open<S>(id: &Id, ctx: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    match PARENT.try_with(Cell::get) {
        Ok(0) | Err(_) => false,
        Ok(parent) if parent == id.into_u64() => true,
        // Another layer of this kind may have been here.
        Ok(_) => ctx.span(id).is_some_and(|span| {
            span.extensions().get::<Clearing>().is_some_and(|clearing| clearing.before == id.into_u64())
        }),
    }
}

/// To be called when any span closes, if there is a parent that it matters for; `matters` says for which.
pub(crate) fn closing<S>(id: &Id, ctx: &Context<'_, S>, matters: impl Fn(&Id) -> bool)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(span) = ctx.span(id) else { return };
    let Some(parent) = span.parent().map(|parent| parent.id()) else { return };
    // Whoever is inside the parent has a handle of it, so the parent cannot close yet. Spares most children the rest.
    if !matters(&parent) || ctx.current_span().id() == Some(&parent) {
        return;
    }
    let mut extensions = span.extensions_mut();
    if extensions.get_mut::<Clearing>().is_none() {
        let _ = PARENT.try_with(|current| {
            extensions.insert(Clearing { before: current.replace(parent.into_u64()), place: place(current) });
        });
    }
}
