//! A subscriber that has problems of its own. Only a global one is given the events it causes itself, so the test runs
//! alone in a process.

use std::{
    env,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use lapwing_exposition::{Problems, Reason};
use tracing::{Event, Metadata, Subscriber, span};

const INNER: &str = "LAPWING_TEST_REENTRY";

struct Recursing {
    problems: Problems,
    events: &'static AtomicUsize,
}

impl Subscriber for Recursing {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &Event<'_>) {
        self.events.fetch_add(1, Relaxed);
        self.problems.count(Reason::Nan, "a", &"the same again");
        self.problems.count(Reason::Infinite, "within the subscriber", &"another");
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[test]
fn a_global_subscriber_that_causes_problems_neither_recurses_nor_deadlocks() {
    if env::var_os(INNER).is_none() {
        let output = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "checked_reentry::a_global_subscriber_that_causes_problems_neither_recurses_nor_deadlocks",
            ])
            .args(["--nocapture", "--test-threads=1"])
            .env(INNER, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    }
    static EVENTS: AtomicUsize = AtomicUsize::new(0);
    let problems = Problems::default();
    tracing::subscriber::set_global_default(Recursing { problems: problems.clone(), events: &EVENTS }).unwrap();
    problems.count(Reason::Nan, "a", &"first");
    // The first event, and the one that the subscriber caused within it; each came back with one of either.
    assert_eq!(EVENTS.load(Relaxed), 2);
    assert_eq!((problems.get(Reason::Nan), problems.get(Reason::Infinite)), (3, 2));
}
