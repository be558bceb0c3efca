//! Runs a test in a process of its own, for what needs the global subscriber, a quiet heap, or might never return.

use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

const INSIDE: &str = "LAPWING_SPANS_INSIDE";

/// Exit status that says the body was run to its end; a test filter that matches nothing would exit with 0.
const DONE: i32 = 42;

/// Runs `body` in a new process of this test binary, as the test `name` (with its module path), and fails if it fails
/// or has not ended after `limit`.
pub(crate) fn alone(name: &str, limit: Duration, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        body();
        std::process::exit(DONE);
    }
    let exe = std::env::current_exe().expect("the test binary");
    let mut child = Command::new(exe)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .spawn()
        .expect("starts");
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait().expect("can be waited for") {
            break status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{name} hangs: no end after {limit:?}");
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(DONE), "{name} failed in its own process, or is not the name of the test");
}
