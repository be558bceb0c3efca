//! How a Prometheus or Alertmanager is started, kept so that it can be started again as it was.

use std::{path::PathBuf, time::Duration};

use crate::{Located, Process, ProcessError};

const READY: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) located: Located,
    pub(crate) program: &'static str,
    /// All but the address.
    pub(crate) arguments: Vec<String>,
    /// `host:port`; after the first start the port it was given.
    pub(crate) listen: String,
    pub(crate) log: PathBuf,
}

impl Launch {
    /// Starts the server and waits until it is ready.
    pub(crate) fn start(&mut self) -> Result<Process, ProcessError> {
        let name = format!("{} {}", self.program, self.located.version);
        let mut process = Process::of_command(name, self.located.command(self.program), &self.log)
            .args(&self.arguments)
            .arg(format!("--web.listen-address={}", self.listen))
            .spawn()?;
        // Asked for port 0, it says in its log which one it got.
        self.listen = process.wait_line("the address it listens on", READY, listening_on)?;
        process.wait_ready(&format!("http://{}/-/ready", self.listen), READY)?;
        Ok(process)
    }
}

/// `… msg="Listening on" [component=web] address=127.0.0.1:36383`, in the old and new versions of both.
fn listening_on(line: &str) -> Option<String> {
    let rest = line.split_once("msg=\"Listening on\"")?.1;
    let address = rest.split_once("address=")?.1.split_whitespace().next()?;
    Some(address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_read_from_the_logs_of_both_versions() {
        let old = r#"ts=2026-11-21T06:12:42.923Z caller=tls_config.go:232 level=info component=web msg="Listening on" address=127.0.0.1:34785"#;
        let new = r#"time=2026-11-21T06:12:36.592Z level=INFO source=tls_config.go:379 msg="Listening on" component=web address=127.0.0.1:36383"#;
        let other = r#"level=info component=web msg="Start listening for connections" address=127.0.0.1:0"#;
        assert_eq!(listening_on(old).as_deref(), Some("127.0.0.1:34785"));
        assert_eq!(listening_on(new).as_deref(), Some("127.0.0.1:36383"));
        assert_eq!(listening_on(other), None);
    }
}
