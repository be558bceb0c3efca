//! How a server is started, kept so that it can be started again as it was.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Located, Process, ProcessError};

const READY: Duration = Duration::from_secs(30);

/// What servers of one family have in common.
#[derive(Debug)]
pub(crate) struct Family {
    listen_flag: &'static str,
    ready_path: &'static str,
    /// The address in a line of its log.
    listening_on: fn(&str) -> Option<String>,
}

/// Prometheus and Alertmanager.
pub(crate) static PROMETHEUS: Family = Family {
    listen_flag: "--web.listen-address",
    ready_path: "/-/ready",
    listening_on: |line| {
        // `… msg="Listening on" [component=web] address=127.0.0.1:36383`, in the old and new versions of both.
        let rest = line.split_once("msg=\"Listening on\"")?.1;
        let address = rest.split_once("address=")?.1.split_whitespace().next()?;
        Some(address.to_owned())
    },
};

/// The programs of VictoriaMetrics.
pub(crate) static VICTORIA: Family = Family {
    listen_flag: "-httpListenAddr",
    ready_path: "/health",
    // `…	started server at http://127.0.0.1:40769/`
    listening_on: |line| Some(line.split_once("\tstarted server at http://")?.1.trim_end_matches('/').to_owned()),
};

#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) family: &'static Family,
    pub(crate) located: Located,
    pub(crate) program: &'static str,
    /// Its working directory, where it isn't its owner's.
    pub(crate) folder: Option<PathBuf>,
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
            .arg(format!("{}={}", self.family.listen_flag, self.listen));
        if let Some(folder) = &self.folder {
            process = process.current_dir(folder);
        }
        let mut process = process.spawn()?;
        // Asked for port 0, it says in its log which one it got.
        self.listen = process.wait_line("the address it listens on", READY, self.family.listening_on)?;
        process.wait_ready(&format!("http://{}{}", self.listen, self.family.ready_path), READY)?;
        Ok(process)
    }
}

/// `--name=path`, absolute because the server may have a working directory of its own.
pub(crate) fn flag(name: &str, path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    format!("--{name}={}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_read_from_the_logs_of_all_versions() {
        let listening_on = PROMETHEUS.listening_on;
        let old = r#"ts=2026-11-21T06:12:42.923Z caller=tls_config.go:232 level=info component=web msg="Listening on" address=127.0.0.1:34785"#;
        let new = r#"time=2026-11-21T06:12:36.592Z level=INFO source=tls_config.go:379 msg="Listening on" component=web address=127.0.0.1:36383"#;
        let other = r#"level=info component=web msg="Start listening for connections" address=127.0.0.1:0"#;
        assert_eq!(listening_on(old).as_deref(), Some("127.0.0.1:34785"));
        assert_eq!(listening_on(new).as_deref(), Some("127.0.0.1:36383"));
        assert_eq!(listening_on(other), None);
        let victoria = "2026-11-21T15:37:46.734Z\tinfo\tlib/httpserver/httpserver.go:147\tstarted server at http://127.0.0.1:40769/";
        assert_eq!((VICTORIA.listening_on)(victoria).as_deref(), Some("127.0.0.1:40769"));
        assert_eq!((VICTORIA.listening_on)(other), None);
    }
}
