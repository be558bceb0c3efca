//! Spans and metrics reach a collector, and a collector that isn't there hurts nobody.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::metrics::v1::metric::Data;

use crate::support::{
    child::Child,
    collector::{Collector, resource},
    local, sample, text,
};

fn traces(endpoint: &str, more: &str) -> String {
    format!(
        "file_format: \"1.1\"
resource: {{attributes: [{{name: service.name, value: shop}}, {{name: replicas, value: 3, type: int}}]}}
tracer_provider:
  processors:
    - batch: {{schedule_delay: 600000, exporter: {{otlp_http: {{endpoint: \"{endpoint}\"{more}}}}}}}
meter_provider:
  readers: [{{pull: {{exporter: {{prometheus/development: {{scope_info_enabled: false}}}}}}}}]
instrumentation/development: {{rust: {{lapwing: {{endpoint: {{serve: mounted}}, log: {{format: off}}}}}}}}
"
    )
}

#[test]
fn spans_arrive_with_resource_headers_and_compression_when_the_guard_is_dropped() {
    let collector = Collector::start();
    let endpoint = format!("http://{}/v1/traces", collector.address());
    let telemetry = local(&traces(&endpoint, ", compression: gzip, headers: [{name: X-Tenant, value: a}]"));
    {
        let _on = telemetry.enter();
        tracing::info_span!("outer", answer = 42).in_scope(|| tracing::info_span!("inner").in_scope(|| {}));
    }
    assert!(collector.requests().is_empty(), "sent before it was due");
    drop(telemetry);

    let (outer, inner) = (collector.span("outer"), collector.span("inner"));
    assert_eq!(inner.parent_span_id, outer.span_id);
    assert_eq!(inner.trace_id, outer.trace_id);
    assert!(outer.attributes.iter().any(|attribute| attribute.key == "answer"));
    let requests = collector.requests();
    assert_eq!(requests[0].header("content-encoding"), Some("gzip"));
    assert_eq!(requests[0].header("content-type"), Some("application/x-protobuf"));
    assert_eq!(requests[0].header("x-tenant"), Some("a"));
    let resource = resource(&requests);
    for (key, value) in
        [("service.name", "shop"), ("telemetry.sdk.language", "rust"), ("replicas", "Some(IntValue(3))")]
    {
        assert!(resource.contains(&(key.to_owned(), value.to_owned())), "{resource:?}");
    }
}

#[test]
fn spans_arrive_as_json_where_that_is_asked_for() {
    let collector = Collector::start();
    let endpoint = format!("http://{}/v1/traces", collector.address());
    let telemetry = local(&traces(&endpoint, ", encoding: json"));
    {
        let _on = telemetry.enter();
        tracing::info_span!("outer").in_scope(|| {});
    }
    telemetry.shutdown().unwrap();
    let requests = collector.wait(|requests| (!requests.is_empty()).then(|| requests.to_vec()));
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    let sent: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap();
    let span = &sent["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["name"], "outer");
    assert_eq!(span["traceId"].as_str().map(str::len), Some(32), "{span}");
}

#[test]
fn flush_sends_what_is_waiting_and_goes_on() {
    let collector = Collector::start();
    let telemetry = local(&traces(&format!("http://{}/v1/traces", collector.address()), ""));
    let _on = telemetry.enter();
    for name in ["first", "second"] {
        match name {
            "first" => tracing::info_span!("first").in_scope(|| {}),
            _ => tracing::info_span!("second").in_scope(|| {}),
        }
        telemetry.flush().unwrap();
        assert!(collector.spans().iter().any(|span| span.name == name));
    }
    telemetry.shutdown().unwrap();
}

#[test]
fn metrics_are_pushed_with_their_temporality() {
    let collector = Collector::start();
    let telemetry = local(&format!(
        "file_format: \"1.1\"
meter_provider:
  readers:
    - periodic:
        interval: 600000
        exporter: {{otlp_http: {{endpoint: \"http://{}/v1/metrics\", temporality_preference: delta}}}}
instrumentation/development: {{rust: {{lapwing: {{endpoint: {{serve: mounted}}, log: {{format: off}}}}}}}}
",
        collector.address()
    ));
    telemetry.counter("orders").with_unit("{order}").build().add(2, &[]);
    drop(telemetry);
    let metric = collector.metric("orders");
    let Some(Data::Sum(sum)) = metric.data else { panic!("{metric:?}") };
    assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (1, true));
    collector.metric("process.start_time");
}

#[test]
fn dead_collector_costs_the_spans_and_nothing_else() {
    // Bound and dropped: nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let telemetry = local(&traces(&format!("http://{address}/v1/traces"), ""));
    {
        let _on = telemetry.enter();
        tracing::info_span!("lost").in_scope(|| {});
    }
    let error = telemetry.flush().unwrap_err().to_string();
    assert!(error.starts_with("telemetry was not flushed"), "{error}");
    let text = text(&telemetry);
    assert_eq!(sample(&text, r#"lapwing_problems_total{reason="export_failed"}"#), Some("1"), "{text}");
    let started = Instant::now();
    drop(telemetry);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn collector_that_never_answers_does_not_hang_the_end() {
    // Accepts into its backlog and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", silent.local_addr().unwrap());
    let telemetry = local(&traces(&endpoint, ", timeout: 60000"));
    {
        let _on = telemetry.enter();
        tracing::info_span!("stuck").in_scope(|| {});
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let started = Instant::now();
    runtime.block_on(async { drop(telemetry) });
    assert!(started.elapsed() < Duration::from_millis(5500), "{:?}", started.elapsed());
    assert!(started.elapsed() > Duration::from_secs(4), "it did not even wait: {:?}", started.elapsed());
}

/// Logs to its standard error.
#[test]
#[ignore = "a process of its own"]
fn outage() {
    let collector = Collector::start();
    let telemetry = lapwing::builder()
        .config_text(
            "test.yaml",
            traces(&format!("http://{}/v1/traces", collector.address()), "").replace("format: off", "format: json"),
        )
        .init()
        .unwrap();
    for status in [Some("500 no"), Some("500 no"), None, Some("500 no")] {
        collector.answer_with(status);
        tracing::info_span!("work").in_scope(|| {});
        assert_eq!(telemetry.flush().is_ok(), status.is_none());
    }
}

#[test]
fn outage_is_said_once_and_so_is_its_end() {
    let variables = [("OTEL_EXPORTER_OTLP_HEADERS", "x-of-environment=1")];
    let (status, said) = Child::start("export::outage", &variables).end();
    assert!(status.success(), "{said}");
    let lines = |text: &str| said.lines().filter(|line| line.contains(text)).count();
    assert_eq!((lines("fails, and what could not be sent is lost"), lines("works again")), (2, 1), "{said}");
    assert!(said.contains("status code: 500"), "{said}");
    assert!(said.contains(r#""target":"lapwing""#), "the log is no JSON: {said}");
}

#[test]
#[ignore = "a process of its own"]
fn with_variables() {
    let collector = Collector::start();
    let telemetry = local(&traces(&format!("http://{}/v1/traces", collector.address()), ""));
    {
        let _on = telemetry.enter();
        tracing::info_span!("work").in_scope(|| {});
    }
    drop(telemetry);
    collector.span("work");
    assert_eq!(collector.requests()[0].header("x-of-environment"), None);
    let resource = resource(&collector.requests());
    assert!(resource.contains(&("service.name".to_owned(), "shop".to_owned())), "{resource:?}");
    assert!(!resource.iter().any(|(key, _)| key == "of.environment"), "{resource:?}");
}

#[test]
fn environment_counts_only_where_the_file_substitutes_it() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-of-environment=1"),
        ("OTEL_SERVICE_NAME", "other"),
        ("OTEL_RESOURCE_ATTRIBUTES", "of.environment=1"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
    ];
    let (status, said) = Child::start("export::with_variables", &variables).end();
    assert!(status.success(), "{said}");
}
