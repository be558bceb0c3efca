//! Time on the wall and time on the processor.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A moment on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    wall: Instant,
    cpu: Duration,
}

/// What lies between two moments.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// As a clock on the wall shows it.
    pub wall: Duration,
    /// CPU time of all threads of this process: not disturbed by other processes that were given the core meanwhile.
    pub cpu: Duration,
}

impl Moment {
    /// This one. Costs a system call.
    pub fn now() -> Moment {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let cpu = Duration::new(cpu.tv_sec.unsigned_abs(), u32::try_from(cpu.tv_nsec).unwrap_or(0));
        Moment { wall: Instant::now(), cpu }
    }

    /// What has passed since.
    pub fn elapsed(self) -> Took {
        let now = Moment::now();
        Took { wall: now.wall - self.wall, cpu: now.cpu.saturating_sub(self.cpu) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_on_both() {
        let begin = Moment::now();
        while begin.elapsed().cpu.is_zero() {}
        assert!(begin.elapsed().wall > Duration::ZERO);
    }
}
