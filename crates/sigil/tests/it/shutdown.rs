//! The orderly end.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::sigil::{PATIENCE, Setup, Sigil, eventually, id_of};

fn ends_well(signal: Signal) {
    let mut sigil = Sigil::start();
    sigil.fault(json!({"operation": "encode", "latency": {"distribution": "fixed", "ms": 1500}}));
    let ids: Vec<String> = std::thread::scope(|scope| {
        let sigil = &sigil;
        let requests: Vec<_> = (0..24)
            .map(|n| {
                scope.spawn(move || {
                    let response = sigil.post("/api/sigils", &json!({"content": format!("content {n}")}));
                    assert_eq!(response.status(), 201);
                    id_of(&response.json().unwrap())
                })
            })
            .collect();
        eventually("all are in flight", PATIENCE, || (sigil.store()["in_flight"] == 24).then_some(()));
        sigil.signal(signal);
        requests.into_iter().map(|request| request.join().unwrap()).collect()
    });
    let status = sigil.process.wait_exit(PATIENCE).unwrap().expect("it ends");
    assert!(status.success(), "{status}: {}", sigil.process.log_tail(20));
    let again = Setup::default().on(&sigil.data).start();
    assert!(ids.iter().all(|id| again.status(id).as_deref() == Some("active")));
    assert_eq!(again.store()["records"], 24);
}

#[test]
fn requests_in_flight_at_sigterm_are_answered() {
    ends_well(Signal::TERM);
}

#[test]
fn requests_in_flight_at_sigint_are_answered() {
    ends_well(Signal::INT);
}

#[test]
fn a_second_service_on_the_same_data_says_why_it_cannot_start() {
    let first = Sigil::start();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sigil"))
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(&first.data)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is another sigil running on it?"), "{output:?}");
    assert!(output.stdout.is_empty());
}

#[test]
fn wrong_settings_are_said_at_once() {
    for (args, said) in
        [(["--admin", "0.0.0.0:1"], "loopback"), (["--listen", "here"], "--listen"), (["--nope", "1"], "--nope")]
    {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_sigil")).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{output:?}");
    }
}

#[test]
fn idle_connections_do_not_hold_the_end_up() {
    let mut sigil = Sigil::start();
    // The client keeps its connection.
    let _: Value = sigil.get("/health").json().unwrap();
    sigil.signal(Signal::TERM);
    let status = sigil.process.wait_exit(PATIENCE / 2).unwrap().expect("it ends");
    assert!(status.success());
}

#[test]
fn second_signal_waits_for_nobody() {
    let mut sigil = Sigil::start();
    sigil.fault(json!({"operation": "encode", "latency": {"distribution": "fixed", "ms": 600_000}}));
    std::thread::scope(|scope| {
        let (client, url) = (sigil.client.clone(), format!("{}/api/sigils", sigil.url));
        // Never answered.
        scope.spawn(move || client.post(url).json(&json!({"content": "x"})).send().is_err());
        eventually("it is in flight", PATIENCE, || (sigil.store()["in_flight"] == 1).then_some(()));
        sigil.signal(Signal::INT);
        let address = sigil.url.strip_prefix("http://").unwrap().to_owned();
        eventually("it is stopping", PATIENCE, || std::net::TcpStream::connect(&address).is_err().then_some(()));
        sigil.signal(Signal::INT);
        // The first alone would wait for 30 s.
        let status = sigil.process.wait_exit(PATIENCE / 4).unwrap().expect("it ends");
        assert!(status.success(), "{status}: {}", sigil.process.log_tail(20));
    });
}
