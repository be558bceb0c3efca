//! CPU time from `/proc`, which counts it in ticks of 10 ms.

use std::{fs, path::PathBuf};

use super::ThroughputError;

/// `USER_HZ`: what the kernel tells to programs is in this unit whatever it uses itself.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time used up to a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cpu(u64);

impl Cpu {
    /// Seconds used since `earlier`.
    pub(super) fn since(self, earlier: Cpu) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / TICKS_PER_SECOND
    }
}

/// Of one process, all its threads, those that ended included.
pub(super) fn cpu_of(process: u32) -> Result<Cpu, ThroughputError> {
    let path = PathBuf::from(format!("/proc/{process}/stat"));
    read(path, |stat| of_process(stat, 2))
}

/// Of this process and of its children that were awaited.
pub(super) fn cpu_of_this() -> Result<Cpu, ThroughputError> {
    read(PathBuf::from("/proc/self/stat"), |stat| of_process(stat, 4))
}

/// Of all that ran, and on a virtual machine what its host kept from it. With interrupts: a process is charged for those that strike it.
pub(super) fn cpu_of_machine() -> Result<Cpu, ThroughputError> {
    read(PathBuf::from("/proc/stat"), of_machine)
}

/// Cores of this machine.
pub(super) fn cores() -> f64 {
    crate::machine::cores() as f64
}

fn read(path: PathBuf, parse: impl Fn(&str) -> Option<u64>) -> Result<Cpu, ThroughputError> {
    let text = fs::read_to_string(&path).map_err(ThroughputError::file(&path))?;
    let odd = || ThroughputError::file(&path)(std::io::Error::other("it doesn't look like Linux'"));
    parse(&text).map(Cpu).ok_or_else(odd)
}

/// Sum of the first of `utime`, `stime`, `cutime`, `cstime`.
fn of_process(stat: &str, times: usize) -> Option<u64> {
    // The name in parentheses may hold anything; `utime` is the twelfth word after it.
    let words = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(times);
    sum(words, times)
}

/// `cpu  user nice system idle iowait irq softirq steal …`
fn of_machine(stat: &str) -> Option<u64> {
    let words: Vec<&str> = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().collect();
    sum([0, 1, 2, 5, 6, 7].iter().filter_map(|at| words.get(*at).copied()), 6)
}

fn sum<'a>(words: impl Iterator<Item = &'a str>, expected: usize) -> Option<u64> {
    let numbers = words.map(|word| word.parse().ok()).collect::<Option<Vec<u64>>>()?;
    (numbers.len() == expected).then(|| numbers.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn process_times_are_found_behind_any_name() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 1 2 3 4 700 50 11 12 20 0 9 0 100 1000 10";
        assert_eq!(of_process(stat, 2), Some(750));
        assert_eq!(of_process(stat, 4), Some(773));
        assert_eq!(of_process("42 (sigil) S 1", 2), None);
    }

    #[test]
    fn machine_time_is_what_was_used_or_stolen() {
        assert_eq!(of_machine("cpu  100 20 30 9999 5 6 7 8 0 0\ncpu0 1 1 1 1\n"), Some(171));
        assert_eq!(of_machine("intr 1 2 3\n"), None);
    }

    #[test]
    fn work_shows_as_time() {
        let before = cpu_of(std::process::id()).unwrap();
        // Until the clock has ticked, however fast the machine is.
        while cpu_of(std::process::id()).unwrap().since(before) == 0.0 {
            std::hint::black_box((0..100_000_u64).fold(0, u64::wrapping_add));
        }
        assert!(cpu_of_machine().unwrap().0 > 0 && cpu_of_this().unwrap().0 >= before.0);
    }
}
