use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use stack::{Origin, Part, Parts, PartsError};
use tempfile::TempDir;

/// A shell script as a program.
fn program(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn fetched_part_is_found_once_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let parts = Parts::at(folder.path());
    let root = folder.path().join("prometheus-3");
    program(&root.join("usr/bin/prometheus"), "echo 'prometheus, version 3.5.3+ds1 (branch: x)'");
    assert!(parts.find(Part::Prometheus3).unwrap().is_none(), "half fetched");
    fs::write(root.join("fetched"), "").unwrap();
    let found = parts.find(Part::Prometheus3).unwrap().unwrap();
    assert_eq!((found.version.as_str(), found.major(), found.origin), ("3.5.3", 3, Origin::Fetched));
    assert_eq!(found.program("promtool"), root.join("usr/bin/promtool"));
}

#[test]
fn alertmanager_is_found_under_its_own_name_and_under_debians() {
    for name in ["alertmanager", "prometheus-alertmanager"] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("alertmanager-0.25");
        program(&root.join("usr/bin").join(name), "echo 'alertmanager, version 0.25.0 (branch: x)'; pwd");
        fs::write(root.join("fetched"), "").unwrap();
        let found = Parts::at(folder.path()).find(Part::Alertmanager25).unwrap().unwrap();
        assert_eq!(
            (found.version.as_str(), found.program("alertmanager")),
            ("0.25.0", root.join("usr/bin").join(name))
        );
        let output = found.command("alertmanager").output().unwrap();
        let usr = fs::canonicalize(root.join("usr")).unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().nth(1), usr.to_str(), "where its data lie");
    }
}

#[test]
fn part_whose_version_question_fails_is_found_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("wrk");
    let script = |code| format!("echo 'wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer'; exit {code}");
    program(&root.join("usr/bin/wrk"), &script(1));
    fs::write(root.join("fetched"), "").unwrap();
    let found = Parts::at(folder.path()).find(Part::Wrk).unwrap().unwrap();
    assert_eq!(found.version, "4.1.0");
    program(&root.join("usr/bin/wrk"), &script(127));
    assert!(Parts::at(folder.path()).find(Part::Wrk).unwrap().is_none(), "a program that can't be loaded");
}

#[test]
fn fetched_valgrind_is_told_where_its_tools_are() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("valgrind");
    program(
        &root.join("usr/bin/valgrind"),
        "case $1 in --version) echo valgrind-3.19.0;; *) echo $VALGRIND_LIB;; esac",
    );
    let tools = root.join("usr/libexec/valgrind");
    fs::create_dir_all(&tools).unwrap();
    fs::write(root.join("fetched"), "").unwrap();
    let found = Parts::at(folder.path()).find(Part::Valgrind).unwrap().unwrap();
    assert_eq!(found.version, "3.19.0");
    let output = found.command("valgrind").arg("true").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), tools.display().to_string());
}

#[test]
fn absent_part_says_how_to_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let error = Parts::at(folder.path()).get(Part::Postgres15).unwrap_err();
    assert!(matches!(error, PartsError::Missing { .. }));
    assert_eq!(
        error.to_string(),
        "PostgreSQL 15 is neither named in LAPWING_POSTGRES, nor installed, nor fetched; `cargo xtask fetch` fetches it"
    );
}

/// Not a test by itself: what the others run in processes with an environment of their own.
#[test]
#[ignore = "run by the tests below in a process of its own"]
fn ask_for_prometheus_3() {
    let parts = Parts::from_env().apt_sources(env::var_os("ASK_APT").unwrap_or_default());
    let mut progress = |line: &str| println!("progress: {line}");
    let found = match env::var("ASK").unwrap().as_str() {
        "find" => parts.find(Part::Prometheus3),
        "fetch" => parts.get_or_fetch(Part::Prometheus3, &mut progress).map(Some),
        "any" => parts.any_prometheus(None, &mut progress).map(Some),
        other => panic!("{other}"),
    };
    match found {
        Ok(Some(found)) => println!("found: {} {:?} {}", found.version, found.origin, found.folder.display()),
        Ok(None) => println!("found: nothing"),
        Err(error) => println!("error: {error}"),
    }
}

/// A machine made of scripts: `bin` is its PATH, `parts` its parts directory, `apt` its sources.
struct Machine(TempDir);

impl Machine {
    fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("apt")).unwrap();
        fs::write(folder.path().join("apt/sources.list"), "deb http://mirror.test/debian trixie main\n").unwrap();
        fs::create_dir_all(folder.path().join("bin")).unwrap();
        Machine(folder)
    }

    fn path(&self, inner: &str) -> std::path::PathBuf {
        self.0.path().join(inner)
    }

    /// An apt whose `download` makes a file, and a dpkg whose `-x` makes a Prometheus of `version` of it.
    fn with_apt(version: &str) -> Machine {
        let machine = Machine::new();
        let log = machine.path("log").display().to_string();
        program(
            &machine.path("bin/apt-get"),
            &format!(
                "case \"$*\" in --version) ;; *update*) cat \"$(dirname $APT_CONFIG)/sources/\"* >> {log} ;;\n\
                 *download*) echo downloaded >> {log}; echo whole > prometheus_1.deb ;; esac"
            ),
        );
        let prometheus = format!("#!/bin/sh\\necho prometheus, version {version}\\n");
        program(
            &machine.path("bin/dpkg"),
            &format!(
                "test \"$1\" = --version && exit 0\ntest \"$(cat $2)\" = whole || exit 1\nmkdir -p $3/usr/bin\n\
                 printf '{prometheus}' > $3/usr/bin/prometheus\nchmod +x $3/usr/bin/prometheus"
            ),
        );
        machine
    }

    fn command(&self, ask: &str) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "parts::ask_for_prometheus_3", "--ignored", "--nocapture"]);
        // The scripts need a shell's tools.
        let path = format!("{}:/usr/local/nothing:/bin:/usr/bin", self.path("bin").display());
        command.env("ASK", ask).env("PATH", path).env("ASK_APT", self.path("apt"));
        command.env("LAPWING_PARTS", self.path("parts")).env("LAPWING_SYSTEM_PARTS", "0");
        for name in ["LAPWING_PROMETHEUS_3", "LAPWING_PROMETHEUS_2", "LAPWING_OFFLINE"] {
            command.env_remove(name);
        }
        command
    }

    fn ask(&self, ask: &str) -> String {
        said(&self.command(ask).output().unwrap())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn variable_wins_and_a_wrong_one_is_never_passed_over() {
    let machine = Machine::new();
    let named = machine.path("mine/prometheus");
    program(&named, "echo 'prometheus, version 3.9.1'");
    let ask = |path: &Path| said(&machine.command("find").env("LAPWING_PROMETHEUS_3", path).output().unwrap());
    assert!(ask(&named).contains("found: 3.9.1 Named"));
    assert!(ask(named.parent().unwrap()).contains("found: 3.9.1 Named"));
    program(&named, "echo 'prometheus, version 2.42.0'");
    assert!(
        ask(&named).contains("no Prometheus 3 that can be used: its version is 2.42.0; correct it or leave it out")
    );
    assert!(ask(Path::new("/no/such")).contains("`/no/prometheus --version` doesn't run"));
}

#[test]
fn installed_program_is_found_by_its_version() {
    let machine = Machine::new();
    program(&machine.path("bin/prometheus"), "echo 'prometheus, version 3.1.0' >&2");
    program(&machine.path("bin/promtool"), "");
    let found = said(&machine.command("find").env("LAPWING_SYSTEM_PARTS", "1").output().unwrap());
    assert!(found.contains("found: 3.1.0 System"), "{found}");
    assert!(machine.ask("find").contains("found: nothing"));
}

#[test]
fn any_prometheus_takes_one_between_the_tested_versions() {
    let machine = Machine::new();
    program(&machine.path("bin/prometheus"), "echo 'prometheus, version 2.53.1'");
    let mut command = machine.command("any");
    // Nothing but the scripts: a machine may have one of the tested versions installed.
    command.env("LAPWING_SYSTEM_PARTS", "1").env("PATH", machine.path("bin"));
    let found = said(&command.output().unwrap());
    assert!(found.contains("found: 2.53.1 System"), "{found}");
    command.env("LAPWING_SYSTEM_PARTS", "0").env("LAPWING_OFFLINE", "1");
    assert!(said(&command.output().unwrap()).contains("error: Prometheus 3 isn't there"));
}

#[test]
fn part_is_fetched_once_from_the_machines_own_mirror() {
    let machine = Machine::with_apt("3.5.3");
    let first = machine.ask("fetch");
    assert!(first.contains("progress: Prometheus 3: downloading prometheus, promtool"), "{first}");
    assert!(first.contains("found: 3.5.3 Fetched"), "{first}");
    assert!(machine.log().contains("URIs: http://mirror.test/debian\nSuites: sid\n"), "{}", machine.log());
    let second = machine.ask("fetch");
    assert!(second.contains("found: 3.5.3 Fetched") && !second.contains("progress"), "{second}");
    assert_eq!(machine.log().matches("downloaded").count(), 1);
}

#[test]
fn fetches_at_the_same_time_download_once() {
    let machine = Machine::with_apt("3.5.3");
    let start = || machine.command("fetch").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = (0..4).map(|_| start()).collect();
    for child in children {
        let said = said(&child.wait_with_output().unwrap());
        assert!(said.contains("found: 3.5.3 Fetched"), "{said}");
    }
    assert_eq!(machine.log().matches("downloaded").count(), 1);
}

#[test]
fn broken_off_fetch_is_done_afresh() {
    let machine = Machine::with_apt("3.5.3");
    // What a killed fetch leaves: a partial download, and a folder half unpacked.
    fs::create_dir_all(machine.path("parts/apt/sid/downloads")).unwrap();
    fs::write(machine.path("parts/apt/sid/downloads/prometheus_1.deb"), "par").unwrap();
    fs::create_dir_all(machine.path("parts/prometheus-3.unpacking/usr/bin")).unwrap();
    fs::write(machine.path("parts/prometheus-3.unpacking/usr/bin/leftover"), "").unwrap();
    assert!(machine.ask("fetch").contains("found: 3.5.3 Fetched"));
    assert!(!machine.path("parts/prometheus-3/usr/bin/leftover").exists());
}

#[test]
fn failed_fetch_says_why_and_what_to_do() {
    let machine = Machine::with_apt("3.5.3");
    program(
        &machine.path("bin/apt-get"),
        "test \"$1\" = --version && exit 0\necho 'E: Could not resolve mirror.test' >&2; exit 100",
    );
    let said = machine.ask("fetch");
    assert!(said.contains("error: cannot fetch Prometheus 3: `apt-get update` failed (is there a network?)"), "{said}");
    assert!(said.contains("put it on the PATH or name it in LAPWING_PROMETHEUS_3"), "{said}");
    assert!(said.contains("E: Could not resolve mirror.test"), "{said}");
    assert!(machine.ask("find").contains("found: nothing"));
}

#[test]
fn mirror_with_another_version_is_refused() {
    let machine = Machine::with_apt("2.53.0");
    let said = machine.ask("fetch");
    assert!(said.contains("is no Prometheus 3 that runs on this machine (the mirror's version is 2.53.0)"), "{said}");
    assert!(machine.ask("find").contains("found: nothing"));
}

#[test]
fn machine_without_a_debian_mirror_is_told() {
    let machine = Machine::with_apt("3.5.3");
    fs::write(machine.path("apt/sources.list"), "deb http://archive.test/ubuntu noble main\n").unwrap();
    let said = machine.ask("fetch");
    assert!(said.contains("name no mirror of Debian to fetch from; install Prometheus 3 yourself"), "{said}");
}

#[test]
fn machine_without_apt_is_told() {
    let machine = Machine::new();
    let path = machine.path("bin");
    let said = said(&machine.command("fetch").env("PATH", path).output().unwrap());
    assert!(
        said.contains("there is no `apt-get` on this machine to fetch packages with; install Prometheus 3"),
        "{said}"
    );
}

#[test]
fn offline_nothing_is_fetched() {
    let machine = Machine::with_apt("3.5.3");
    let said = said(&machine.command("fetch").env("LAPWING_OFFLINE", "1").output().unwrap());
    assert!(said.contains("error: Prometheus 3 isn't there, and LAPWING_OFFLINE=1 forbids to fetch it"), "{said}");
    assert_eq!(machine.log(), "");
}
