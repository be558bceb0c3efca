use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use stack::{Process, ProcessError, Signal};

const SECOND: Duration = Duration::from_secs(1);

fn sh(script: &str, folder: &Path) -> stack::ProcessBuilder {
    Process::builder("child", "/bin/sh", folder.join("log")).args(["-c", script])
}

/// Whether a process is there and no zombie.
fn runs(id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

fn await_gone(id: u32) {
    let begin = Instant::now();
    while runs(id) {
        assert!(begin.elapsed() < 10 * SECOND, "process {id} is still there");
        std::thread::yield_now();
    }
}

#[test]
fn line_of_the_child_is_awaited() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = sh("echo listening on 127.0.0.1:77; exec sleep 60", folder.path()).spawn().unwrap();
    let find = |line: &str| line.strip_prefix("listening on ").map(str::to_owned);
    assert_eq!(child.wait_line("its address", 5 * SECOND, find).unwrap(), "127.0.0.1:77");
    assert_eq!(child.stop().unwrap().signal(), Some(15));
}

#[test]
fn child_that_ends_early_is_reported_at_once_with_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = sh("echo no disk >&2; exit 3", folder.path()).spawn().unwrap();
    let begin = Instant::now();
    let error = child.wait_ready("http://127.0.0.1:1/", 60 * SECOND).unwrap_err();
    assert!(begin.elapsed() < 10 * SECOND);
    assert!(
        matches!(&error, ProcessError::Exited { status, tail, .. } if status.code() == Some(3) && tail == "no disk")
    );
    assert_eq!(error.to_string(), "child ended early (exit status: 3); the end of its log:\nno disk");
}

#[test]
fn child_that_is_never_ready_is_reported_with_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = sh("echo warming up; exec sleep 60", folder.path()).spawn().unwrap();
    child.wait_line("its first line", 5 * SECOND, |_| Some(())).unwrap();
    let error = child.wait_line("`ready`", Duration::from_millis(50), |line| (line == "ready").then_some(()));
    assert!(error.unwrap_err().to_string().contains("waited for `ready`); the end of its log:\nwarming up"));
}

#[test]
fn child_that_ignores_the_stop_signal_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' TERM; echo deaf; while :; do sleep 1; done";
    let mut child = sh(script, folder.path()).stop_deadline(Duration::from_millis(100)).spawn().unwrap();
    child.wait_line("its trap", 5 * SECOND, |line| (line == "deaf").then_some(())).unwrap();
    assert_eq!(child.stop().unwrap().signal(), Some(9));
}

#[test]
fn child_is_stopped_with_the_signal_it_wants() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap 'echo stopped by INT; exit 0' INT; echo up; while :; do sleep 0.05; done";
    let mut child = sh(script, folder.path()).stop_signal(Signal::Int).spawn().unwrap();
    child.wait_line("its trap", 5 * SECOND, |line| (line == "up").then_some(())).unwrap();
    assert_eq!(child.stop().unwrap().code(), Some(0));
    assert!(child.output().ends_with("stopped by INT\n"));
}

#[test]
fn dropped_child_is_gone_even_when_frozen() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = sh("exec sleep 60", folder.path()).spawn().unwrap();
    let id = child.id();
    child.pause().unwrap();
    drop(child);
    assert!(!runs(id));
}

#[test]
fn kill_takes_grandchildren_in_other_groups_along() {
    let folder = tempfile::tempdir().unwrap();
    let script = "setsid sleep 60 & echo $!; wait";
    let mut child = sh(script, folder.path()).spawn().unwrap();
    child.wait_line("the first line", 5 * SECOND, |_| Some(())).unwrap();
    let line: u32 = child.output().trim().parse().unwrap();
    child.kill().unwrap();
    await_gone(line);
}

#[test]
fn later_runs_append_to_the_log_and_read_only_their_own() {
    let folder = tempfile::tempdir().unwrap();
    for word in ["first", "second"] {
        let mut child = sh(&format!("echo {word}"), folder.path()).spawn().unwrap();
        assert!(child.wait_exit(5 * SECOND).unwrap().unwrap().success());
        assert_eq!(child.output(), format!("{word}\n"));
    }
    assert_eq!(fs::read_to_string(folder.path().join("log")).unwrap(), "first\nsecond\n");
}

#[test]
fn missing_program_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = Process::builder("child", "/no/such", folder.path().join("log")).spawn().unwrap_err();
    assert!(error.to_string().starts_with("cannot start child (`/no/such`); check that the program is there"));
}

/// Not a test by itself: what the next one runs as the owner that gets killed.
#[test]
#[ignore = "run by killed_owner_takes_its_child_along in a process of its own"]
fn owner_to_be_killed() {
    let folder = std::env::var("OWNER_FOLDER").unwrap();
    let child = sh("echo up; exec sleep 600", Path::new(&folder)).spawn().unwrap();
    fs::write(Path::new(&folder).join("id.part"), child.id().to_string()).unwrap();
    fs::rename(Path::new(&folder).join("id.part"), Path::new(&folder).join("id")).unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn killed_owner_takes_its_child_along() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::owner_to_be_killed", "--ignored"])
        .env("OWNER_FOLDER", folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    let id: u32 = loop {
        if let Ok(id) = fs::read_to_string(folder.path().join("id")) {
            break id.parse().unwrap();
        }
        assert!(
            begin.elapsed() < 30 * SECOND && owner.try_wait().unwrap().is_none(),
            "the owner didn't start its child"
        );
        std::thread::yield_now();
    };
    assert!(runs(id));
    owner.kill().unwrap();
    owner.wait().unwrap();
    await_gone(id);
}
