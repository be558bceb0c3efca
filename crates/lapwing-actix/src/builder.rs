//! Settings of an endpoint.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use ipnet::IpNet;
use lapwing_exposition::Gather;
use tokio::sync::Semaphore;

use crate::{
    MetricsEndpoint, Token, TokenError,
    admission::Admission,
    client::Networks,
    endpoint::Inner,
    gatherer::{Gatherer, Works},
    metrics::EndpointMetrics,
    rate::RateLimit,
    verifier::Verifier,
};

/// Builds a [`MetricsEndpoint`].
#[must_use = "it does nothing until it is built"]
pub struct EndpointBuilder {
    source: Arc<dyn Gather>,
    path: String,
    health_path: Option<String>,
    token: Option<Token>,
    allow: Vec<IpNet>,
    trusted: Vec<IpNet>,
    rate: Option<(f64, u32)>,
    failed_tokens: (f64, u32),
    max_in_flight: usize,
    timeout: Duration,
    send_timeout: Option<Duration>,
}

/// Why an endpoint can't be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A path that can't be served.
    #[error("path {0:?} can't be served; it must begin with `/` and hold no `{{`, `}}`, `?`, `#` or blank")]
    Path(String),
    /// Metrics and health on one path.
    #[error("metrics and health are both to be served at {0:?}; set another health path")]
    SamePath(String),
    /// The token is unusable.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A rate of nothing, or of no number.
    #[error("a rate limit of {per_second} a second with bursts of {burst} lets nobody in; both must be above 0")]
    RateLimit {
        /// As set.
        per_second: f64,
        /// As set.
        burst: u32,
    },
    /// No scrape could ever run.
    #[error("max_in_flight {0} is out of range; set 1 to 1024")]
    InFlight(usize),
    /// No scrape could ever be in time.
    #[error("a timeout of 0 leaves no time to scrape; set one above 0")]
    Timeout,
    /// The gathering thread could not be started.
    #[error("the gathering thread can't be started: {0}")]
    Thread(#[source] std::io::Error),
}

impl MetricsEndpoint {
    /// An endpoint that serves what `source` gathers.
    pub fn builder(source: impl Gather) -> EndpointBuilder {
        EndpointBuilder::new(Arc::new(source))
    }

    /// As [`MetricsEndpoint::builder`], for a source that is shared already.
    pub fn shared(source: Arc<dyn Gather>) -> EndpointBuilder {
        EndpointBuilder::new(source)
    }

    /// An endpoint that serves a `prometheus::Registry`, as the stock OpenTelemetry exporter fills one.
    #[cfg(feature = "registry")]
    pub fn registry(registry: prometheus::Registry) -> EndpointBuilder {
        Self::builder(lapwing_exposition::RegistrySource::new(registry))
    }
}

impl EndpointBuilder {
    fn new(source: Arc<dyn Gather>) -> Self {
        EndpointBuilder {
            source,
            path: "/metrics".to_owned(),
            health_path: None,
            token: None,
            allow: Vec::new(),
            trusted: Vec::new(),
            rate: None,
            failed_tokens: (0.5, 10),
            max_in_flight: 8,
            timeout: Duration::from_secs(10),
            send_timeout: None,
        }
    }

    /// Where metrics are served (default `/metrics`), relative to the scope it is mounted in.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Where the health is served (default: the path of the metrics followed by `/health`).
    ///
    /// Security: health answers everybody, whatever guards the metrics, so that any load balancer can ask. It tells
    /// nothing but whether the last gather worked.
    pub fn health_path(mut self, path: impl Into<String>) -> Self {
        self.health_path = Some(path.into());
        self
    }

    /// The bearer token that scrapers must send (default none: no token is asked for). Takes a [`Token`], or the
    /// `Option` that [`Token::from_env`] returns.
    pub fn token(mut self, token: impl Into<Option<Token>>) -> Self {
        self.token = token.into();
        self
    }

    /// The networks that may scrape (default, and if empty: all). A Unix socket has no address and is in none.
    pub fn allow(mut self, networks: impl IntoIterator<Item = IpNet>) -> Self {
        self.allow = networks.into_iter().collect();
        self
    }

    /// The proxies, as addresses or networks, whose `X-Forwarded-For` and `Forwarded` are believed (default none).
    ///
    /// Security: name only proxies that append to, or set, one of these headers themselves; whatever else a client sends in them
    /// would be believed.
    pub fn trusted_proxies<T: IntoNet>(mut self, proxies: impl IntoIterator<Item = T>) -> Self {
        self.trusted = proxies.into_iter().map(IntoNet::into_net).collect();
        self
    }

    /// How many scrapes a second one client may do in the long run, and how many at once (default: no limit). A
    /// client is an IPv4 address or an IPv6 /64.
    pub fn rate_limit(mut self, per_second: f64, burst: u32) -> Self {
        self.rate = Some((per_second, burst));
        self
    }

    /// How many wrong tokens one client may send: a second in the long run, and at once (default 0.5 and 10). Past it
    /// the token is not even compared.
    pub fn failed_token_limit(mut self, per_second: f64, burst: u32) -> Self {
        self.failed_tokens = (per_second, burst);
        self
    }

    /// How many scrapes may be between their admission and the last byte of their answer (default 8); more get 503.
    pub fn max_in_flight(mut self, scrapes: usize) -> Self {
        self.max_in_flight = scrapes;
        self
    }

    /// How long a scrape waits for its metrics (default 10 s). A scraper that tells its own timeout is answered a
    /// fifth of it, half a second at most, before that.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a client may take to read the answer (default: as [`EndpointBuilder::timeout`]); then it is cut.
    pub fn send_timeout(mut self, timeout: Duration) -> Self {
        self.send_timeout = Some(timeout);
        self
    }

    /// Builds the endpoint, and starts the thread that gathers for it.
    ///
    /// # Errors
    /// If a setting makes no sense, or the token file isn't usable.
    pub fn build(self) -> Result<MetricsEndpoint, BuildError> {
        let health_path = self.health_path.unwrap_or_else(|| format!("{}/health", self.path.trim_end_matches('/')));
        for path in [&self.path, &health_path] {
            if !path.starts_with('/') || path.contains(['{', '}', '?', '#']) || path.contains(char::is_whitespace) {
                return Err(BuildError::Path(path.clone()));
            }
        }
        if self.path == health_path {
            return Err(BuildError::SamePath(health_path));
        }
        if !(1..=1024).contains(&self.max_in_flight) {
            return Err(BuildError::InFlight(self.max_in_flight));
        }
        let send_timeout = self.send_timeout.unwrap_or(self.timeout);
        if self.timeout.is_zero() || send_timeout.is_zero() {
            return Err(BuildError::Timeout);
        }
        let token = self.token.map(|token| Verifier::open(token, Instant::now())).transpose()?;
        let admission = Arc::new(Admission {
            rate: self.rate.map(rate_limit).transpose()?,
            allowed: Networks::new(self.allow),
            trusted: Networks::new(self.trusted),
            token,
            failed_tokens: rate_limit(self.failed_tokens)?,
        });
        let metrics = Arc::new(EndpointMetrics::default());
        let places = Arc::new(Semaphore::new(self.max_in_flight));
        let own = {
            let (admission, metrics, places) = (Arc::clone(&admission), Arc::clone(&metrics), Arc::clone(&places));
            move || {
                let usable = admission.token.as_ref().and_then(|token| token.file_usable(Instant::now()));
                metrics.snapshot(self.max_in_flight.saturating_sub(places.available_permits()), usable)
            }
        };
        let works = Works { source: self.source, metrics: Arc::clone(&metrics), own: Box::new(own) };
        Ok(MetricsEndpoint::from_inner(Inner {
            path: self.path,
            health_path,
            admission,
            places,
            timeout: self.timeout,
            send_timeout,
            gatherer: Gatherer::start(works).map_err(BuildError::Thread)?,
            metrics,
        }))
    }
}

fn rate_limit((per_second, burst): (f64, u32)) -> Result<RateLimit, BuildError> {
    if per_second.is_finite() && per_second > 0.0 && burst > 0 {
        Ok(RateLimit::new(per_second, burst))
    } else {
        Err(BuildError::RateLimit { per_second, burst })
    }
}

/// An address, as the network that holds only it, or a network.
pub trait IntoNet {
    /// The network.
    fn into_net(self) -> IpNet;
}

impl IntoNet for IpNet {
    fn into_net(self) -> IpNet {
        self
    }
}

impl IntoNet for IpAddr {
    fn into_net(self) -> IpNet {
        self.into()
    }
}
