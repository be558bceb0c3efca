//! The parts directory: what is there, and fetching what is not.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
};

use crate::{
    FetchError, Located, Origin, Part,
    apt::{Apt, create_folder, write},
    libraries,
    part::{ask_version, program_in, unpacked_version},
    relocate,
};

/// Written last into a fetched part; without it the folder is taken for half fetched.
const MARKER: &str = "fetched";

const APT: &str = "/etc/apt";

/// Why a part could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum PartsError {
    /// The environment names something that isn't the part.
    #[error("{variable} names `{}`, which is no {part} that can be used: {problem}; correct it or leave it out", path.display())]
    Override {
        /// Which variable or flag.
        variable: &'static str,
        /// What it names.
        path: PathBuf,
        /// What was wanted.
        part: Part,
        /// What is wrong with it.
        problem: String,
    },
    /// The part isn't there.
    #[error("{part} is neither named in {variable}, nor installed, nor fetched; `cargo xtask fetch` fetches it")]
    Missing {
        /// Which.
        part: Part,
        /// Its variable.
        variable: &'static str,
    },
    /// The part could not be fetched.
    #[error("cannot fetch {part}: {source}")]
    Fetch {
        /// Which.
        part: Part,
        /// Why.
        source: FetchError,
    },
    /// Fetching is forbidden by the environment.
    #[error(
        "{part} isn't there, and LAPWING_OFFLINE=1 forbids to fetch it; unset it, install {part}, or name it in {variable}"
    )]
    Offline {
        /// Which.
        part: Part,
        /// Its variable.
        variable: &'static str,
    },
}

/// Where parts are looked for, in this order: the part's variable in the environment, the machine, the parts directory.
///
/// | variable | effect |
/// | --- | --- |
/// | `LAPWING_PROMETHEUS_2`, `LAPWING_PROMETHEUS_3`, `LAPWING_ALERTMANAGER_0_25`, `LAPWING_ALERTMANAGER_0_33`, `LAPWING_POSTGRES`, `LAPWING_VICTORIA_METRICS`, `LAPWING_WRK`, `LAPWING_VALGRIND` | the program, or the folder it is in; wins |
/// | `LAPWING_PARTS` | the parts directory; default `target/parts` of the workspace |
/// | `LAPWING_SYSTEM_PARTS=0` | what is installed on the machine is passed over |
/// | `LAPWING_OFFLINE=1` | nothing is ever fetched |
/// | `LAPWING_REQUIRE_PARTS=1` | tests fail for want of a part instead of being skipped (see [`need`](crate::need)) |
#[derive(Clone, Debug)]
pub struct Parts {
    directory: PathBuf,
    system: bool,
    offline: bool,
    apt: PathBuf,
}

impl Parts {
    /// As the environment says.
    pub fn from_env() -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
        let directory = env::var_os("LAPWING_PARTS").map(PathBuf::from);
        Parts {
            directory: directory.unwrap_or_else(|| workspace.join("target/parts")),
            system: env::var_os("LAPWING_SYSTEM_PARTS").is_none_or(|value| value != "0"),
            offline: env::var_os("LAPWING_OFFLINE").is_some_and(|value| value == "1"),
            apt: PathBuf::from(APT),
        }
    }

    /// A parts directory of one's own, with the machine's parts passed over.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Parts { directory: directory.into(), system: false, offline: false, apt: PathBuf::from(APT) }
    }

    /// Folder of the apt sources that name the mirror to fetch from; default `/etc/apt`.
    pub fn apt_sources(mut self, folder: impl Into<PathBuf>) -> Self {
        self.apt = folder.into();
        self
    }

    /// The parts directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether fetching is forbidden.
    pub fn offline(&self) -> bool {
        self.offline
    }

    /// Looks a part up; `None` where it isn't. Costs one run of the program with `--version`.
    ///
    /// # Errors
    /// Where the environment names something else than the part: a wrong setting is never passed over.
    pub fn find(&self, part: Part) -> Result<Option<Located>, PartsError> {
        if let Some(path) = env::var_os(part.variable()).filter(|value| !value.is_empty()) {
            return self.named(part, Path::new(&path)).map(Some);
        }
        Ok(self.installed(part).or_else(|| self.fetched(part)))
    }

    /// Looks a part up, as [`find`](Self::find) does, and takes its absence for an error.
    pub fn get(&self, part: Part) -> Result<Located, PartsError> {
        self.find(part)?.ok_or(PartsError::Missing { part, variable: part.variable() })
    }

    /// Looks a part up and fetches it where it isn't there. `progress` is given one line for each step that takes time.
    ///
    /// # Errors
    /// What to do instead is said in each: no apt, no network, no mirror, fetching forbidden.
    pub fn get_or_fetch(&self, part: Part, progress: &mut dyn FnMut(&str)) -> Result<Located, PartsError> {
        if let Some(found) = self.find(part)? {
            return Ok(found);
        }
        if self.offline {
            return Err(PartsError::Offline { part, variable: part.variable() });
        }
        self.fetch(part, progress).map_err(|source| PartsError::Fetch { part, source })
    }

    /// Any Prometheus that is supported: the one at `named` where that is given, else 3.x, else 2.42, else any on the PATH from 2.42 on,
    /// else 3.x is fetched, else 2.42.
    ///
    /// # Errors
    /// `named` is no Prometheus or too old, or none is there and fetching failed: then the error of fetching 3.x.
    pub fn any_prometheus(&self, named: Option<&Path>, progress: &mut dyn FnMut(&str)) -> Result<Located, PartsError> {
        if let Some(path) = named {
            return self.at_path(Part::Prometheus3, "--prometheus", path, supported);
        }
        for part in [Part::Prometheus3, Part::Prometheus2] {
            if let Some(found) = self.find(part)? {
                return Ok(found);
            }
        }
        let on_path = self.path().find_map(|folder| {
            let version = ask_version(Part::Prometheus3, &folder, &[]).filter(|version| supported(version))?;
            Some(Located { folder, version, origin: Origin::System, libraries: Vec::new() })
        });
        if let Some(found) = on_path {
            return Ok(found);
        }
        self.get_or_fetch(Part::Prometheus3, progress).or_else(|error| match error {
            PartsError::Fetch { .. } => self.get_or_fetch(Part::Prometheus2, progress).map_err(|_| error),
            other => Err(other),
        })
    }

    /// Any Alertmanager that is supported, preferably as old as a Prometheus of this version: that one or the other where it is there, else
    /// that one is fetched.
    ///
    /// # Errors
    /// None is there and fetching failed.
    pub fn any_alertmanager(&self, prometheus: &str, progress: &mut dyn FnMut(&str)) -> Result<Located, PartsError> {
        let order = match Part::Prometheus3.accepts(prometheus) {
            true => [Part::Alertmanager33, Part::Alertmanager25],
            false => [Part::Alertmanager25, Part::Alertmanager33],
        };
        for part in order {
            if let Some(found) = self.find(part)? {
                return Ok(found);
            }
        }
        self.get_or_fetch(order[0], progress)
    }

    /// Downloads packages of a Debian suite and unpacks them into `root`, without what they depend on.
    pub fn fetch_packages(&self, suite: &str, packages: &[&str], root: &Path) -> Result<(), FetchError> {
        let _lock = self.lock(&mut |_| {})?;
        let help = format!("install {} yourself", packages.join(", "));
        self.apt(suite, &help)?.unpack(packages, root)?;
        Ok(())
    }

    fn apt<'a>(&self, suite: &str, help: &'a str) -> Result<Apt<'a>, FetchError> {
        Apt::of_suite(self.directory.join("apt").join(suite), &self.apt, suite, help)
    }

    /// Held while fetching; the system lets go of it when the process ends, however that happens.
    fn lock(&self, progress: &mut dyn FnMut(&str)) -> Result<File, FetchError> {
        create_folder(&self.directory)?;
        let path = self.directory.join("lock");
        let failed = |source| FetchError::File { path: path.clone(), source };
        let lock = File::create(&path).map_err(failed)?;
        if lock.try_lock().is_err() {
            progress("waiting for another fetch to end");
            lock.lock().map_err(failed)?;
        }
        Ok(lock)
    }

    fn named(&self, part: Part, path: &Path) -> Result<Located, PartsError> {
        self.at_path(part, part.variable(), path, |version| part.accepts(version))
    }

    /// `path` is the program or the folder it is in.
    fn at_path(
        &self,
        part: Part,
        variable: &'static str,
        path: &Path,
        accepts: impl Fn(&str) -> bool,
    ) -> Result<Located, PartsError> {
        let wrong = |problem: String| PartsError::Override { variable, path: path.to_owned(), part, problem };
        let folder = match path.is_dir() {
            true => path,
            false => path.parent().ok_or_else(|| wrong("it is neither a program nor a folder".to_owned()))?,
        };
        let program = program_in(folder, part.program());
        let version = ask_version(part, folder, &[])
            .ok_or_else(|| wrong(format!("`{} --version` doesn't run", program.display())))?;
        if !accepts(&version) {
            return Err(wrong(format!("its version is {version}")));
        }
        Ok(Located { folder: folder.to_owned(), version, origin: Origin::Named, libraries: Vec::new() })
    }

    /// Folders of the PATH; none where the machine's parts are passed over. A relative one, which an empty entry is as well, says
    /// nothing about the machine.
    fn path(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let path = env::var_os("PATH").filter(|_| self.system).unwrap_or_default();
        let folders: Vec<PathBuf> = env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
        folders.into_iter()
    }

    fn installed(&self, part: Part) -> Option<Located> {
        let system_folders = part.system_folders().iter().filter(|_| self.system).map(PathBuf::from);
        let folders = system_folders.chain(self.path());
        let whole = |folder: &PathBuf| part.programs().iter().all(|program| program_in(folder, program).is_file());
        folders.filter(whole).find_map(|folder| {
            let version = ask_version(part, &folder, &[])?;
            part.accepts(&version).then(|| Located { folder, version, origin: Origin::System, libraries: Vec::new() })
        })
    }

    fn fetched(&self, part: Part) -> Option<Located> {
        let root = self.directory.join(part.name());
        located(part, &root, &fs::read_to_string(root.join(MARKER)).ok()?)
    }

    fn fetch(&self, part: Part, progress: &mut dyn FnMut(&str)) -> Result<Located, FetchError> {
        let _lock = self.lock(progress)?;
        // Another process may have fetched it while this one waited.
        if let Some(found) = self.fetched(part) {
            return Ok(found);
        }
        let help = format!("install {part} yourself and put it on the PATH or name it in {}", part.variable());
        progress(&format!("{part}: reading Debian's package lists ({})", part.suite()));
        let apt = self.apt(part.suite(), &help)?;

        let unpacking = self.directory.join(format!("{}.unpacking", part.name()));
        let _ = fs::remove_dir_all(&unpacking);
        progress(&format!("{part}: downloading {}", part.packages().join(", ")));
        let mut packages = apt.unpack(part.packages(), &unpacking)?;
        packages.append(&mut fetch_libraries(part, &unpacking, &apt, progress)?);
        if matches!(part, Part::Alertmanager25 | Part::Alertmanager33) {
            let program = program_in(&unpacking.join(part.unpacked_folder()), part.program());
            relocate::alertmanager(&program).map_err(|source| FetchError::File { path: program, source })?;
        }

        let packages = packages.join("\n") + "\n";
        let found = located(part, &unpacking, &packages).ok_or_else(|| FetchError::Unusable {
            program: part.to_string(),
            problem: format!("`{} --version` fails", part.program()),
            help: help.clone(),
        })?;
        if !part.accepts(&found.version) {
            let problem = format!("the mirror's version is {}", found.version);
            return Err(FetchError::Unusable { program: part.to_string(), problem, help });
        }
        write(&unpacking.join(MARKER), &packages)?;
        let root = self.directory.join(part.name());
        let _ = fs::remove_dir_all(&root);
        fs::rename(&unpacking, &root).map_err(|source| FetchError::File { path: root.clone(), source })?;
        progress(&format!("{part}: {} is ready in {}", found.version, root.display()));
        located(part, &root, &packages).ok_or_else(|| FetchError::Unusable {
            program: part.to_string(),
            problem: "it ran before it was moved into place".to_owned(),
            help,
        })
    }
}

/// Fetches libraries until none is missing; each may bring needs of its own, hence the rounds.
fn fetch_libraries(
    part: Part,
    root: &Path,
    apt: &Apt<'_>,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<String>, FetchError> {
    let mut packages = Vec::new();
    for _round in 0..6 {
        let folders = libraries::folders(root);
        let programs = part.programs().iter().map(|program| program_in(&root.join(part.unpacked_folder()), program));
        let wanted = programs.flat_map(|program| libraries::missing(&program, &folders));
        let mut wanted: Vec<&str> = wanted.filter_map(|library| libraries::package_of(&library)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            break;
        }
        progress(&format!("{part}: downloading libraries it needs: {}", wanted.join(", ")));
        packages.append(&mut apt.unpack(&wanted, root)?);
    }
    Ok(packages)
}

/// The part that was unpacked into `root` from `packages`.
fn located(part: Part, root: &Path, packages: &str) -> Option<Located> {
    let folder = root.join(part.unpacked_folder());
    let libraries = libraries::folders(root);
    let version = unpacked_version(part, &folder, &libraries, packages)?;
    Some(Located { folder, version, origin: Origin::Fetched, libraries })
}

/// Prometheus from 2.42 on.
fn supported(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(2), Some(42))
}
