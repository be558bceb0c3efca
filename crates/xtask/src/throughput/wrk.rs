//! wrk: driving by turns, and reading what it says.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use stack::{Located, Process, Signal};

use super::ThroughputError;

/// Each sends its next request when it has the answer to the last.
pub(crate) const CONNECTIONS: u32 = 16;

/// It is stopped long before.
const FOR_EVER: &str = "1h";

/// What wrk saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    /// How long it drove, its pauses left out.
    pub(crate) seconds: f64,
}

impl Load {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

/// A wrk that drives one service, one thread, all connections kept alive, and can be halted.
pub(super) struct Driver {
    process: Process,
    drove: Duration,
    /// Since when it drives; `None` while halted.
    since: Option<Instant>,
}

impl Driver {
    /// Starts it, driving, on the service at `address` with the script.
    pub(super) fn start(wrk: &Located, script: &Path, address: &str) -> Result<Self, ThroughputError> {
        let since = Some(Instant::now());
        let process = Process::of_command("wrk", wrk.command("wrk"), script.with_extension("log"))
            .args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
            // Requests that wait through the turns of the others have not failed.
            .args(["--duration", FOR_EVER, "--timeout", "1m", "--script"])
            .arg(script)
            .arg(format!("http://{address}/"))
            .stop_signal(Signal::Int)
            .spawn()?;
        Ok(Driver { process, drove: Duration::ZERO, since })
    }

    /// Lets it drive for `turn`, with `meanwhile` done in that time.
    pub(super) fn turn<T>(&mut self, turn: Duration, meanwhile: impl FnOnce() -> T) -> Result<T, ThroughputError> {
        self.resume()?;
        let begin = Instant::now();
        let done = meanwhile();
        thread::sleep(turn.saturating_sub(begin.elapsed()));
        self.halt()?;
        Ok(done)
    }

    pub(super) fn halt(&mut self) -> Result<(), ThroughputError> {
        self.drove += self.since.take().map(|since| since.elapsed()).unwrap_or_default();
        self.process.pause()?;
        Ok(())
    }

    fn resume(&mut self) -> Result<(), ThroughputError> {
        if self.since.is_none() {
            self.since = Some(Instant::now());
            self.process.resume()?;
        }
        Ok(())
    }

    /// Lets it drive for `turn` once more and ends it; it notices within 0.1 s.
    ///
    /// wrk sleeps on if it is interrupted while it wakes up from a halt, so `turn` should not be nothing.
    pub(super) fn finish(mut self, turn: Duration) -> Result<Load, ThroughputError> {
        self.resume()?;
        thread::sleep(turn);
        let status = self.process.stop()?;
        let drove = self.drove + self.since.map(|since| since.elapsed()).unwrap_or_default();
        let said = self.process.output();
        parse(&said, drove)
            .filter(|_| status.success())
            .ok_or_else(|| ThroughputError::Output(said.trim_end().to_owned()))
    }
}

/// `None` where anything is missing, and where a request failed: errors are often faster than answers.
fn parse(output: &str, drove: Duration) -> Option<Load> {
    let lines = || output.lines().map(str::trim);
    if lines().any(|line| line.starts_with("Socket errors:") || line.starts_with("Non-2xx or 3xx responses:")) {
        return None;
    }
    let requests = lines().find_map(|line| line.split_once(" requests in ")?.0.parse().ok())?;
    // Time and latencies that wrk tells include its pauses.
    (requests > 0).then_some(Load { requests, seconds: drove.as_secs_f64() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "Running 5s test @ http://127.0.0.1:8080/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   635.91us    0.89ms  12.92ms   93.69%
    Req/Sec    56.20k     8.07k   62.00k    86.54%
  20000 requests in 5.00s, 17.76MB read
Requests/sec:   3992.02
Transfer/sec:      3.55MB
";

    const DROVE: Duration = Duration::from_millis(2500);

    #[test]
    fn output_is_read() {
        let load = parse(OUTPUT, DROVE).unwrap();
        assert_eq!((load.requests, load.seconds, load.rate()), (20_000, 2.5, 8000.0));
    }

    #[test]
    fn run_with_errors_is_no_measurement() {
        for error in ["Socket errors: connect 0, read 3, write 0, timeout 0", "Non-2xx or 3xx responses: 5"] {
            let output = OUTPUT.replace("Requests/sec", &format!("  {error}\nRequests/sec"));
            assert_eq!(parse(&output, DROVE), None, "{error}");
        }
    }

    #[test]
    fn output_without_answers_or_cut_off_is_no_measurement() {
        assert_eq!(parse("", DROVE), None);
        assert_eq!(parse("unable to connect to 127.0.0.1:1 Connection refused\n", DROVE), None);
        assert_eq!(parse(&OUTPUT.replace("20000 requests", "0 requests"), DROVE), None);
    }

    #[test]
    fn halted_time_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        // Says what wrk says when it is interrupted.
        let program = "trap 'cat said; exit 0' INT; while :; do sleep 0.01; done";
        std::fs::write(folder.path().join("said"), OUTPUT).unwrap();
        let process = Process::builder("wrk", "sh", folder.path().join("log"))
            .args(["-c", program])
            .current_dir(folder.path())
            .stop_signal(Signal::Int)
            .spawn()
            .unwrap();
        let mut driver = Driver { process, drove: Duration::ZERO, since: Some(Instant::now()) };
        driver.halt().unwrap();
        let (drove, begin, halted) = (driver.drove, Instant::now(), Duration::from_millis(100));
        thread::sleep(halted);
        assert_eq!(driver.turn(Duration::from_millis(1), || 7).unwrap(), 7);
        assert!(driver.drove > drove);
        let load = driver.finish(Duration::from_millis(1)).unwrap();
        assert_eq!(load.requests, 20_000);
        assert!(load.seconds <= (drove + begin.elapsed() - halted).as_secs_f64(), "{load:?}");
    }
}
