//! Asks an endpoint as Prometheus does.

use std::time::Duration;

use ureq::{
    Agent, Error,
    http::{Response, Uri},
    tls::{RootCerts, TlsConfig},
};

use super::Unreachable;

/// What Prometheus 3 asks for.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                      application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                      text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
/// As long as Prometheus waits.
const TIMEOUT: Duration = Duration::from_secs(10);
/// More than any sound target serves.
const MOST_BYTES: u64 = 256 << 20;

/// An endpoint that serves metrics.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// `http://` or `https://`, with the path.
    pub url: String,
    /// The bearer token; none is sent without.
    pub token: Option<String>,
    /// Which declared service it is; found out if not given.
    pub service: Option<String>,
}

/// Why an endpoint can't be asked.
#[derive(Debug, thiserror::Error)]
pub enum ScrapeError {
    /// The URL is none that can be asked.
    #[error("`{url}` is no URL to scrape: {why}")]
    Url {
        /// As given, without what must not be shown.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A token can't be sent.
    #[error("the token can't be sent: it holds a line break or another character that no header can")]
    Token,
    /// No such service is declared.
    #[error("no service `{name}` is declared in the files; there {}", there(known))]
    NoSuchService {
        /// As given.
        name: String,
        /// Those that are declared.
        known: Vec<String>,
    },
}

fn there(known: &[String]) -> String {
    match known {
        [] => "is none: give the folder of its telemetry.yaml".to_owned(),
        [one] => format!("is {one}"),
        more => format!("are {}", more.join(", ")),
    }
}

/// What an endpoint answered.
pub(super) struct Answer {
    pub(super) content_type: Option<String>,
    pub(super) body: String,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "***");
        f.debug_struct("Endpoint")
            .field("url", &self.url)
            .field("token", &token)
            .field("service", &self.service)
            .finish()
    }
}

impl Endpoint {
    /// Whether it can be asked at all.
    pub(super) fn check(&self) -> Result<(), ScrapeError> {
        let wrong = |url: &str, why| Err(ScrapeError::Url { url: url.to_owned(), why });
        let Ok(uri) = self.url.parse::<Uri>() else {
            return wrong(&self.url, "write `http://host:port/metrics`");
        };
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return wrong(&self.url, "write `http://` or `https://` in front");
        }
        let Some(authority) = uri.authority() else { return wrong(&self.url, "write `http://host:port/metrics`") };
        if authority.as_str().contains('@') {
            // The URL is shown in findings.
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            return wrong(
                &format!("{}://…@{host}", uri.scheme_str().unwrap_or_default()),
                "a password has no place in it, give a token",
            );
        }
        match &self.token {
            Some(token) if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(ScrapeError::Token)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn fetch(&self) -> Result<Answer, Unreachable> {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent: Agent = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .proxy(None)
            .tls_config(tls)
            .build()
            .into();
        let mut request = agent.get(&self.url).header("accept", ACCEPT).header("accept-encoding", "identity");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().map_err(|error| unreachable(&error))?;
        refused(&response, self.token.is_some())?;
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.map(str::to_owned);
        let body = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec().map_err(|error| Unreachable {
            message: format!("the answer breaks off: {error}"),
            help: "Prometheus takes none of it either, and sets `up` to 0: see the service's log".to_owned(),
        })?;
        let body = String::from_utf8(body).map_err(|_| Unreachable {
            message: "the answer is no UTF-8".to_owned(),
            help: "Prometheus reads only UTF-8; is it a metrics endpoint, and is it compressed without being asked?"
                .to_owned(),
        })?;
        Ok(Answer { content_type, body })
    }
}

/// Nobody answered.
fn unreachable(error: &Error) -> Unreachable {
    let (why, help) = match error {
        Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => (
            "nobody listens there".to_owned(),
            "start the service, and compare port and address with what it says it listens on",
        ),
        Error::HostNotFound => {
            ("the host is not known".to_owned(), "write an address, or ask from where the name is known")
        }
        Error::Timeout(_) => (
            format!("no answer within {} s", TIMEOUT.as_secs()),
            "Prometheus gives up then too: see whether the service hangs, or a firewall drops what is sent to it",
        ),
        Error::Rustls(_) | Error::Tls(_) => (
            format!("no trust in its certificate: {error}"),
            "add its authority to the system's, or ask by the name that is in the certificate",
        ),
        other => (other.to_string(), "compare the URL with what the service says it listens on"),
    };
    Unreachable { message: format!("the endpoint can't be scraped: {why}"), help: help.to_owned() }
}

/// Somebody answered, but not with metrics.
fn refused<T>(response: &Response<T>, has_token: bool) -> Result<(), Unreachable> {
    let status = response.status();
    let help = match status.as_u16() {
        200 => return Ok(()),
        401 if has_token => {
            "the token is not the one the endpoint wants: compare the file with the service's, and mind a rotated one"
        }
        401 => "the endpoint wants a token: give its file by `--token-file`",
        403 => "the endpoint's allowlist doesn't have this machine's address: ask from one that it has",
        404 => {
            "metrics are served at another path: see `endpoint.path` in telemetry.yaml, and a prefix that a proxy adds"
        }
        429 => "the endpoint's rate limit is used up: wait, and see who else scrapes it",
        503 => {
            "the endpoint is busy or its metrics come too late: wait, and see `lapwing_endpoint_rejected_total` by cause"
        }
        500..=599 => "see the service's log: it says why it could not gather",
        _ => "compare the URL with what the service says it listens on",
    };
    Err(Unreachable { message: format!("the endpoint answers {status} instead of metrics"), help: help.to_owned() })
}
