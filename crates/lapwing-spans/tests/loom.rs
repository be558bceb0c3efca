//! The ring of samples and the table of open spans under a model checker, which runs every order of what threads do and
//! every value that their loads may yield, as far as the bound on preemptions lets it.
//!
//! The sources are the layer's own: only what they are synchronised with is loom's.

#[path = "loom/ring.rs"]
mod ring;
#[path = "loom/slots.rs"]
mod slots;

#[path = "../src/open_spans.rs"]
#[expect(dead_code, reason = "the layer uses more of it")]
mod open_spans;
#[path = "../src/samples.rs"]
mod samples;

mod sync {
    pub(crate) use loom::sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    };
}

mod live_span {
    use crate::sync::{AtomicU64, Ordering};

    /// Stands for what is known of a span. It counts how many spans it has been of, in a way that only whoever has it
    /// alone and sees all that was done with it before can.
    #[derive(Debug, Default)]
    pub(crate) struct LiveSpan {
        owners: AtomicU64,
        id: AtomicU64,
    }

    impl LiveSpan {
        pub(crate) fn own(&self, id: u64) {
            self.owners.store(self.owners.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            self.id.store(id, Ordering::Relaxed);
        }

        pub(crate) fn id(&self) -> u64 {
            self.id.load(Ordering::Relaxed)
        }

        pub(crate) fn owners(&self) -> u64 {
            self.owners.load(Ordering::Relaxed)
        }
    }
}

/// Runs `body` in every order in which threads are interrupted at most `preemptions` times against their will.
fn check(preemptions: usize, body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(body);
}
