//! An Alertmanager of one's own.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    AlertmanagerApiError, AlertmanagerClient, Located, Process, ProcessError,
    launch::{self, Launch, flag},
};

/// Why Alertmanager could not be started.
#[derive(Debug, thiserror::Error)]
pub enum AlertmanagerError {
    /// Its folder could not be made.
    #[error("cannot prepare a folder for alertmanager; check that the temporary folder is writable: {0}")]
    Folder(#[from] io::Error),
    /// It doesn't run; what it said of its configuration is in the message.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// It doesn't say where it gossips.
    #[error(transparent)]
    Api(#[from] AlertmanagerApiError),
}

/// What an Alertmanager is started with.
///
/// | wish | default |
/// | --- | --- |
/// | [`config`](Self::config), [`config_file`](Self::config_file) | one receiver that does nothing |
/// | [`listen`](Self::listen) | a free port on 127.0.0.1 |
/// | [`storage`](Self::storage), [`log`](Self::log) | in a temporary folder, deleted at the end |
/// | [`maintenance_interval`](Self::maintenance_interval) | 15 min |
///
/// It forms a cluster with others only where [`cluster`](Self::cluster) says so.
#[derive(Clone, Debug)]
pub struct AlertmanagerBuilder {
    located: Located,
    config: Config,
    arguments: Vec<String>,
    clustered: bool,
    listen: String,
    storage: Option<PathBuf>,
    log: Option<PathBuf>,
}

#[derive(Clone)]
enum Config {
    Text(String),
    File(PathBuf),
}

/// Without the text, which may hold secrets.
impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Config::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Config::File(file) => write!(f, "File({})", file.display()),
        }
    }
}

impl AlertmanagerBuilder {
    /// The configuration itself. Paths in it are taken from its temporary folder, so they had better be absolute.
    pub fn config(mut self, text: impl Into<String>) -> Self {
        self.config = Config::Text(text.into());
        self
    }

    /// File of the configuration. Paths in it are taken from its folder.
    pub fn config_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.config = Config::File(file.into());
        self
    }

    /// URL that links in messages begin with; default made from the machine's name and the port asked for, which is 0 where none is.
    pub fn external_url(self, url: impl AsRef<str>) -> Self {
        self.argument(format!("--web.external-url={}", url.as_ref()))
    }

    /// Time between writing silences and notifications to disk, which a kill can lose; default 15 min.
    pub fn maintenance_interval(self, interval: Duration) -> Self {
        self.argument(format!("--data.maintenance-interval={}ms", interval.as_millis().max(1)))
    }

    /// Adds a flag, such as `--log.level=debug`.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Lets it gossip, on a free port of 127.0.0.1 that it keeps (see [`Alertmanager::gossip_address`]). Those to join are named by the flag
    /// `--cluster.peer=host:port`, one for each; the first of a cluster has none to name.
    pub fn cluster(mut self) -> Self {
        self.clustered = true;
        self
    }

    /// `host:port` to listen on; default `127.0.0.1:0`, a free port of the system's choice.
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// Folder for its data, which stays; default in its temporary folder.
    pub fn storage(mut self, folder: impl Into<PathBuf>) -> Self {
        self.storage = Some(folder.into());
        self
    }

    /// File for its log; default a file in its temporary folder.
    pub fn log(mut self, file: impl Into<PathBuf>) -> Self {
        self.log = Some(file.into());
        self
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// A folder that can't be written; what Alertmanager itself says of a configuration it can't read.
    pub fn start(self) -> Result<Alertmanager, AlertmanagerError> {
        let folder = tempfile::Builder::new().prefix("lapwing-alertmanager-").tempdir()?;
        let in_folder = |name: &str| folder.path().join(name);
        let file = match self.config {
            Config::File(file) => file,
            Config::Text(text) => {
                let file = in_folder("alertmanager.yml");
                fs::write(&file, text)?;
                file
            }
        };
        let storage = self.storage.unwrap_or_else(|| in_folder("data"));
        let gossip = if self.clustered { "127.0.0.1:0" } else { "" };
        let mut arguments = vec![gossips_on(gossip), flag("config.file", &file), flag("storage.path", &storage)];
        arguments.extend(self.arguments);
        let log = self.log.unwrap_or_else(|| in_folder("alertmanager.log"));
        let mut launch = Launch {
            family: &launch::PROMETHEUS,
            located: self.located,
            program: "alertmanager",
            folder: None,
            arguments,
            listen: self.listen,
            log,
        };
        let process = launch.start()?;
        let client = AlertmanagerClient::new(launch.listen.clone());
        let mut gossip_address = None;
        if self.clustered {
            let mut status = client.status()?;
            gossip_address = status.members.remove(&status.name);
            if let Some(address) = &gossip_address {
                launch.arguments[0] = gossips_on(address);
            }
        }
        Ok(Alertmanager { process, client, config: file, gossip_address, launch, _folder: folder })
    }
}

fn gossips_on(address: &str) -> String {
    format!("--cluster.listen-address={address}")
}

/// A running Alertmanager; stopped, and its temporary folder deleted, when it is dropped.
#[derive(Debug)]
pub struct Alertmanager {
    // Dropped in this order: the process first, then what it writes to.
    process: Process,
    client: AlertmanagerClient,
    config: PathBuf,
    gossip_address: Option<String>,
    launch: Launch,
    _folder: TempDir,
}

impl Alertmanager {
    /// Of the given programs.
    pub fn builder(located: &Located) -> AlertmanagerBuilder {
        AlertmanagerBuilder {
            located: located.clone(),
            config: Config::Text("route: {receiver: none}\nreceivers: [{name: none}]\n".to_owned()),
            arguments: Vec::new(),
            clustered: false,
            listen: "127.0.0.1:0".to_owned(),
            storage: None,
            log: None,
        }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        self.client.address()
    }

    /// `host:port` at which others of its cluster join it; none of one that is alone.
    pub fn gossip_address(&self) -> Option<&str> {
        self.gossip_address.as_deref()
    }

    /// Version, such as `0.25.0`.
    pub fn version(&self) -> &str {
        &self.launch.located.version
    }

    /// A client that may go to other threads.
    pub fn client(&self) -> &AlertmanagerClient {
        &self.client
    }

    /// File of its configuration; changed, it is read again by [`AlertmanagerClient::reload`].
    pub fn config_file(&self) -> &Path {
        &self.config
    }

    /// The child itself.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        self.process.log()
    }

    /// Kills it with `SIGKILL`, as a crash would; what it has written to disk stays.
    pub fn kill(&mut self) -> Result<ExitStatus, AlertmanagerError> {
        Ok(self.process.kill()?)
    }

    /// Starts it again with the same data on the same port, having stopped it where it still runs, and waits until it is ready.
    pub fn restart(&mut self) -> Result<(), AlertmanagerError> {
        self.process.stop()?;
        self.process = self.launch.start()?;
        Ok(())
    }

    /// Stops it and awaits its end.
    pub fn stop(mut self) -> Result<(), AlertmanagerError> {
        self.process.stop()?;
        Ok(())
    }
}
