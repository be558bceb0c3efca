use std::{fs, net::TcpListener, path::Path};

use rustix::process::{Pid, Signal, kill_process};
use stack::{Part, need};

use crate::program::{Demo, await_no_process_of, processes_of};

fn interrupted(signal: Signal) {
    if need(Part::Prometheus3).is_none() {
        return;
    }
    let mut demo = Demo::start(&[]);
    demo.await_line("load of about 100 operations a second until Ctrl-C");
    assert!(!demo.children("run-sigil").is_empty() && !demo.children("--config.file").is_empty());
    demo.signal(signal);
    let (ended, folder) = demo.end();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(ended.said.ends_with("all stopped\n"), "{}", ended.said);
    assert!(processes_of(folder.path()).is_empty());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn ctrl_c_ends_everything_in_order() {
    interrupted(Signal::INT);
}

#[test]
fn sigterm_ends_everything_in_order() {
    interrupted(Signal::TERM);
}

#[test]
fn killed_demo_leaves_no_process_behind() {
    if need(Part::Prometheus3).is_none() {
        return;
    }
    let mut demo = Demo::start(&[]);
    demo.await_line("load of about");
    demo.signal(Signal::KILL);
    let (ended, folder) = demo.end();
    assert_eq!(ended.code, None);
    await_no_process_of(folder.path());
}

#[test]
fn death_of_sigil_ends_the_demo_with_its_last_words() {
    let mut demo = Demo::without_prometheus(&["--report", "report.json"]);
    demo.await_line("load of about");
    let sigil = demo.children("run-sigil");
    assert_eq!(sigil.len(), 1);
    kill_process(Pid::from_raw(sigil[0] as i32).unwrap(), Signal::KILL).unwrap();
    let (ended, folder) = demo.end();
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert!(
        ended.said.contains("demo: sigil ended early (signal: 9 (SIGKILL)); the end of its log:"),
        "{}",
        ended.said
    );
    let report = fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert!(report.contains("doesn't answer"), "{report}");
}

#[test]
fn taken_port_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (ended, _) = Demo::without_prometheus(&["--port", &port]).end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.said.contains(&format!("can't listen on 127.0.0.1:{port}")), "{}", ended.said);
    assert!(ended.said.contains("another port can be chosen with --port"), "{}", ended.said);
}

#[test]
fn named_prometheus_that_is_none_is_an_error() {
    let (ended, _) = Demo::start(&["--prometheus", "/no/such/prometheus", "--duration", "1s"]).end();
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .said
            .contains("--prometheus /no/such/prometheus: there is no such file; name the program of Prometheus 2.42"),
        "{}",
        ended.said
    );
}

#[test]
fn report_that_cannot_be_written_is_said_before_the_run() {
    let (ended, _) = Demo::start(&["--report", "/no/such/folder/report.json"]).end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.said.contains("cannot write the report /no/such/folder/report.json"), "{}", ended.said);
    assert!(!ended.said.contains("starting sigil"));
}

#[test]
fn wrong_option_is_said_and_help_teaches() {
    let (ended, _) = Demo::start(&["--durations", "1s"]).end();
    assert_eq!(ended.code, Some(2));
    assert!(ended.said.contains("`cargo demo -- --help`"), "{}", ended.said);
    assert!(ended.said.contains("did you mean --duration?"), "{}", ended.said);
}

#[test]
fn help_is_had_through_the_cargo_alias_as_documented() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cargo/config.toml");
    let config = fs::read_to_string(config).unwrap();
    let alias = config.lines().find_map(|line| line.strip_prefix("demo = \"")?.strip_suffix('"')).unwrap();
    for documented in ["--help", "-- --help"] {
        let line = format!("{alias} {documented}");
        let words: Vec<&str> = line.split_whitespace().collect();
        // Cargo takes the first separator and hands on all that follows it.
        let separator = words.iter().position(|word| *word == "--").unwrap();
        let (ended, _) = Demo::start(&words[separator + 1..]).end();
        assert_eq!(ended.code, Some(0), "{line}: {}", ended.said);
        assert!(ended.said.contains("Examples:\n  cargo demo\n"), "{line}: {}", ended.said);
    }
}

#[test]
fn named_program_that_is_no_prometheus_is_an_error() {
    let (ended, _) = Demo::start(&["--prometheus", env!("CARGO_BIN_EXE_demo"), "--duration", "1s"]).end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.said.contains("wanted is 2.42 or newer, or 3.x"), "{}", ended.said);
}
