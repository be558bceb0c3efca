//! The span of an incoming request.

use actix_web::{
    App, HttpResponse, error,
    http::{Method, StatusCode},
    test, web,
};
use lapwing::{Telemetry, http::Trace, opentelemetry::global};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::support::{collector::Collector, configuration, local, sample, text};

const RULES: &str = "rules:
  - span: http.server.request
    duration:
      instrument: http.server.request.duration
      labels: [http.request.method, http.route, http.response.status_code, outcome]";

async fn serve(telemetry: &Telemetry, trace: Trace, requests: Vec<test::TestRequest>) -> Vec<StatusCode> {
    let _on = telemetry.enter();
    let app = test::init_service(
        App::new()
            .wrap(trace)
            .route("/items/{id}", web::get().to(async || HttpResponse::Ok().body("item")))
            .route("/fails", web::get().to(async || Err::<&str, _>(error::ErrorServiceUnavailable("later"))))
            .route("/any", web::route().to(async || "any")),
    )
    .await;
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(test::call_service(&app, request.to_request()).await.status());
    }
    statuses
}

fn count<'t>(text: &'t str, labels: &str) -> Option<&'t str> {
    sample(text, &format!("http_server_request_duration_seconds_count{{{labels}}}"))
}

#[actix_web::test]
async fn requests_are_measured_by_method_route_and_status() {
    let telemetry = local(&configuration("", RULES));
    let get = test::TestRequest::get;
    let requests = vec![
        get().uri("/items/1"),
        get().uri("/items/2?secret=1"),
        get().uri("/fails"),
        get().uri("/nowhere/canary"),
        test::TestRequest::default().method(Method::from_bytes(b"INVENTED").unwrap()).uri("/any"),
    ];
    let statuses = serve(&telemetry, Trace::new(), requests).await;
    assert_eq!(statuses.iter().map(StatusCode::as_u16).collect::<Vec<_>>(), [200, 200, 503, 404, 200]);
    let text = text(&telemetry);
    let item = r#"http_request_method="GET",http_response_status_code="200",http_route="/items/{id}",outcome="ok""#;
    assert_eq!(count(&text, item), Some("2"), "{text}");
    let failed = r#"http_request_method="GET",http_response_status_code="503",http_route="/fails",outcome="error""#;
    assert_eq!(count(&text, failed), Some("1"), "{text}");
    let unmatched = r#"http_request_method="GET",http_response_status_code="404",outcome="ok""#;
    assert_eq!(count(&text, unmatched), Some("1"), "{text}");
    let invented = r#"http_request_method="_OTHER",http_response_status_code="200",http_route="/any",outcome="ok""#;
    assert_eq!(count(&text, invented), Some("1"), "{text}");
    assert!(!text.contains("canary") && !text.contains("INVENTED"), "{text}");
}

#[actix_web::test]
async fn callers_trace_is_continued_where_it_is_trusted() {
    // What a global `init` installs; no other test reads it.
    global::set_text_map_propagator(TraceContextPropagator::new());
    let collector = Collector::start();
    let traces = format!(
        "tracer_provider: {{processors: [{{batch: {{exporter: {{otlp_http: {{endpoint: \"http://{}/v1/traces\"}}}}}}}}]}}\n",
        collector.address()
    );
    let telemetry = local(&(configuration("", "") + &traces));
    let parent = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let request = |uri| vec![test::TestRequest::get().uri(uri).insert_header(parent)];
    serve(&telemetry, Trace::new(), request("/items/1")).await;
    serve(&telemetry, Trace::untrusted(), request("/any")).await;
    telemetry.flush().unwrap();

    let trace: Vec<u8> =
        vec![0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c];
    let continued = collector.span("GET /items/{id}");
    assert_eq!(continued.trace_id, trace);
    assert_eq!(continued.parent_span_id, [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31]);
    assert_eq!(continued.kind, 2);
    let status = continued.attributes.iter().find(|attribute| attribute.key == "http.response.status_code").unwrap();
    assert_eq!(status.value.clone().unwrap().value, Some(Value::IntValue(200)));
    let own = collector.span("GET /any");
    assert_ne!(own.trace_id, trace);
    assert!(own.parent_span_id.is_empty());
}

#[actix_web::test]
async fn request_without_a_caller_stays_inside_the_spans_around_it() {
    use tracing::Instrument as _;

    let collector = Collector::start();
    let traces = format!(
        "tracer_provider: {{processors: [{{batch: {{exporter: {{otlp_http: {{endpoint: \"http://{}/v1/traces\"}}}}}}}}]}}\n",
        collector.address()
    );
    let telemetry = local(&(configuration("", "") + &traces));
    let _on = telemetry.enter();
    let request = vec![test::TestRequest::get().uri("/items/1")];
    serve(&telemetry, Trace::new(), request).instrument(tracing::info_span!("around")).await;
    telemetry.flush().unwrap();
    let (around, inside) = (collector.span("around"), collector.span("GET /items/{id}"));
    assert_eq!((inside.trace_id, inside.parent_span_id), (around.trace_id, around.span_id));
}
