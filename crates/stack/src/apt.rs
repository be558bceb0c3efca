//! Packages of Debian, downloaded and unpacked beside the system: own lists, own cache, nothing installed.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::sources::Mirror;

/// Why packages could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not a Debian system.
    #[error("there is no `{program}` on this machine to fetch packages with; {help}")]
    NoApt {
        /// Which program.
        program: &'static str,
        /// What to do instead.
        help: String,
    },
    /// The apt sources name no mirror of Debian.
    #[error("the apt sources in {} name no mirror of Debian to fetch from; {help}", folder.display())]
    NoMirror {
        /// Where it was looked.
        folder: PathBuf,
        /// What to do instead.
        help: String,
    },
    /// A command failed; most often there is no network.
    #[error("`{command}` failed (is there a network?); {help}; it said:\n{output}")]
    Command {
        /// Which.
        command: String,
        /// End of its output.
        output: String,
        /// What to do instead.
        help: String,
    },
    /// What was fetched doesn't run here.
    #[error("what was fetched is no {program} that runs on this machine ({problem}); {help}")]
    Unusable {
        /// Which.
        program: String,
        /// Why.
        problem: String,
        /// What to do instead.
        help: String,
    },
    /// A file could not be read or written.
    #[error("cannot write {}; make the folder writable or set LAPWING_PARTS to another: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// apt with a state of its own, looking at one suite of the machine's mirror.
pub(crate) struct Apt<'a> {
    folder: PathBuf,
    help: &'a str,
}

impl<'a> Apt<'a> {
    /// Sets up `folder` as apt's whole world and reads the package lists of `suite`.
    pub(crate) fn of_suite(folder: PathBuf, etc_apt: &Path, suite: &str, help: &'a str) -> Result<Self, FetchError> {
        for program in ["apt-get", "dpkg"] {
            if Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
                return Err(FetchError::NoApt { program, help: help.to_owned() });
            }
        }
        let mirror = Mirror::of_machine(etc_apt)
            .ok_or_else(|| FetchError::NoMirror { folder: etc_apt.to_owned(), help: help.to_owned() })?;
        for sub in ["sources", "no-parts", "lists/partial", "cache/archives/partial"] {
            create_folder(&folder.join(sub))?;
        }
        write(&folder.join("sources/debian.sources"), &mirror.source(suite))?;
        // An empty status: otherwise a newer installed version would be the candidate, which no suite offers.
        write(&folder.join("status"), "")?;
        write(&folder.join("apt.conf"), &configuration(&folder))?;
        let apt = Apt { folder, help };
        apt.run(&["update"], &apt.folder)?;
        Ok(apt)
    }

    /// Downloads `packages` and unpacks them into `root`. Returns the file names of the packages.
    pub(crate) fn unpack(&self, packages: &[&str], root: &Path) -> Result<Vec<String>, FetchError> {
        let downloads = self.folder.join("downloads");
        // A download that was cut off by a kill must not be unpacked as if it were whole.
        let _ = fs::remove_dir_all(&downloads);
        create_folder(&downloads)?;
        self.run(&[&["download"], packages].concat(), &downloads)?;
        create_folder(root)?;
        let mut names = Vec::new();
        let entries =
            fs::read_dir(&downloads).map_err(|source| FetchError::File { path: downloads.clone(), source })?;
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let mut command = Command::new("dpkg");
            command.arg("-x").arg(&path).arg(root);
            self.checked(command, format!("dpkg -x {}", path.display()))?;
            names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
        names.sort();
        let _ = fs::remove_dir_all(&downloads);
        Ok(names)
    }

    fn run(&self, arguments: &[&str], working: &Path) -> Result<(), FetchError> {
        let mut command = Command::new("apt-get");
        command.args(["-q", "-o", "APT::Update::Error-Mode=any"]).args(arguments).current_dir(working);
        command.env("APT_CONFIG", self.folder.join("apt.conf")).env("LC_ALL", "C.UTF-8");
        self.checked(command, format!("apt-get {}", arguments.join(" ")))
    }

    fn checked(&self, mut command: Command, shown: String) -> Result<(), FetchError> {
        let failed = |output: String| FetchError::Command { command: shown, output, help: self.help.to_owned() };
        match command.stdin(Stdio::null()).output() {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => {
                let text = [output.stdout, output.stderr].concat();
                Err(failed(crate::log::last_lines(&String::from_utf8_lossy(&text), 12)))
            }
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

/// apt's configuration: the machine's way to the network (proxies, certificates), everything else our own. The machine's
/// configuration files are shut out because their hooks would run, and the clean-up hooks of container images delete system caches.
fn configuration(folder: &Path) -> String {
    let at = |path: &str| folder.join(path).display().to_string();
    let dump = Command::new("apt-config").args(["dump", "Acquire"]).output();
    let dump = dump.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let mut text: String = dump
        .lines()
        .filter(|line| !line.starts_with("Acquire::IndexTargets") && !line.starts_with("Acquire::Languages"))
        .flat_map(|line| [line, "\n"])
        .collect();
    for (key, value) in [
        ("Dir::Etc::main", "/dev/null".to_owned()),
        ("Dir::Etc::parts", at("no-parts")),
        ("Dir::Etc::sourcelist", "/dev/null".to_owned()),
        ("Dir::Etc::sourceparts", at("sources")),
        ("Dir::Etc::preferences", "/dev/null".to_owned()),
        ("Dir::Etc::preferencesparts", at("no-parts")),
        ("Dir::State::lists", at("lists")),
        ("Dir::State::status", at("status")),
        ("Dir::State::extended_states", at("extended_states")),
        ("Dir::Cache", at("cache")),
        ("Acquire::Languages", "none".to_owned()),
        ("Acquire::Retries", "3".to_owned()),
        // As root, apt would drop to a user who can't write into the workspace.
        ("APT::Sandbox::User", "root".to_owned()),
    ] {
        text.push_str(&format!("{key} \"{value}\";\n"));
    }
    text
}

pub(crate) fn create_folder(path: &Path) -> Result<(), FetchError> {
    fs::create_dir_all(path).map_err(|source| FetchError::File { path: path.to_owned(), source })
}

pub(crate) fn write(path: &Path, text: &str) -> Result<(), FetchError> {
    fs::write(path, text).map_err(|source| FetchError::File { path: path.to_owned(), source })
}
