//! Parts in tests: used where they are there, never fetched.

use crate::{Located, Part, Parts};

/// A part for a test, which returns early without one.
///
/// Where the part isn't there, `skipped: needs …` goes to standard error; with `LAPWING_REQUIRE_PARTS=1` the test fails instead.
///
/// # Panics
/// With `LAPWING_REQUIRE_PARTS=1` for want of the part, and where the environment names a wrong one.
pub fn need(part: Part) -> Option<Located> {
    let found = Parts::from_env().find(part).unwrap_or_else(|error| panic!("{error}"));
    if found.is_none() {
        let required = std::env::var_os("LAPWING_REQUIRE_PARTS").is_some_and(|value| value == "1");
        assert!(!required, "needs {part}, and LAPWING_REQUIRE_PARTS=1; `cargo xtask fetch` fetches it");
        eprintln!("skipped: needs {part}; `cargo xtask fetch` fetches it");
    }
    found
}
