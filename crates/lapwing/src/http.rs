//! The span of an incoming request.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    Error,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    http::{Method, StatusCode, header::HeaderMap},
};
use opentelemetry::{global, propagation::Extractor};
use tracing::{Instrument, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// actix-web middleware: opens a span around each request, as a child of the caller's span where the request carries
/// one (W3C `traceparent`, or what else the configuration's `propagator` names).
///
/// ```
/// # use actix_web::App;
/// let app = App::new().wrap(lapwing::http::Trace::new());
/// # let _ = app;
/// ```
///
/// | of the span | |
/// | --- | --- |
/// | name, target, level | `http.server.request`, `lapwing::http`, INFO |
/// | `http.request.method` | `GET`, `HEAD`, `POST`, `PUT`, `DELETE`, `CONNECT`, `OPTIONS`, `TRACE`, `PATCH`, `QUERY`, else `_OTHER`: a client can't invent values |
/// | `http.route` | the pattern of the matched resource, such as `/api/sigils/{id}`; not recorded where none matches; never the path |
/// | `http.response.status_code` | of the response, or of the error a handler returned |
/// | `otel.status_code` | `ERROR` for 5xx, so that a rule's outcome is `error`; 4xx is the caller's mistake and `ok` |
/// | `otel.name` | method and route, the span's name in traces |
///
/// The span ends when the response's head is ready, not when its body is sent. A request that is dropped before (the
/// client went away) has no status code.
///
/// Security: a caller chooses the trace id and whether the trace is sampled. Where callers aren't trusted, use
/// [`Trace::untrusted`].
#[derive(Clone, Copy, Debug)]
pub struct Trace {
    trusts: bool,
}

impl Trace {
    /// Continues the caller's trace.
    pub fn new() -> Trace {
        Trace { trusts: true }
    }

    /// Begins a trace of its own whatever the request carries.
    pub fn untrusted() -> Trace {
        Trace { trusts: false }
    }
}

impl Default for Trace {
    fn default() -> Self {
        Trace::new()
    }
}

impl<S, B> Transform<S, ServiceRequest> for Trace
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = TraceService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(TraceService { service, trusts: self.trusts }))
    }
}

/// The service of [`Trace`].
#[derive(Debug)]
pub struct TraceService<S> {
    service: S,
    trusts: bool,
}

impl<S, B> Service<ServiceRequest> for TraceService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let span = span(&request);
        if self.trusts && !span.is_disabled() {
            let parent = global::get_text_map_propagator(|propagator| propagator.extract(&Headers(request.headers())));
            // Fails where no traces are made: then there is nothing to continue.
            let _ = span.set_parent(parent);
        }
        // The handler is called inside the span too, not only polled.
        let response = span.in_scope(|| self.service.call(request));
        let recorded = span.clone();
        Box::pin(
            async move {
                let result = response.await;
                let status = match &result {
                    Ok(response) => response.status(),
                    Err(error) => error.as_response_error().status_code(),
                };
                record(&recorded, status);
                result
            }
            .instrument(span),
        )
    }
}

fn span(request: &ServiceRequest) -> Span {
    let method = method(request.method());
    let span = tracing::info_span!(
        "http.server.request",
        otel.kind = "server",
        otel.name = Empty,
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    match request.match_pattern() {
        Some(route) => {
            span.record("otel.name", format!("{method} {route}"));
            span.record("http.route", route);
        }
        None => {
            span.record("otel.name", method);
        }
    }
    span
}

fn record(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "CONNECT" => "CONNECT",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "PATCH" => "PATCH",
        "QUERY" => "QUERY",
        _ => "_OTHER",
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
