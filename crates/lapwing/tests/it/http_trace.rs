//! The span of an incoming request.

use std::{
    collections::HashMap,
    future::{Future as _, pending},
    pin::pin,
    task::{Context, Waker},
};

use actix_web::{
    App, HttpResponse,
    dev::Service as _,
    error,
    http::{Method, StatusCode},
    test, web,
};
use lapwing::{
    Telemetry,
    http::Trace,
    opentelemetry::{self, global},
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

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

/// What an outgoing request would carry.
fn outgoing(context: &opentelemetry::Context) -> String {
    let mut headers = HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject_context(context, &mut headers));
    headers.remove("traceparent").unwrap_or_default()
}

#[actix_web::test]
async fn callers_decision_not_to_sample_is_passed_on() {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let collector = Collector::start();
    let traces = format!(
        "tracer_provider: {{processors: [{{batch: {{exporter: {{otlp_http: {{endpoint: \"http://{}/v1/traces\"}}}}}}}}]}}\n",
        collector.address()
    );
    let telemetry = local(&(configuration("", "") + &traces));
    let _on = telemetry.enter();
    let app = test::init_service(App::new().wrap(Trace::new()).route(
        "/calls",
        web::get().to(async || {
            let child = tracing::info_span!("child");
            let current = child.in_scope(|| outgoing(&opentelemetry::Context::current()));
            [current, outgoing(&child.context()), outgoing(&tracing::Span::current().context())].join(" ")
        }),
    ))
    .await;
    let request = |flags| {
        let parent = format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
        test::TestRequest::get().uri("/calls").insert_header(("traceparent", parent)).to_request()
    };
    for flags in ["00", "01"] {
        let body = test::call_and_read_body(&app, request(flags)).await;
        let sent = std::str::from_utf8(&body).unwrap();
        let sent: Vec<&str> = sent.split(' ').collect();
        assert_eq!(sent.len(), 3);
        for header in &sent {
            assert!(header.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{sent:?}");
            assert!(header.ends_with(&format!("-{flags}")), "{sent:?}");
            assert!(
                !header.contains("b7ad6b7169203331"),
                "the caller's span is named, not one of this service: {sent:?}"
            );
        }
        assert!(sent[0] == sent[1] && sent[1] != sent[2], "{sent:?}");
    }
    telemetry.flush().unwrap();
    collector.span("child");
    assert_eq!(collector.spans().iter().filter(|span| span.name == "child").count(), 1);
}

#[actix_web::test]
async fn everything_behind_it_runs_inside_the_span() {
    let telemetry = local(&configuration("", RULES));
    let _on = telemetry.enter();
    let inside = || tracing::Span::current().metadata().map(|metadata| metadata.name());
    let app = test::init_service(
        App::new()
            .wrap_fn(move |request, service| {
                assert_eq!(inside(), Some("http.server.request"));
                service.call(request)
            })
            .wrap(Trace::new())
            .route("/", web::get().to(move || async move { inside().unwrap_or("nowhere") })),
    )
    .await;
    let body = test::call_and_read_body(&app, test::TestRequest::get().to_request()).await;
    assert_eq!(body, "http.server.request");
    assert_eq!(inside(), None);
}

#[actix_web::test]
async fn span_ends_with_the_response_and_with_a_request_given_up() {
    let telemetry = local(&configuration("", RULES));
    let _on = telemetry.enter();
    let app = test::init_service(
        App::new()
            .wrap(Trace::new())
            .route("/", web::get().to(HttpResponse::Ok))
            .route("/hangs", web::get().to(async || pending::<&str>().await)),
    )
    .await;
    let get = |uri| app.call(test::TestRequest::get().uri(uri).to_request());
    let ended = |labels: &str| count(&text(&telemetry), labels).map(str::to_owned);
    let answered = r#"http_request_method="GET",http_response_status_code="200",http_route="/",outcome="ok""#;
    let given_up = r#"http_request_method="GET",http_route="/hangs",outcome="ok""#;
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut answer = pin!(get("/"));
        while answer.as_mut().poll(&mut context).is_pending() {}
        assert_eq!(ended(answered).as_deref(), Some("1"), "while its future is still held");
    }
    {
        let mut answer = pin!(get("/hangs"));
        assert!(answer.as_mut().poll(&mut context).is_pending());
        assert_eq!(ended(given_up), None);
    }
    assert_eq!(ended(given_up).as_deref(), Some("1"));
    assert_eq!(ended(answered).as_deref(), Some("1"));
}
