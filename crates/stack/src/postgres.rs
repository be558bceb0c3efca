//! A PostgreSQL of one's own.

use std::{
    fs, io,
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::{Located, Process, ProcessError, Signal, log::last_lines};

const READY: Duration = Duration::from_secs(30);
/// How often another port is tried when one was taken between finding it free and listening on it.
const PORTS: usize = 5;

/// Why PostgreSQL could not be started.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// Its folder could not be made.
    #[error("cannot prepare a folder for postgres; check that the temporary folder is writable: {0}")]
    Folder(#[from] io::Error),
    /// It doesn't run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// `initdb` failed.
    #[error("initdb failed; it said:\n{0}")]
    Initdb(String),
    /// It refuses to run as root and there is nobody else to run it as.
    #[error(
        "postgres refuses to run as root, and there is neither a user `postgres` nor `nobody`; run as another user"
    )]
    NoUser,
}

/// The account it runs as, where that isn't the owner's.
#[derive(Clone, Copy, Debug)]
struct Account {
    user: u32,
    group: u32,
}

/// A running PostgreSQL with one superuser, `lapwing`, without password, on loopback only. Stopped, and its data deleted, when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    // Dropped in this order: the process first, then what it writes to.
    process: Process,
    located: Located,
    account: Option<Account>,
    port: u16,
    folder: TempDir,
}

impl Postgres {
    /// Makes an empty database cluster in a temporary folder and starts it on a free port. Takes 1–2 s.
    ///
    /// As root it runs as the user `postgres` or `nobody`, since it refuses to run as root.
    pub fn start(located: &Located) -> Result<Self, PostgresError> {
        let account = account()?;
        let folder = tempfile::Builder::new().prefix("lapwing-postgres-").tempdir()?;
        if let Some(account) = account {
            chown(folder.path(), Some(account.user), Some(account.group))?;
        }
        let located = reachable(located, account, folder.path())?;
        initdb(&located, account, folder.path())?;
        let mut last = None;
        for _attempt in 0..PORTS {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            match run(&located, account, folder.path(), port) {
                Ok(process) => return Ok(Postgres { process, located, account, port, folder }),
                Err(ProcessError::Exited { tail, name, status }) if tail.contains("could not bind") => {
                    last = Some(ProcessError::Exited { tail, name, status });
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(last.map_or_else(|| io::Error::other("no free port").into(), PostgresError::from))
    }

    /// `postgres://lapwing@127.0.0.1:PORT/postgres`; stays the same through [`restart`](Self::restart).
    pub fn url(&self) -> String {
        format!("postgres://lapwing@127.0.0.1:{}/postgres", self.port)
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Version, such as `15.18`.
    pub fn version(&self) -> &str {
        &self.located.version
    }

    /// The child itself; [`Process::pause`] makes its connections go silent.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Stops it in order, ending open connections; its data stays for [`restart`](Self::restart).
    pub fn stop(&mut self) -> Result<(), PostgresError> {
        self.process.stop()?;
        Ok(())
    }

    /// Kills it and all its processes at once, as a crash would; its data stays for [`restart`](Self::restart).
    pub fn kill(&mut self) -> Result<(), PostgresError> {
        self.process.kill()?;
        Ok(())
    }

    /// Starts it again on the same data and port, stopping it before if it runs. After a kill it recovers first.
    pub fn restart(&mut self) -> Result<(), PostgresError> {
        self.process.stop()?;
        self.process = run(&self.located, self.account, self.folder.path(), self.port)?;
        Ok(())
    }
}

fn run(located: &Located, account: Option<Account>, folder: &Path, port: u16) -> Result<Process, ProcessError> {
    let mut command = located.command("postgres");
    command.current_dir(folder).arg("-D").arg(folder.join("data"));
    become_account(&mut command, account);
    let setting = |name: &str, value: &str| ["-c".to_owned(), format!("{name}={value}")];
    let mut process = Process::of_command(format!("postgres {}", located.version), command, folder.join("log"))
        .args(setting("listen_addresses", "127.0.0.1"))
        .args(setting("port", &port.to_string()))
        .args(setting("unix_socket_directories", ""))
        .args(setting("jit", "off"))
        .args(setting("log_timezone", "GMT"))
        .args(setting("timezone", "GMT"))
        // SIGTERM would wait for the clients to leave; SIGINT is its fast shutdown.
        .stop_signal(Signal::Int)
        .spawn()?;
    process.wait_line("`ready to accept connections` in its log", READY, |line| {
        line.contains("database system is ready to accept connections").then_some(())
    })?;
    Ok(process)
}

fn initdb(located: &Located, account: Option<Account>, folder: &Path) -> Result<(), PostgresError> {
    let mut command = located.command("initdb");
    command.args(["-U", "lapwing", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
    command.arg("-D").arg(folder.join("data")).current_dir(folder).stdin(Stdio::null());
    become_account(&mut command, account);
    let output = command.output()?;
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        return Err(PostgresError::Initdb(last_lines(&String::from_utf8_lossy(&text), 15)));
    }
    Ok(())
}

fn become_account(command: &mut Command, account: Option<Account>) {
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
}

/// Nobody in particular where the owner isn't root.
fn account() -> Result<Option<Account>, PostgresError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let (user, group) = (fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?);
            (fields[0] == name).then_some(Account { user, group })
        })
    };
    find("postgres").or_else(|| find("nobody")).map(Some).ok_or(PostgresError::NoUser)
}

/// Programs where the account can run them: those fetched into a workspace under `/root`, which others can't enter, are copied.
fn reachable(located: &Located, account: Option<Account>, folder: &Path) -> Result<Located, PostgresError> {
    let open = |path: &Path| {
        path.ancestors().all(|folder| fs::metadata(folder).is_ok_and(|m| m.permissions().mode() & 0o001 != 0))
    };
    if account.is_none() || open(&located.folder) {
        return Ok(located.clone());
    }
    // The programs find their other files relative to themselves, so the whole root is copied: `…/usr/lib/postgresql/15/bin`.
    let root = located.folder.ancestors().nth(5).unwrap_or(&located.folder);
    let copy = folder.join("programs");
    let status = Command::new("cp").arg("-a").arg(root).arg(&copy).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("copying {} failed", root.display())).into());
    }
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755))?;
    let moved = |path: &PathBuf| path.strip_prefix(root).map_or_else(|_| path.clone(), |rest| copy.join(rest));
    Ok(Located {
        folder: moved(&located.folder),
        libraries: located.libraries.iter().map(moved).collect(),
        ..located.clone()
    })
}
