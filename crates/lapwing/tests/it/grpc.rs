//! OTLP over gRPC.

use std::{net::SocketAddr, sync::mpsc};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use crate::support::{PATIENCE, local, sample, text};

struct Call {
    path: String,
    header: Option<String>,
    body: Vec<u8>,
}

/// A stand-in that takes every call and says it worked.
fn collector() -> (SocketAddr, mpsc::Receiver<Call>) {
    let (calls, received) = mpsc::channel();
    let (address_is, address) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            address_is.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let calls = calls.clone();
                tokio::spawn(async move {
                    let mut connection = h2::server::handshake(stream).await.unwrap();
                    while let Some(Ok((request, mut respond))) = connection.accept().await {
                        let calls = calls.clone();
                        tokio::spawn(async move {
                            let (parts, mut body) = request.into_parts();
                            let mut bytes = Vec::new();
                            while let Some(Ok(chunk)) = body.data().await {
                                bytes.extend_from_slice(&chunk);
                            }
                            let header = parts.headers.get("x-tenant").map(|v| v.to_str().unwrap().to_owned());
                            let _ = calls.send(Call { path: parts.uri.path().to_owned(), header, body: bytes });
                            let head =
                                http::Response::builder().header("content-type", "application/grpc").body(()).unwrap();
                            let mut stream = respond.send_response(head, false).unwrap();
                            // One empty message, uncompressed.
                            stream.send_data(vec![0_u8; 5].into(), false).unwrap();
                            let mut trailers = http::HeaderMap::new();
                            trailers.insert("grpc-status", "0".parse().unwrap());
                            stream.send_trailers(trailers).unwrap();
                        });
                    }
                });
            }
        });
    });
    (address.recv_timeout(PATIENCE).unwrap(), received)
}

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
    assert_eq!(call.body[0], 0, "compressed");
    let request = ExportTraceServiceRequest::decode(&call.body[5..]).unwrap();
    assert_eq!(request.resource_spans[0].scope_spans[0].spans[0].name, "work");
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
