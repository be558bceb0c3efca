//! The span of an incoming request.

use std::{
    cell::LazyCell,
    future::{Future, Ready, ready},
    pin::Pin,
    rc::Rc,
    task::{self, Poll},
};

use actix_web::{
    Error,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    http::{Method, StatusCode, header::HeaderMap},
};
use opentelemetry::{Context, global, propagation::Extractor};
use tracing::{Span, field::Empty};
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
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = TraceService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(TraceService { service: Rc::new(service), trusts: self.trusts }))
    }
}

/// The service of [`Trace`].
#[derive(Debug)]
pub struct TraceService<S> {
    service: Rc<S>,
    trusts: bool,
}

impl<S, B> Service<ServiceRequest> for TraceService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = TraceFuture<B>;

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let span = span(&request);
        if self.trusts
            && !span.is_disabled()
            && let Some(parent) = caller(request.headers())
        {
            // Fails where no traces are made: then there is nothing to continue.
            let _ = span.set_parent(parent);
        }
        let service = Rc::clone(&self.service);
        // Called when first polled, so inside the span without entering it once more.
        TraceFuture { span, answer: Some(Box::pin(async move { service.call(request).await })) }
    }
}

type Answer<B> = Pin<Box<dyn Future<Output = Result<ServiceResponse<B>, Error>>>>;

/// The response of [`TraceService`], worked out inside the span.
pub struct TraceFuture<B> {
    span: Span,
    /// `None` when it is there.
    answer: Option<Answer<B>>,
}

impl<B> Future for TraceFuture<B> {
    type Output = Result<ServiceResponse<B>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let answer = this.answer.as_mut().expect("a future that is ready isn't polled again");
        let inside = this.span.enter();
        let result = task::ready!(answer.as_mut().poll(cx));
        let status = match &result {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        record(&this.span, status);
        // What the handler leaves behind goes inside the span too.
        this.answer = None;
        drop(inside);
        // Closes it: a caller may hold on to the future longer.
        this.span = Span::none();
        Poll::Ready(result)
    }
}

impl<B> Drop for TraceFuture<B> {
    fn drop(&mut self) {
        // A request that is given up.
        if let Some(answer) = self.answer.take() {
            self.span.in_scope(|| drop(answer));
        }
    }
}

impl<B> std::fmt::Debug for TraceFuture<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TraceFuture").field("span", &self.span).finish_non_exhaustive()
    }
}

fn span(request: &ServiceRequest) -> Span {
    let method = method(request.method());
    // Found out only if somebody wants the span.
    let route = LazyCell::new(|| request.match_pattern());
    tracing::info_span!(
        "http.server.request",
        otel.kind = "server",
        otel.name = name(method, route.as_deref()),
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route.as_deref(),
        http.response.status_code = Empty,
    )
}

fn name(method: &str, route: Option<&str>) -> String {
    route.map_or_else(|| method.to_owned(), |route| [method, " ", route].concat())
}

/// The caller's span, if a header says anything of one. Most requests don't, and extracting from those would cost as much
/// as all else that is done here.
fn caller(headers: &HeaderMap) -> Option<Context> {
    global::get_text_map_propagator(|propagator| {
        let known = |name: &str| propagator.fields().any(|field| field.eq_ignore_ascii_case(name));
        headers.keys().any(|name| known(name.as_str())).then(|| propagator.extract(&Headers(headers)))
    })
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
