//! wrk: driving, and reading what it says.

use std::{num::NonZeroU32, path::Path, process::Stdio, time::Duration};

use stack::Located;

use super::ThroughputError;

/// Each sends its next request when it has the answer to the last.
pub(crate) const CONNECTIONS: u32 = 16;

/// What wrk saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    /// How long it took.
    pub(crate) seconds: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Load {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

/// Drives the service at `address` with the script, one thread, all connections kept alive.
pub(super) fn drive(wrk: &Located, script: &Path, address: &str, seconds: NonZeroU32) -> Result<Load, ThroughputError> {
    let mut command = wrk.command("wrk");
    command.args(["--threads", "1", "--latency", "--connections", &CONNECTIONS.to_string()]);
    command.args(["--duration", &format!("{seconds}s")]).arg("--script").arg(script);
    command.arg(format!("http://{address}/")).stdin(Stdio::null());
    let output = command.output().map_err(ThroughputError::Wrk)?;
    let said = String::from_utf8_lossy(&output.stdout);
    parse(&said).filter(|_| output.status.success()).ok_or_else(|| {
        ThroughputError::Output(format!("{said}{}", String::from_utf8_lossy(&output.stderr)).trim_end().to_owned())
    })
}

/// `None` where anything is missing, and where a request failed: errors are often faster than answers.
fn parse(output: &str) -> Option<Load> {
    let lines = || output.lines().map(str::trim);
    if lines().any(|line| line.starts_with("Socket errors:") || line.starts_with("Non-2xx or 3xx responses:")) {
        return None;
    }
    let after = |prefix: &str| lines().find_map(|line| Some(line.strip_prefix(prefix)?.trim()));
    let requests = lines().find_map(|line| line.split_once(" requests in ")?.0.parse().ok())?;
    let rate: f64 = after("Requests/sec:")?.parse().ok()?;
    // The rate is told more exactly than the time; without a single answer there is neither.
    (requests > 0 && rate > 0.0).then_some(())?;
    let (p50, p99) = (time(after("50%")?)?, time(after("99%")?)?);
    Some(Load { requests, seconds: requests as f64 / rate, p50, p99 })
}

/// `250.00us`, `1.20ms`, `1.00s`, `1.50m`.
fn time(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.')?);
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "Running 5s test @ http://127.0.0.1:8080/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   635.91us    0.89ms  12.92ms   93.69%
    Req/Sec    56.20k     8.07k   62.00k    86.54%
  Latency Distribution
     50%  250.00us
     75%  491.00us
     90%  700.00us
     99%    5.80ms
  20000 requests in 5.00s, 17.76MB read
Requests/sec:   3992.02
Transfer/sec:      3.55MB
";

    #[test]
    fn output_is_read() {
        let load = parse(OUTPUT).unwrap();
        assert_eq!(
            (load.requests, load.p50, load.p99),
            (20_000, Duration::from_micros(250), Duration::from_micros(5800))
        );
        assert!((load.rate() - 3992.02).abs() < 1e-6 && (load.seconds - 5.01).abs() < 0.001, "{load:?}");
    }

    #[test]
    fn run_with_errors_is_no_measurement() {
        for error in ["Socket errors: connect 0, read 3, write 0, timeout 0", "Non-2xx or 3xx responses: 5"] {
            let output = OUTPUT.replace("Requests/sec", &format!("  {error}\nRequests/sec"));
            assert_eq!(parse(&output), None, "{error}");
        }
    }

    #[test]
    fn output_without_answers_or_cut_off_is_no_measurement() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("unable to connect to 127.0.0.1:1 Connection refused\n"), None);
        assert_eq!(parse(&OUTPUT.replace("99%    5.80ms", "99%    -nan")), None);
        assert_eq!(parse(&OUTPUT.replace("20000 requests", "0 requests").replace("3992.02", "0.00")), None);
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time("0.00us"), Some(Duration::ZERO));
        assert_eq!(time("1.50m"), Some(Duration::from_secs(90)));
        assert_eq!(time("2.00s"), Some(Duration::from_secs(2)));
        for wrong in ["", "12", "1.2.3ms", "5d"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }
}
