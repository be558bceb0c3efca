//! What can be fetched, and how each part is recognised.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

/// A program of somebody else's that tests, the demo or measurements run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Prometheus 2.42 with promtool, as in Debian 12: the oldest that is supported.
    Prometheus2,
    /// Prometheus 3.x with promtool.
    Prometheus3,
    /// Alertmanager 0.25 with amtool, as in Debian 12: the oldest that is supported.
    Alertmanager25,
    /// Alertmanager 0.33 or newer with amtool.
    Alertmanager33,
    /// PostgreSQL 15: `postgres`, `initdb`, `pg_ctl`.
    Postgres15,
    /// VictoriaMetrics 1.145 or newer, single node, with `vmagent`, `vmalert` and `vmauth`.
    VictoriaMetrics,
    /// The load generator wrk, 4 or newer.
    Wrk,
    /// Valgrind 3.19 or newer with callgrind, which counts instructions.
    Valgrind,
}

impl Part {
    /// The servers that tests need, in the order in which they are fetched.
    pub const ALL: [Part; 6] = [
        Part::Prometheus3,
        Part::Prometheus2,
        Part::Alertmanager33,
        Part::Alertmanager25,
        Part::Postgres15,
        Part::VictoriaMetrics,
    ];

    /// Parts that no test needs, only a measurement.
    pub const TOOLS: [Part; 2] = [Part::Wrk, Part::Valgrind];

    /// Short name, also of its folder in the parts directory.
    pub fn name(self) -> &'static str {
        match self {
            Part::Prometheus2 => "prometheus-2",
            Part::Prometheus3 => "prometheus-3",
            Part::Alertmanager25 => "alertmanager-0.25",
            Part::Alertmanager33 => "alertmanager-0.33",
            Part::Postgres15 => "postgresql-15",
            Part::VictoriaMetrics => "victoria-metrics",
            Part::Wrk => "wrk",
            Part::Valgrind => "valgrind",
        }
    }

    /// Environment variable that names the program (or the folder it is in) and wins over everything else.
    pub fn variable(self) -> &'static str {
        match self {
            Part::Prometheus2 => "LAPWING_PROMETHEUS_2",
            Part::Prometheus3 => "LAPWING_PROMETHEUS_3",
            Part::Alertmanager25 => "LAPWING_ALERTMANAGER_0_25",
            Part::Alertmanager33 => "LAPWING_ALERTMANAGER_0_33",
            Part::Postgres15 => "LAPWING_POSTGRES",
            Part::VictoriaMetrics => "LAPWING_VICTORIA_METRICS",
            Part::Wrk => "LAPWING_WRK",
            Part::Valgrind => "LAPWING_VALGRIND",
        }
    }

    /// The program that is looked for and asked for its version.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Part::Prometheus2 | Part::Prometheus3 => "prometheus",
            Part::Alertmanager25 | Part::Alertmanager33 => "alertmanager",
            Part::Postgres15 => "postgres",
            Part::VictoriaMetrics => "victoria-metrics",
            Part::Wrk => "wrk",
            Part::Valgrind => "valgrind",
        }
    }

    /// Programs that have to be in the same folder for the part to be whole.
    pub(crate) fn programs(self) -> &'static [&'static str] {
        match self {
            Part::Prometheus2 | Part::Prometheus3 => &["prometheus", "promtool"],
            Part::Alertmanager25 | Part::Alertmanager33 => &["alertmanager", "amtool"],
            Part::Postgres15 => &["postgres", "initdb"],
            Part::VictoriaMetrics => &["victoria-metrics", "vmagent", "vmalert", "vmauth"],
            Part::Wrk => &["wrk"],
            Part::Valgrind => &["valgrind"],
        }
    }

    /// Folders outside PATH in which Debian installs the part.
    pub(crate) fn system_folders(self) -> &'static [&'static str] {
        match self {
            Part::Postgres15 => &["/usr/lib/postgresql/15/bin"],
            _ => &[],
        }
    }

    /// Folder of the programs inside an unpacked package.
    pub(crate) fn unpacked_folder(self) -> &'static str {
        match self {
            Part::Postgres15 => "usr/lib/postgresql/15/bin",
            _ => "usr/bin",
        }
    }

    /// Debian suite the part is fetched from.
    pub(crate) fn suite(self) -> &'static str {
        match self {
            Part::Prometheus3 | Part::Alertmanager33 | Part::VictoriaMetrics => "sid",
            _ => "bookworm",
        }
    }

    /// Packages that are unpacked; missing shared libraries come on top (see `libraries`).
    pub(crate) fn packages(self) -> &'static [&'static str] {
        match self {
            Part::Prometheus2 => &["prometheus"],
            Part::Prometheus3 => &["prometheus", "promtool"],
            Part::Alertmanager25 | Part::Alertmanager33 => &["prometheus-alertmanager"],
            Part::Postgres15 => &["postgresql-15", "postgresql-client-15"],
            Part::VictoriaMetrics => &["victoria-metrics"],
            Part::Wrk => &["wrk"],
            Part::Valgrind => &["valgrind"],
        }
    }

    /// Whether a program of this version is this part.
    pub(crate) fn accepts(self, version: &str) -> bool {
        let mut numbers = version.split('.').map(|n| n.parse::<u32>().unwrap_or(0));
        let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        match self {
            Part::Prometheus2 => (major, minor) == (2, 42),
            Part::Prometheus3 => major >= 3,
            Part::Alertmanager25 => (major, minor) == (0, 25),
            Part::Alertmanager33 => (major, minor) >= (0, 33),
            Part::Postgres15 => major == 15,
            // That of docker-compose.yml.
            Part::VictoriaMetrics => (major, minor) >= (1, 145),
            Part::Wrk => major >= 4,
            // Older ones don't read what the compiler writes.
            Part::Valgrind => (major, minor) >= (3, 19),
        }
    }

    /// Exit codes of `--version`.
    fn version_codes(self) -> &'static [i32] {
        match self {
            // Having told its version, wrk goes on to miss the address.
            Part::Wrk => &[0, 1],
            _ => &[0],
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Prometheus2 => "Prometheus 2.42",
            Part::Prometheus3 => "Prometheus 3",
            Part::Alertmanager25 => "Alertmanager 0.25",
            Part::Alertmanager33 => "Alertmanager 0.33",
            Part::Postgres15 => "PostgreSQL 15",
            Part::VictoriaMetrics => "VictoriaMetrics 1.145",
            Part::Wrk => "wrk",
            Part::Valgrind => "Valgrind",
        })
    }
}

/// Where a part was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Named in the environment or by the caller.
    Named,
    /// Installed on the machine.
    System,
    /// Fetched into the parts directory.
    Fetched,
}

/// A part that is there and answered with its version.
#[derive(Clone, Debug)]
pub struct Located {
    /// Folder of its programs.
    pub folder: PathBuf,
    /// Version as its program tells it, such as `2.42.0`.
    pub version: String,
    /// Where it came from.
    pub origin: Origin,
    /// `LD_LIBRARY_PATH` its programs need; empty where the machine has all libraries.
    pub(crate) libraries: Vec<PathBuf>,
}

impl Located {
    /// Path of one of its programs, such as `promtool`.
    pub fn program(&self, name: &str) -> PathBuf {
        program_in(&self.folder, name)
    }

    /// A command of one of its programs with the environment it needs. A fetched `alertmanager` needs a working directory as well,
    /// so paths among its arguments have to be absolute.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.program(name));
        if let Some(path) = self.library_path() {
            command.env("LD_LIBRARY_PATH", path);
        }
        // Valgrind knows of its tools only where they were to be installed.
        let tools = self.folder.with_file_name("libexec").join("valgrind");
        if self.origin == Origin::Fetched && tools.is_dir() {
            command.env("VALGRIND_LIB", tools);
        }
        // See `relocate`.
        if self.origin == Origin::Fetched
            && name == "alertmanager"
            && let Some(usr) = self.folder.parent()
        {
            command.current_dir(usr);
        }
        command
    }

    /// `LD_LIBRARY_PATH` its programs need, where they need one.
    pub fn library_path(&self) -> Option<std::ffi::OsString> {
        match self.libraries.is_empty() {
            true => None,
            false => std::env::join_paths(&self.libraries).ok(),
        }
    }

    /// First number of the version.
    pub fn major(&self) -> u32 {
        self.version.split('.').next().and_then(|n| n.parse().ok()).unwrap_or(0)
    }
}

/// A program under its own name or under the one Debian gives it, which is `prometheus-alertmanager` for `alertmanager`.
pub(crate) fn program_in(folder: &Path, name: &str) -> PathBuf {
    let (own, debians) = (folder.join(name), folder.join(format!("prometheus-{name}")));
    if !own.is_file() && debians.is_file() { debians } else { own }
}

/// Asks the part's program in `folder` for its version: the first word of the answer that starts with a digit, without what follows the
/// digits and dots.
pub(crate) fn ask_version(part: Part, folder: &Path, libraries: &[PathBuf]) -> Option<String> {
    version_in(&answer(part, folder, libraries)?)
}

/// What the part's program says to `--version`, where it runs.
fn answer(part: Part, folder: &Path, libraries: &[PathBuf]) -> Option<String> {
    let mut command = Command::new(program_in(folder, part.program()));
    if !libraries.is_empty() {
        command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).ok()?);
    }
    let output = command.arg("--version").output().ok()?;
    output.status.code().filter(|code| part.version_codes().contains(code))?;
    // Prometheus 2.42 tells its version on standard error.
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// As [`ask_version`], of a program that was unpacked from `packages`, file names such as `victoria-metrics_1.145.0+ds1-2_amd64.deb`: what
/// Debian builds of VictoriaMetrics answers with an empty line, so its version is that of the package.
pub(crate) fn unpacked_version(part: Part, folder: &Path, libraries: &[PathBuf], packages: &str) -> Option<String> {
    version_in(&answer(part, folder, libraries)?).or_else(|| packaged_version(part, packages))
}

fn packaged_version(part: Part, packages: &str) -> Option<String> {
    let prefix = format!("{}_", part.packages().first()?);
    packages.lines().find_map(|file| version_in(file.strip_prefix(&prefix)?))
}

fn version_in(answer: &str) -> Option<String> {
    // Debian's wrk calls itself `debian/4.1.0-3`, Valgrind itself `valgrind-3.19.0`, VictoriaMetrics' agent itself
    // `vmagent-20260907-152233-tags-v1.145.0-0-g5d1c0a2`.
    let bare = |word| {
        let named = ["debian/", "valgrind-"].iter().find_map(|name| str::strip_prefix(word, name));
        named.or_else(|| Some(str::split_once(word, "-tags-v")?.1)).unwrap_or(word)
    };
    let mut words = answer.split_whitespace().map(bare);
    let word = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    Some(word[..end].trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_what_programs_say() {
        let prometheus = "prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5)";
        assert_eq!(version_in(prometheus).as_deref(), Some("2.42.0"));
        assert_eq!(version_in("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)").as_deref(), Some("15.18"));
        let wrk = "wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer";
        assert_eq!(version_in(wrk).as_deref(), Some("4.1.0"));
        assert_eq!(version_in("valgrind-3.19.0").as_deref(), Some("3.19.0"));
        let victoria = "victoria-metrics-20260907-152233-tags-v1.145.0-0-g5d1c0a2";
        assert_eq!(version_in(victoria).as_deref(), Some("1.145.0"));
        assert_eq!(version_in("no number"), None);
    }

    #[test]
    fn version_of_a_silent_program_is_that_of_its_package() {
        let packages = "libzstd1_1.5.7_amd64.deb\nvictoria-metrics_1.145.0+ds1-2_amd64.deb\n";
        assert_eq!(packaged_version(Part::VictoriaMetrics, packages).as_deref(), Some("1.145.0"));
        assert_eq!(packaged_version(Part::Wrk, packages), None);
    }

    #[test]
    fn each_part_accepts_its_own_versions_only() {
        assert!(Part::Prometheus2.accepts("2.42.0"));
        assert!(!Part::Prometheus2.accepts("2.53.1"));
        assert!(Part::Prometheus3.accepts("3.5.3"));
        assert!(!Part::Prometheus3.accepts("2.53.1"));
        assert!(Part::Alertmanager25.accepts("0.25.0"));
        assert!(!Part::Alertmanager25.accepts("0.27.0"));
        assert!(Part::Alertmanager33.accepts("0.33.1"));
        assert!(!Part::Alertmanager33.accepts("0.28.1"));
        assert!(Part::Postgres15.accepts("15.18"));
        assert!(!Part::Postgres15.accepts("16.1"));
        assert!(Part::VictoriaMetrics.accepts("1.145.0"));
        assert!(!Part::VictoriaMetrics.accepts("1.79.5"));
        assert!(Part::Valgrind.accepts("3.24.0"));
        assert!(!Part::Valgrind.accepts("3.18.1"));
    }
}
