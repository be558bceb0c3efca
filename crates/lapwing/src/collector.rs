//! HTTP to a collector.

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use http::{
    HeaderMap, HeaderName,
    header::{CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT},
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

/// A collector's answer is a few bytes; more than this is none.
const MAX_ANSWER: usize = 4 << 20;

/// Sends on the export runtime, with exactly the headers of the configuration, never following a redirect (which could
/// carry them to another host).
#[derive(Clone)]
pub(crate) struct Collector {
    client: reqwest::Client,
    runtime: Handle,
    headers: HeaderMap,
    last_error: LastError,
}

/// Why the last attempt failed: the exporter itself only says `network error`.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastError(Arc<Mutex<Option<String>>>);

impl LastError {
    fn set(&self, error: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// Takes it.
    pub(crate) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Collector {
    pub(crate) fn new(
        client: reqwest::Client,
        runtime: Handle,
        headers: HeaderMap,
        last_error: LastError,
    ) -> Collector {
        Collector { client, runtime, headers, last_error }
    }

    /// What the exporter made, without the headers it took from `OTEL_EXPORTER_OTLP_HEADERS` by itself: the environment
    /// counts only where the file substitutes it.
    fn headers(&self, of_exporter: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for name in [CONTENT_TYPE, CONTENT_ENCODING, USER_AGENT] {
            if let Some(value) = of_exporter.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        let mut replaced: Option<HeaderName> = None;
        for (name, value) in &self.headers {
            match replaced.as_ref() == Some(name) {
                true => headers.append(name, value.clone()),
                false => headers.insert(name, value.clone()).is_some(),
            };
            replaced = Some(name.clone());
        }
        headers
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

impl HttpClient for Collector {
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let (mut parts, body) = request.into_parts();
        parts.headers = self.headers(&parts.headers);
        let client = self.client.clone();
        let task = self.runtime.spawn(async move {
            let request = reqwest::Request::try_from(Request::from_parts(parts, body))?;
            let mut response = client.execute(request).await?;
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = response.status();
            *answer.headers_mut() = std::mem::take(response.headers_mut());
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                if body.len() + chunk.len() > MAX_ANSWER {
                    return Err("the collector's answer is too long".into());
                }
                body.extend_from_slice(&chunk);
            }
            *answer.body_mut() = body.into();
            Ok::<_, HttpError>(answer)
        });
        Box::pin(async move {
            let result = task.await.unwrap_or_else(|error| Err(error.into()));
            self.last_error.set(result.as_ref().err().map(|error| causes(error.as_ref())));
            result
        })
    }
}

/// The innermost cause, which says it best and never holds the URL (it may carry credentials).
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match innermost.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_timeout() => "timed out".to_owned(),
        Some(error) if error.is_builder() => "the endpoint is no valid URL".to_owned(),
        Some(_) => "the request failed".to_owned(),
        None => innermost.to_string(),
    }
}
