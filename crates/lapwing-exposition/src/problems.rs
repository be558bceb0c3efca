//! What telemetry could not record or had to alter: counted always, said once.

mod reason;

use std::{
    collections::hash_map::RandomState,
    fmt::{self, Display},
    hash::BuildHasher,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

pub use self::reason::Reason;

/// How many `(reason, subject)` pairs are remembered, and so how many lines are logged at most, the final one apart.
const MEMORY: usize = 1000;

/// Twice the memory, so that probing stays short; a power of two, so that a mask finds the slot.
const SLOTS: usize = 2048;

/// Counts problems by [`Reason`] and logs each `(reason, subject)` once, at `WARN` with target `lapwing`.
///
/// Clones share one state. Counting is one atomic add; whether a pair was said before is a look-up in a table of 64-bit
/// hashes with atomic slots, so no lock is ever held: not while counting, and not while logging, which may come back
/// here. Subjects are not kept, only their keyed hashes (16 KiB altogether). After 1000 different pairs one final line
/// says that no more will follow; the counters go on.
///
/// ```
/// use lapwing_exposition::{Problems, Reason};
///
/// let problems = Problems::default();
/// for _ in 0..3 {
///     problems.count(Reason::Nan, "sigil.resonance.strength", &"a value is not a number");
/// }
/// assert!(problems.read().contains(&("nan", 3)));
/// assert!(problems.read().contains(&("infinite", 0)));
/// ```
#[derive(Clone, Default)]
pub struct Problems {
    inner: Arc<Inner>,
}

struct Inner {
    counts: [AtomicU64; Reason::ALL.len()],
    said: Box<[AtomicU64]>,
    said_len: AtomicUsize,
    said_final: AtomicBool,
    hasher: RandomState,
}

impl Default for Inner {
    fn default() -> Self {
        Inner {
            counts: Default::default(),
            said: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            said_len: AtomicUsize::new(0),
            said_final: AtomicBool::new(false),
            hasher: RandomState::new(),
        }
    }
}

/// What the memory says of a pair.
enum Novelty {
    New,
    Known,
    /// Not known, and nothing more is remembered.
    Full,
}

impl Problems {
    /// Counts one problem; logs `message` if this is the first of its `(reason, subject)`.
    ///
    /// `subject` is what the problem is about, normally an instrument's or a label's name; it is logged, so never pass
    /// a measured value or an attribute value.
    pub fn count(&self, reason: Reason, subject: &str, message: &dyn Display) {
        self.count_n(reason, 1, subject, message);
    }

    /// Counts `n` problems of one kind at once; logs as [`Problems::count`] does. Nothing happens for `n` = 0.
    pub fn count_n(&self, reason: Reason, n: u64, subject: &str, message: &dyn Display) {
        if n == 0 {
            return;
        }
        self.inner.counts[reason as usize].fetch_add(n, Ordering::Relaxed);
        // Remembered before it is logged: a subscriber that causes the same problem again finds it known.
        match self.inner.remember(self.inner.hasher.hash_one((reason, subject))) {
            Novelty::Known => {}
            Novelty::New => {
                tracing::warn!(target: "lapwing", reason = reason.as_str(), subject, "{message}");
            }
            Novelty::Full => {
                if !self.inner.said_final.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        target: "lapwing",
                        "{MEMORY} different problems were logged; further ones are only counted, see lapwing_problems_total"
                    );
                }
            }
        }
    }

    /// How often each reason was counted, zeros included, in the order of [`Reason::ALL`].
    pub fn read(&self) -> Vec<(&'static str, u64)> {
        Reason::ALL.iter().map(|&reason| (reason.as_str(), self.get(reason))).collect()
    }

    /// How often `reason` was counted.
    pub fn get(&self, reason: Reason) -> u64 {
        self.inner.counts[reason as usize].load(Ordering::Relaxed)
    }
}

impl Inner {
    fn remember(&self, hash: u64) -> Novelty {
        // 0 marks an empty slot.
        let hash = hash.max(1);
        let mut slot = hash as usize & (SLOTS - 1);
        for _ in 0..SLOTS {
            let cell = &self.said[slot];
            match cell.load(Ordering::Relaxed) {
                0 => {
                    if self.said_len.load(Ordering::Relaxed) >= MEMORY {
                        return Novelty::Full;
                    }
                    match cell.compare_exchange(0, hash, Ordering::Relaxed, Ordering::Relaxed) {
                        Ok(_) => {
                            self.said_len.fetch_add(1, Ordering::Relaxed);
                            return Novelty::New;
                        }
                        Err(other) if other == hash => return Novelty::Known,
                        // Another pair took the slot in between: it is now like any occupied one.
                        Err(_) => {}
                    }
                }
                known if known == hash => return Novelty::Known,
                _ => {}
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
        Novelty::Full
    }
}

impl fmt::Debug for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.read()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Mutex, OnceLock},
        thread,
    };

    use tracing::{
        Event, Level, Metadata, Subscriber,
        field::{Field, Visit},
        span,
    };

    use super::*;

    /// Collects the lines with target `lapwing`; if `reenter` is set, counts a problem while it is logged to.
    #[derive(Clone, Default)]
    struct Lines {
        lines: Arc<Mutex<Vec<String>>>,
        reenter: Arc<OnceLock<Problems>>,
    }

    impl Lines {
        fn taken(&self) -> Vec<String> {
            std::mem::take(&mut *self.lines.lock().unwrap())
        }
    }

    struct Text(String);

    impl Visit for Text {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0 += &format!("{}={value:?} ", field.name());
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "lapwing"
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            assert_eq!(*event.metadata().level(), Level::WARN);
            if let Some(problems) = self.reenter.get() {
                problems.count(Reason::Nan, "a", &"again");
                problems.count(Reason::Infinite, "from the subscriber", &"other");
            }
            let mut text = Text(String::new());
            event.record(&mut text);
            self.lines.lock().unwrap().push(text.0);
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    fn lines(during: impl FnOnce(&Lines)) -> Vec<String> {
        let lines = Lines::default();
        tracing::subscriber::with_default(lines.clone(), || during(&lines));
        lines.taken()
    }

    #[test]
    fn a_pair_is_logged_once_and_counted_always() {
        let problems = Problems::default();
        let lines = lines(|_| {
            for _ in 0..100 {
                problems.count(Reason::Nan, "a", &"not a number");
                problems.count(Reason::Nan, "b", &"not a number");
                problems.count(Reason::Negative, "a", &"below zero");
            }
        });
        assert_eq!(problems.get(Reason::Nan), 200);
        assert_eq!(problems.get(Reason::Negative), 100);
        assert_eq!(
            lines,
            [
                "message=not a number reason=\"nan\" subject=\"a\" ",
                "message=not a number reason=\"nan\" subject=\"b\" ",
                "message=below zero reason=\"negative\" subject=\"a\" ",
            ]
        );
    }

    #[test]
    fn a_subscriber_that_causes_problems_does_not_recurse_or_deadlock() {
        let problems = Problems::default();
        let lines = lines(|lines| {
            let _ = lines.reenter.set(problems.clone());
            problems.count(Reason::Nan, "a", &"first");
        });
        // A scoped subscriber isn't given the events it causes itself; a global one is: tests/it/checked_reentry.rs.
        assert_eq!(lines.len(), 1);
        assert_eq!((problems.get(Reason::Nan), problems.get(Reason::Infinite)), (2, 1));
    }

    #[test]
    fn endless_subjects_end_in_one_final_line() {
        let problems = Problems::default();
        let lines = lines(|_| {
            for i in 0..5000 {
                problems.count(Reason::LabelRenamed, &i.to_string(), &"renamed");
            }
        });
        assert_eq!(lines.len(), MEMORY + 1);
        assert!(lines[MEMORY].contains("further ones are only counted"), "{}", lines[MEMORY]);
        assert_eq!(problems.get(Reason::LabelRenamed), 5000);
    }

    #[test]
    fn sixteen_threads_lose_no_count_and_log_a_pair_once() {
        let problems = Problems::default();
        let log = Lines::default();
        thread::scope(|scope| {
            for _ in 0..16 {
                let (problems, log) = (&problems, log.clone());
                scope.spawn(move || {
                    tracing::subscriber::with_default(log, || {
                        for i in 0..10_000 {
                            problems.count(Reason::Nan, ["a", "b", "c", "d"][i % 4], &"not a number");
                        }
                    });
                });
            }
        });
        assert_eq!(problems.get(Reason::Nan), 160_000);
        assert_eq!(log.lines.lock().unwrap().len(), 4);
        assert_eq!(problems.read()[0], ("nan", 160_000));
        assert!(problems.read()[1..].iter().all(|&(_, n)| n == 0));
    }
}
