use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    time::Duration,
};

use stack::{Located, Part, Postgres, need};

/// Runs SQL with `psql`, or `None` where that isn't beside the server.
fn psql(located: &Located, url: &str, sql: &str) -> Option<Result<String, String>> {
    let program = located.program("psql");
    if !program.exists() && !Path::new("/usr/bin/psql").exists() {
        return None;
    }
    let mut command = if program.exists() { located.command("psql") } else { Command::new("psql") };
    let output = command.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", sql]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Some(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
}

/// First byte of the answer to an SSL request: `N` (no SSL here) shows that a backend is answering.
fn answers(address: &str) -> std::io::Result<u8> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47])?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(answer[0])
}

#[test]
fn acknowledged_rows_survive_stop_and_kill() {
    let Some(located) = need(Part::Postgres15) else { return };
    let mut postgres = Postgres::start(&located).unwrap();
    let url = postgres.url();
    let Some(created) = psql(&located, &url, "create table t (n int); insert into t values (1)") else { return };
    created.unwrap();
    postgres.stop().unwrap();
    assert!(TcpStream::connect(postgres.address()).is_err());
    postgres.restart().unwrap();
    assert_eq!(postgres.url(), url);
    psql(&located, &url, "insert into t values (2)").unwrap().unwrap();
    postgres.kill().unwrap();
    assert!(psql(&located, &url, "select 1").unwrap().is_err());
    postgres.restart().unwrap();
    assert_eq!(psql(&located, &url, "select sum(n) from t").unwrap().unwrap(), "3");
}

#[test]
fn paused_server_is_silent_and_answers_when_resumed() {
    let Some(located) = need(Part::Postgres15) else { return };
    let mut postgres = Postgres::start(&located).unwrap();
    assert_eq!(answers(&postgres.address()).unwrap(), b'N');
    postgres.process().pause().unwrap();
    let silence = answers(&postgres.address()).unwrap_err();
    assert!(matches!(silence.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{silence}");
    postgres.process().resume().unwrap();
    assert_eq!(answers(&postgres.address()).unwrap(), b'N');
}
