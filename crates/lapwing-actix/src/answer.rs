//! Responses: fixed texts, and the headers that all of them have.

use std::time::Duration;

use actix_web::http::{
    Method, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, PRAGMA, RETRY_AFTER,
        VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
    },
};

use crate::{coding::Coding, metrics::Cause, process};

const PLAIN: &str = "text/plain; charset=utf-8";

/// Why a scrape gets no metrics. Its text is fixed: it tells nothing about the process, its addresses or its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    RateLimit(Duration),
    Forwarded,
    Allowlist,
    Token,
    FailedTokens(Duration),
    Method,
    Query,
    InFlight,
    Timeout,
    Gather,
}

impl Refusal {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Refusal::RateLimit(_) | Refusal::FailedTokens(_) => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Forwarded | Refusal::Allowlist => StatusCode::FORBIDDEN,
            Refusal::Token => StatusCode::UNAUTHORIZED,
            Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Query => StatusCode::BAD_REQUEST,
            Refusal::InFlight | Refusal::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Gather => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Refusal::RateLimit(_) => "too many scrapes; try again later\n",
            Refusal::FailedTokens(_) => "too many wrong tokens; try again later\n",
            Refusal::Forwarded | Refusal::Allowlist => "not allowed from this address\n",
            Refusal::Token => "a valid bearer token is required\n",
            Refusal::Method => "only GET and HEAD are allowed here\n",
            Refusal::Query => "the query can't be read; use name[]=METRIC\n",
            Refusal::InFlight => "too many scrapes in flight; try again later\n",
            Refusal::Timeout => "the metrics were not gathered in time; try again later\n",
            Refusal::Gather => "the metrics could not be gathered; see the service's log\n",
        }
    }

    pub(crate) fn cause(self) -> Cause {
        match self {
            Refusal::RateLimit(_) => Cause::RateLimit,
            Refusal::FailedTokens(_) => Cause::FailedTokens,
            Refusal::Forwarded => Cause::Forwarded,
            Refusal::Allowlist => Cause::Allowlist,
            Refusal::Token => Cause::Token,
            Refusal::Method => Cause::Method,
            Refusal::Query => Cause::Query,
            Refusal::InFlight => Cause::InFlight,
            Refusal::Timeout => Cause::Timeout,
            Refusal::Gather => Cause::Gather,
        }
    }

    /// Headers beside those of [`plain_headers`].
    pub(crate) fn decorate(self, headers: &mut HeaderMap) {
        match self {
            Refusal::RateLimit(wait) | Refusal::FailedTokens(wait) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)));
            }
            Refusal::InFlight | Refusal::Timeout => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Refusal::Token => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"metrics\""));
            }
            Refusal::Method => {
                headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            _ => {}
        }
    }
}

/// Whether the method is one of those that the endpoint answers.
pub(crate) fn is_read(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

/// The headers of fixed texts.
pub(crate) fn plain_headers(headers: &mut HeaderMap) {
    common(headers, HeaderValue::from_static(PLAIN));
}

/// The headers of a scrape.
pub(crate) fn scrape_headers(headers: &mut HeaderMap, content_type: &'static str, coding: Coding) {
    common(headers, HeaderValue::from_static(content_type));
    if let Some(coding) = coding.header() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
}

/// Content-Length comes from the body's size, always.
fn common(headers: &mut HeaderMap, content_type: HeaderValue) {
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate, private"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding, authorization"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("process-start-time-unix"), HeaderValue::from(process::start_seconds()));
}
