//! SIGTERM ends a program as ever, but not before its spans are out.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use lapwing::Sigterm;

use crate::support::{child::Child, collector::Collector};

fn configuration(collector: &Collector) -> String {
    // A delay so long that only a flush can send the span.
    format!(
        "file_format: \"1.1\"
tracer_provider:
  processors:
    - batch: {{schedule_delay: 600000, exporter: {{otlp_http: {{endpoint: \"http://{}/v1/traces\"}}}}}}
",
        collector.address()
    )
}

/// A program that handles SIGTERM nowhere, inside a runtime as most are.
#[test]
#[ignore = "a process of its own"]
fn program() {
    let grace = Duration::from_millis(std::env::var("GRACE").unwrap().parse().unwrap());
    let yaml = std::env::var("YAML").unwrap();
    let telemetry = lapwing::builder().config_text("test.yaml", yaml).sigterm(Sigterm::Flush { grace }).init().unwrap();
    tracing::info_span!("before the end").in_scope(|| {});
    println!("ready");
    let stops = std::env::var_os("STOPS").is_some();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if stops {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).unwrap();
        } else {
            std::future::pending::<()>().await;
        }
        // Inside the runtime, on purpose.
        drop(telemetry);
    });
}

#[test]
fn program_without_a_handler_is_flushed_and_then_dies_of_it() {
    let collector = Collector::start();
    let child = Child::start("sigterm::program", &[("YAML", &configuration(&collector)), ("GRACE", "300")]);
    child.line_with("ready");
    assert!(collector.requests().is_empty());
    child.terminate();
    collector.span("before the end");
    let (status, said) = child.end();
    assert_eq!(status.signal(), Some(15), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn program_that_waits_longer_than_it_lives_is_flushed_at_once() {
    let collector = Collector::start();
    let child = Child::start("sigterm::program", &[("YAML", &configuration(&collector)), ("GRACE", "600000")]);
    child.line_with("ready");
    child.terminate();
    // Flushed although the grace is not over, and the process lives.
    collector.span("before the end");
}

#[test]
fn guard_dropped_inside_a_runtime_flushes() {
    let collector = Collector::start();
    let variables = [("YAML", &*configuration(&collector)), ("GRACE", "600000"), ("STOPS", "1")];
    // Its standard input is closed, which is what it waits for.
    let child = Child::start("sigterm::program", &variables);
    let (status, said) = child.end();
    assert!(status.success(), "{said}");
    collector.span("before the end");
}
