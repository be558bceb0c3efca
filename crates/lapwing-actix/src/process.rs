//! When this process began.

use std::{fs, sync::OnceLock, time::SystemTime};

/// Whole seconds since the epoch; where the system doesn't tell, the moment of the first call.
pub(crate) fn start_seconds() -> u64 {
    static START: OnceLock<u64> = OnceLock::new();
    *START.get_or_init(|| {
        from_proc().unwrap_or_else(|| {
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
        })
    })
}

/// Linux: the boot time, and the ticks from there to the start (proc(5), field 22).
fn from_proc() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // the command's name, in parentheses, may itself hold blanks and parentheses
    let ticks: u64 = stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(19)?.parse().ok()?;
    let boot = fs::read_to_string("/proc/stat").ok()?;
    let boot: u64 = boot.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    // USER_HZ, part of the kernel's ABI
    Some(boot + ticks / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_lies_in_the_recent_past() {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let start = start_seconds();
        assert!(start <= now + 1 && now - start < 3600, "{start} at {now}");
    }
}
