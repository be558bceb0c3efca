//! The README's example is run as it stands.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Instant,
};

use crate::support::{PATIENCE, child::Child, sample};

mod example {
    include!("../../examples/ten_lines/app.rs");

    #[test]
    #[ignore = "a process of its own"]
    fn run() {
        main().unwrap();
    }
}

#[test]
fn empty_app_serves_the_histogram_of_its_spans() {
    // Freed at once for the child; nobody else on the machine is likely to take it in between.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let child = Child::start("ten_lines::example::run", &[("ADDRESS", &address.to_string())]);

    assert!(get(address, "/").ends_with("hello\n"));
    let metrics = get(address, "/metrics");
    assert!(metrics.starts_with("HTTP/1.1 200"), "{metrics}");
    let hello = r#"{otel_scope_name="lapwing",outcome="ok",span_name="hello"}"#;
    assert_eq!(sample(&metrics, &format!("span_duration_seconds_count{hello}")), Some("1"), "{metrics}");
    assert!(metrics.contains("# TYPE span_duration_seconds histogram"), "{metrics}");
    assert!(sample(&metrics, "lapwing_gathers_total").is_some(), "{metrics}");

    child.terminate();
    let (status, said) = child.end();
    assert!(status.success(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// Tries until the server is there.
fn get(address: SocketAddr, path: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(address) {
            Ok(mut stream) => {
                write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                return answer;
            }
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    }
}

#[test]
fn wrong_configuration_is_shown_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("telemetry.yaml");
    std::fs::write(&file, "file_format: \"1.1\"\nmeter_provder:\n").unwrap();
    let child = Child::start("ten_lines::example::run", &[("OTEL_CONFIG_FILE", file.to_str().unwrap())]);
    let (status, said) = child.end();
    assert!(!status.success());
    assert!(said.contains("= help: did you mean `meter_provider`?"), "{said}");
    assert!(said.contains("telemetry.yaml:2:1\n"), "{said}");
}
