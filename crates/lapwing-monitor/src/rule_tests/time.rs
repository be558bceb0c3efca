//! The time of a story: moments, and the steps of samples and evaluations.

use std::time::Duration;

use crate::{expression::duration, yaml::Yaml};

/// Since the beginning of a story.
pub(super) fn at(time: Duration) -> Yaml {
    if time.is_zero() { "0s".into() } else { duration(time).into() }
}

/// How many samples of this interval a time takes.
pub(super) fn steps(lasts: Duration, interval: Duration) -> u64 {
    u64::try_from(lasts.as_nanos().div_ceil(interval.as_nanos().max(1))).unwrap_or(u64::MAX)
}

/// `time` as the next multiple of `interval`, at least one.
pub(super) fn whole(time: Duration, interval: Duration) -> Duration {
    interval * u32::try_from(steps(time, interval).max(1)).unwrap_or(u32::MAX)
}

/// Between evaluations in a story about a window: promtool evaluates all rules at each step, so one of hours takes longer steps.
pub(super) fn coarse(evaluation: Duration, window: Duration) -> Duration {
    if window >= 60 * evaluation { 10 * evaluation } else { evaluation }
}

/// The interval of samples: a part of the evaluation interval, so that a window has four of them.
pub(super) fn sampling(evaluation: Duration, window: Duration) -> Duration {
    if window.is_zero() {
        return evaluation;
    }
    let (evaluation, wanted) = (evaluation.as_millis().max(1) as u64, (window.as_millis() as u64 / 4).max(1));
    let parts = (1..=evaluation).find(|part| evaluation % part == 0 && evaluation / part <= wanted);
    Duration::from_millis(evaluation / parts.unwrap_or(evaluation))
}
