//! What can't be served is refused at the start, in words that help.

use std::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    thread,
};

use lapwing::{InitError, KeyValue};

use crate::support::{configuration, local, sample, text};

fn refusal(yaml: &str) -> InitError {
    match lapwing::builder().config_text("test.yaml", yaml).global(false).init() {
        Ok(telemetry) => panic!("not refused: {telemetry:?}"),
        Err(error) => error,
    }
}

fn exporter(exporter: &str) -> String {
    format!("file_format: \"1.1\"\ntracer_provider: {{processors: [{{batch: {{exporter: {exporter}}}}}]}}\n")
}

#[test]
fn missing_file_is_named() {
    let error = lapwing::builder().config_file("/no/such/telemetry.yaml").global(false).init().unwrap_err();
    assert!(matches!(error, InitError::Config(_)), "{error:?}");
    assert!(error.to_string().contains("/no/such/telemetry.yaml"), "{error}");
}

#[test]
fn wrong_file_is_shown_with_line_and_column() {
    let error = refusal("file_format: \"1.1\"\nmeter_provider:\n  views: 3\n").to_string();
    assert!(error.contains("test.yaml:3:"), "{error}");
}

#[cfg(not(feature = "otlp-tls"))]
#[test]
fn https_names_the_feature_it_needs() {
    for transport in ["otlp_http", "otlp_grpc"] {
        let error = refusal(&exporter(&format!("{{{transport}: {{endpoint: \"https://u:p@collector:4318/x\"}}}}")));
        assert_eq!(
            error.to_string(),
            "test.yaml: tracer_provider.processors[0]: the endpoint `https://collector:4318` needs TLS: enable the feature `otlp-tls` of the crate lapwing"
        );
    }
}

#[test]
fn taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = refusal(&format!(
        "file_format: \"1.1\"\nmeter_provider: {{readers: [{{pull: {{exporter: {{prometheus/development: {{host: 127.0.0.1, port: {port}}}}}}}}}]}}\n"
    ));
    assert!(matches!(error, InitError::Bind { .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("test.yaml: cannot listen on 127.0.0.1:{port}: ")), "{error}");
}

#[test]
fn token_file_that_is_not_there_is_named() {
    let error = refusal(
        "file_format: \"1.1\"
instrumentation/development: {rust: {lapwing: {endpoint: {serve: mounted, token_file: /no/such/token}}}}
",
    );
    assert!(error.to_string().contains("/no/such/token"), "{error}");
}

#[test]
fn wrong_log_filter_is_named() {
    let error = refusal(
        "file_format: \"1.1\"
instrumentation/development: {rust: {lapwing: {endpoint: {serve: mounted}, log: {filter: \"a=b=c\"}}}}
",
    );
    assert!(error.to_string().contains("a=b=c"), "{error}");
}

#[test]
fn recording_goes_on_while_a_scrape_hangs() {
    let rule = "rules: [{span: work, duration: {instrument: work.duration, labels: [outcome]}}]
gauges: [{source: stuck, instrument: stuck}]";
    let telemetry = local(&configuration("", rule));
    let (entered, scraping) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    telemetry
        .observe("stuck", move |_| {
            // Nobody listens any more when the second scrape asks.
            let _ = entered.send(());
            // Until the sender is gone.
            let _ = released.lock().unwrap().recv();
        })
        .unwrap();
    let histogram = telemetry.meter().f64_histogram("by.hand").build();
    thread::scope(|scope| {
        let scrape = scope.spawn(|| text(&telemetry));
        scraping.recv().unwrap();
        // What recorded would wait here for ever if it needed anything that the scrape holds.
        let _on = telemetry.enter();
        for i in 0..1000 {
            tracing::info_span!("work").in_scope(|| {});
            histogram.record(1.0, &[KeyValue::new("new", i)]);
        }
        drop(release);
        scrape.join().unwrap();
        // What was recorded while that scrape was under way is owed to the next one.
        let text = text(&telemetry);
        assert_eq!(sample(&text, r#"work_duration_seconds_count{outcome="ok"}"#), Some("1000"), "{text}");
    });
}

#[cfg(feature = "otlp-tls")]
#[test]
fn https_is_served_and_a_collector_that_speaks_none_is_an_outage() {
    let collector = crate::support::collector::Collector::start();
    for transport in ["otlp_http", "otlp_grpc"] {
        let endpoint = format!("https://{}", collector.address());
        let yaml = exporter(&format!("{{{transport}: {{endpoint: \"{endpoint}\", timeout: 2000}}}}"));
        let quiet = "instrumentation/development: {rust: {lapwing: {log: {format: off}}}}\n";
        let telemetry = local(&(yaml + quiet));
        {
            let _on = telemetry.enter();
            tracing::info_span!("lost").in_scope(|| {});
        }
        telemetry.flush().unwrap_err();
    }
    assert!(collector.spans().is_empty());
    let error = refusal(&exporter("{otlp_http: {endpoint: \"https://127.0.0.1:9\", tls: {ca_file: /no/such/ca.pem}}}"));
    assert!(error.to_string().contains("the ca_file `/no/such/ca.pem` can't be read"), "{error}");
}
