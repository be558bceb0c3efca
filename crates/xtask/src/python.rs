//! The strict OpenMetrics reader: `prometheus_client.openmetrics.parser` of the official Python client.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use stack::Parts;

use crate::step::StepError;

/// Pinned, so that a new release can't fail a build that was green.
const VERSION: &str = "0.26.0";

/// A Python that can import the reader.
pub(crate) struct Reader {
    path: Option<PathBuf>,
    /// Version and origin, for people.
    pub(crate) description: String,
}

impl Reader {
    /// `python3` with the reader on its path.
    pub(crate) fn command(&self) -> Command {
        python(self.path.as_deref())
    }
}

/// Finds the reader, or has it installed into the parts directory: from PyPI by pip, in a venv where the machine's Python has no pip,
/// and as Debian's package where it has neither; what is installed on the machine is the last resort. Nothing outside the parts directory is touched.
pub(crate) fn reader(parts: &Parts, progress: &mut dyn FnMut(&str)) -> Result<Reader, StepError> {
    let pinned = parts.directory().join(format!("python/prometheus-client-{VERSION}"));
    let debian = parts.directory().join("python/debian");
    let debian_path = debian.join("usr/lib/python3/dist-packages");
    let found = |path: Option<&Path>| {
        let version = version(path)?;
        let place = path.map_or("installed on the machine".to_owned(), |path| format!("in {}", path.display()));
        let description = format!("OpenMetrics reader: prometheus-client {version} ({place})");
        Some(Reader { path: path.map(Path::to_owned), description })
    };
    if let Some(reader) = found(Some(&pinned)).or_else(|| found(Some(&debian_path))) {
        return Ok(reader);
    }
    if parts.offline() {
        let tried = "LAPWING_OFFLINE=1 forbids to fetch it".to_owned();
        return found(None).ok_or(StepError::NoReader { tried });
    }
    let mut tried = String::new();
    progress(&format!("OpenMetrics reader: installing prometheus-client {VERSION}"));
    for way in [with_pip, with_venv] {
        match way(parts.directory(), &pinned) {
            Ok(()) => break,
            Err(problem) => tried.push_str(&problem),
        }
    }
    if version(Some(&pinned)).is_none() {
        progress("OpenMetrics reader: pip can't; taking Debian's newest package");
        if let Err(error) = parts.fetch_packages("sid", &["python3-prometheus-client"], &debian) {
            tried.push_str(&error.to_string());
        }
    }
    // What the machine has comes last: its version is nobody's choice.
    let found = found(Some(&pinned)).or_else(|| found(Some(&debian_path))).or_else(|| found(None));
    found.ok_or(StepError::NoReader { tried })
}

fn with_pip(_parts: &Path, target: &Path) -> Result<(), String> {
    let mut command = Command::new("python3");
    command.args(["-m", "pip"]);
    install(command, target)
}

/// The venv is only there for its pip.
fn with_venv(parts: &Path, target: &Path) -> Result<(), String> {
    let venv = parts.join("python/venv");
    let mut command = Command::new("python3");
    quiet(command.args(["-m", "venv"]).arg(&venv))?;
    let mut command = Command::new(venv.join("bin/python"));
    command.args(["-m", "pip"]);
    install(command, target)
}

/// Into a neighbour first: a broken-off install must not pass for a whole one.
fn install(mut pip: Command, target: &Path) -> Result<(), String> {
    let installing = target.with_extension("installing");
    let _ = fs::remove_dir_all(&installing);
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"]).arg(&installing);
    quiet(pip.arg(format!("prometheus-client=={VERSION}")))?;
    fs::rename(&installing, target).map_err(|error| format!("cannot rename to {}: {error}\n", target.display()))
}

fn quiet(command: &mut Command) -> Result<(), String> {
    let shown = crate::step::shown(command);
    let output = command.output().map_err(|error| format!("`{shown}`: {error}\n"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("`{shown}`: {}\n", String::from_utf8_lossy(&output.stderr).trim_end())),
    }
}

fn python(path: Option<&Path>) -> Command {
    let mut command = Command::new("python3");
    if let Some(path) = path {
        command.env("PYTHONPATH", path);
    }
    command
}

/// The reader's version, where it can be imported.
fn version(path: Option<&Path>) -> Option<String> {
    // From a path, it must come from there and not from elsewhere on the machine.
    if path.is_some_and(|path| !path.join("prometheus_client").is_dir()) {
        return None;
    }
    let script =
        "import prometheus_client.openmetrics.parser, importlib.metadata as m; print(m.version('prometheus_client'))";
    let output = python(path).args(["-c", script]).output().ok()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !version.is_empty()).then_some(version)
}
