//! The service: from a request to a response.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse,
    dev::{AppService, HttpServiceFactory},
    http::{
        Method, StatusCode,
        header::{ACCEPT, ACCEPT_ENCODING, AsHeaderName, HeaderMap},
    },
    web::{self, Payload},
};
use bytes::Bytes;
use lapwing_exposition::{Body, Format};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{
    admission::Admission,
    answer::{Refusal, is_read, plain_headers, scrape_headers},
    coding::Coding,
    connection::Connection,
    delivery::{Delivery, Parcel},
    gatherer::{Gatherer, Health, Shape},
    metrics::EndpointMetrics,
};

/// More names than this in a `name[]` filter are refused.
const NAMES: usize = 1000;

/// The scrape endpoint. A clone is the same endpoint: all workers, apps and listeners that serve one share its
/// gathers, its limits and its self metrics. Mount it with [`App::service`](actix_web::App::service) or in a scope,
/// or serve it by itself with a [`Listener`](crate::Listener).
#[derive(Clone)]
pub struct MetricsEndpoint(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) path: String,
    pub(crate) health_path: String,
    pub(crate) admission: Arc<Admission>,
    pub(crate) places: Arc<Semaphore>,
    pub(crate) timeout: Duration,
    pub(crate) send_timeout: Duration,
    pub(crate) gatherer: Gatherer,
    pub(crate) metrics: Arc<EndpointMetrics>,
}

impl MetricsEndpoint {
    /// Where the metrics are served.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Where the health is served.
    pub fn health_path(&self) -> &str {
        &self.0.health_path
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        MetricsEndpoint(Arc::new(inner))
    }

    /// The longest that one response may take from request to last byte.
    pub(crate) fn longest(&self) -> Duration {
        self.0.timeout.saturating_add(self.0.send_timeout)
    }

    /// Whether anybody who can reach it can read it.
    pub(crate) fn is_open(&self) -> bool {
        self.0.admission.token.is_none() && self.0.admission.allowed.is_empty()
    }

    async fn scrape(self, request: HttpRequest, payload: Payload) -> HttpResponse<Delivery> {
        let inner = &*self.0;
        let response = match inner.metrics_for(&request).await {
            Ok(scraped) => {
                let (body, permit) = (scraped.body, Some(scraped.permit));
                let parcel = inner.parcel(&request, payload, body, scraped.coding, permit);
                let mut response = HttpResponse::with_body(StatusCode::OK, Delivery::new(parcel));
                scrape_headers(response.headers_mut(), scraped.format.content_type(), scraped.coding);
                response
            }
            Err(refusal) => {
                inner.metrics.rejected(refusal.cause());
                let mut response = inner.fixed(&request, payload, refusal.status(), refusal.text());
                refusal.decorate(response.headers_mut());
                response
            }
        };
        inner.metrics.answered(response.status().as_u16());
        response
    }

    async fn health(self, request: HttpRequest, payload: Payload) -> HttpResponse<Delivery> {
        let inner = &*self.0;
        if !is_read(request.method()) {
            let refusal = Refusal::Method;
            let mut response = inner.fixed(&request, payload, refusal.status(), refusal.text());
            refusal.decorate(response.headers_mut());
            return response;
        }
        let good = match inner.gatherer.health(inner.timeout) {
            Health::Good => true,
            Health::Bad => false,
            Health::Unknown => matches!(timeout(inner.timeout, inner.gatherer.probe()).await, Ok(Ok(()))),
        };
        match good {
            true => inner.fixed(&request, payload, StatusCode::OK, "ok\n"),
            false => inner.fixed(&request, payload, StatusCode::SERVICE_UNAVAILABLE, "metrics can't be gathered\n"),
        }
    }

    /// For paths that a stand-alone listener doesn't serve.
    pub(crate) async fn absent(self, request: HttpRequest, payload: Payload) -> HttpResponse<Delivery> {
        self.0.fixed(&request, payload, StatusCode::NOT_FOUND, "not found\n")
    }
}

/// A scrape that succeeded.
struct Scraped {
    body: Body,
    format: Format,
    coding: Coding,
    permit: OwnedSemaphorePermit,
}

impl Inner {
    /// Rate limit, allowlist, token, method, query, place in flight, gather: in this order.
    async fn metrics_for(&self, request: &HttpRequest) -> Result<Scraped, Refusal> {
        self.admission.admit(request, Instant::now())?;
        if !is_read(request.method()) {
            return Err(Refusal::Method);
        }
        let names = names(request.query_string())?;
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Refusal::InFlight)?;
        let headers = request.headers();
        let format = Format::negotiate(joined(headers, ACCEPT).as_deref());
        let coding = Coding::negotiate(joined(headers, ACCEPT_ENCODING).as_deref());
        let patience = patience(self.timeout, headers);
        let rendered = timeout(patience, self.gatherer.rendered(Shape { format, coding, names }))
            .await
            .map_err(|_| Refusal::Timeout)?
            .map_err(|_| Refusal::Gather)?;
        Ok(Scraped { body: rendered.body, format, coding: rendered.coding, permit })
    }

    fn fixed(
        &self,
        request: &HttpRequest,
        payload: Payload,
        status: StatusCode,
        text: &'static str,
    ) -> HttpResponse<Delivery> {
        let parcel = self.parcel(request, payload, Bytes::from_static(text.as_bytes()).into(), Coding::Identity, None);
        let mut response = HttpResponse::with_body(status, Delivery::new(parcel));
        plain_headers(response.headers_mut());
        response
    }

    fn parcel(
        &self,
        request: &HttpRequest,
        payload: Payload,
        body: Body,
        coding: Coding,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Parcel {
        Parcel {
            body,
            coding,
            permit,
            payload,
            connection: request.conn_data::<Connection>().cloned(),
            metrics: Arc::clone(&self.metrics),
            head: request.method() == Method::HEAD,
            deadline: self.send_timeout,
        }
    }
}

impl HttpServiceFactory for MetricsEndpoint {
    fn register(self, config: &mut AppService) {
        let health = self.clone();
        web::resource(self.0.health_path.as_str())
            .to(move |request, payload| health.clone().health(request, payload))
            .register(config);
        web::resource(self.path().to_owned())
            .to(move |request, payload| self.clone().scrape(request, payload))
            .register(config);
    }
}

impl fmt::Debug for MetricsEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsEndpoint")
            .field("path", &self.0.path)
            .field("health_path", &self.0.health_path)
            .field("open", &self.is_open())
            .finish_non_exhaustive()
    }
}

/// The values of all lines of a header as one list.
fn joined(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    let mut lines = headers.get_all(name).filter_map(|line| line.to_str().ok());
    let first = lines.next()?.to_owned();
    Some(lines.fold(first, |list, line| list + "," + line))
}

/// How long a scrape waits: no longer than its scraper, less a margin for sending the answer.
fn patience(limit: Duration, headers: &HeaderMap) -> Duration {
    let theirs = headers
        .get("x-prometheus-scrape-timeout-seconds")
        .and_then(|value| value.to_str().ok()?.trim().parse::<f64>().ok())
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|theirs| !theirs.is_zero());
    match theirs {
        Some(theirs) => limit.min(theirs - (theirs / 5).min(Duration::from_millis(500))),
        None => limit,
    }
}

/// The metrics that `name[]` asks for, sorted.
fn names(query: &str) -> Result<Vec<String>, Refusal> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query).map_err(|_| Refusal::Query)?;
    let mut names: Vec<String> =
        pairs.into_inner().into_iter().filter_map(|(key, value)| (key == "name[]").then_some(value)).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > NAMES { Err(Refusal::Query) } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn names_are_decoded_sorted_and_limited() {
        assert_eq!(names("").unwrap(), Vec::<String>::new());
        assert_eq!(names("name[]=b&name%5B%5D=a&name[]=b&other=x").unwrap(), ["a", "b"]);
        assert_eq!(names(&"name[]=a&".repeat(NAMES + 1)).unwrap(), ["a"]);
        let many: String = (0..=NAMES).map(|n| format!("name[]={n}&")).collect();
        assert_eq!(names(&many), Err(Refusal::Query));
    }

    #[test]
    fn patience_ends_before_the_scrapers_does() {
        let limit = Duration::from_secs(10);
        for (header, expected) in [
            (None, 10_000),
            (Some("5"), 4_500),
            (Some("1.5"), 1_200),
            (Some("0.1"), 80),
            (Some("60"), 10_000),
            (Some("0"), 10_000),
            (Some("-1"), 10_000),
            (Some("NaN"), 10_000),
            (Some("inf"), 10_000),
            (Some("soon"), 10_000),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = header {
                let name = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");
                headers.insert(name, HeaderValue::from_static(value));
            }
            assert_eq!(patience(limit, &headers), Duration::from_millis(expected), "{header:?}");
        }
    }
}
