//! OTLP over gRPC.

use std::net::SocketAddr;

use crate::support::{PATIENCE, grpc::collector, local, sample, text};

fn configuration(address: SocketAddr, more: &str) -> String {
    format!(
        "file_format: \"1.1\"
tracer_provider:
  processors: [{{batch: {{schedule_delay: 600000, exporter: {{otlp_grpc: {{endpoint: \"http://{address}\"{more}}}}}}}}}]
meter_provider:
  readers: [{{pull: {{exporter: {{prometheus/development: {{scope_info_enabled: false}}}}}}}}]
instrumentation/development: {{rust: {{lapwing: {{endpoint: {{serve: mounted}}, log: {{format: off}}}}}}}}
"
    )
}

#[test]
fn spans_arrive_without_a_runtime_of_the_program() {
    let (address, calls) = collector();
    let telemetry = local(&configuration(address, ", headers: [{name: x-tenant, value: a}]"));
    {
        let _on = telemetry.enter();
        tracing::info_span!("work").in_scope(|| {});
    }
    telemetry.shutdown().unwrap();
    let call = calls.recv_timeout(PATIENCE).unwrap();
    assert_eq!(call.path, "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    assert_eq!(call.header.as_deref(), Some("a"));
    assert_eq!(call.spans()[0].name, "work");
}

#[test]
fn compression_is_used() {
    let (address, calls) = collector();
    let telemetry = local(&configuration(address, ", compression: gzip"));
    {
        let _on = telemetry.enter();
        tracing::info_span!("work").in_scope(|| {});
    }
    telemetry.flush().unwrap();
    assert_eq!(calls.recv_timeout(PATIENCE).unwrap().body[0], 1);
}

#[test]
fn nobody_listening_costs_the_spans_and_nothing_else() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let telemetry = local(&configuration(nobody, ""));
    {
        let _on = telemetry.enter();
        tracing::info_span!("lost").in_scope(|| {});
    }
    telemetry.flush().unwrap_err();
    let text = text(&telemetry);
    assert_eq!(sample(&text, r#"lapwing_problems_total{reason="export_failed"}"#), Some("1"), "{text}");
    drop(telemetry);
}
