//! The endpoint of the configuration.

use std::{sync::Arc, time::Instant};

use lapwing_actix::{ListenError, Listener, MetricsEndpoint, Token};
use lapwing_config::Endpoint;
use lapwing_exposition::{Gather, GatherError, PrometheusReader, Snapshot};

use crate::{InitError, exporter::Place, gauges::Gauges};

const KEY: &str = "instrumentation/development.rust.lapwing.endpoint";

/// What the endpoint serves: the reader's metrics, and a look at the gauges on the way.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    reader: PrometheusReader,
    gauges: Arc<Gauges>,
}

impl Source {
    pub(crate) fn new(reader: PrometheusReader, gauges: Arc<Gauges>) -> Source {
        Source { reader, gauges }
    }
}

impl Gather for Source {
    fn gather(&self) -> Result<Arc<Snapshot>, GatherError> {
        self.gauges.ask_for_missing(Instant::now());
        self.reader.gather()
    }
}

/// Builds the endpoint with all its guards.
pub(crate) fn endpoint(endpoint: &Endpoint, source: Source, file: &str) -> Result<MetricsEndpoint, InitError> {
    let wrong = |key: &str, problem: String| Place { file, key: format!("{KEY}{key}") }.error(problem);
    let token = match &endpoint.token_file {
        Some(path) => Some(Token::file(path)),
        None => Token::from_env().map_err(|error| wrong("", format!("{}: {error}", Token::VARIABLE)))?,
    };
    let mut builder = MetricsEndpoint::builder(source)
        .path(endpoint.path.clone())
        .token(token)
        .allow(endpoint.allow.iter().copied())
        .trusted_proxies(endpoint.trusted_proxies.iter().copied())
        .max_in_flight(endpoint.max_in_flight)
        .timeout(endpoint.timeout);
    if let Some(per_second) = endpoint.rate_limit {
        // Bursts of a second's worth: a scraper that comes less often is never refused.
        builder = builder.rate_limit(per_second, per_second.ceil().clamp(1.0, 1_000_000.0) as u32);
    }
    builder.build().map_err(|error| wrong("", error.to_string()))
}

/// Opens the listener on the host and port of the Prometheus exporter.
pub(crate) fn listen(endpoint: MetricsEndpoint, host: &str, port: u16, file: &str) -> Result<Listener, InitError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    Listener::bind(endpoint, (bare, port)).map_err(|error| InitError::Bind {
        file: file.to_owned(),
        address: format!("{host}:{port}"),
        problem: match &error {
            ListenError::Bind { source, .. } => source.to_string(),
            other => other.to_string(),
        },
    })
}
