//! Exporters over OTLP.

use std::{str::FromStr, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use lapwing_config::{Otlp, Temporality};
use opentelemetry_otlp::{
    Compression, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use opentelemetry_sdk::metrics::Temporality as SdkTemporality;
use tokio::runtime::Handle;
use tonic::{
    metadata::{KeyAndValueRef, MetadataMap},
    transport::{Channel, Endpoint},
};

use crate::collector::{Collector, LastError};

/// How requests travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Http,
    Grpc,
}

/// One exporter to build.
pub(crate) struct Plan<'a> {
    pub(crate) otlp: &'a Otlp,
    pub(crate) transport: Transport,
    /// Deadline of one export, retries included.
    pub(crate) timeout: Duration,
    pub(crate) runtime: Handle,
    pub(crate) last_error: LastError,
}

impl Plan<'_> {
    fn http_compressed<B: WithHttpConfig>(&self, builder: B) -> B {
        match self.otlp.gzip {
            true => builder.with_compression(Compression::Gzip),
            false => builder,
        }
    }

    fn grpc_compressed<B: WithTonicConfig>(&self, builder: B) -> B {
        match self.otlp.gzip {
            true => builder.with_compression(Compression::Gzip),
            false => builder,
        }
    }

    pub(crate) fn spans(&self) -> Result<SpanExporter, String> {
        match self.transport {
            Transport::Http => {
                let endpoint = self.endpoint("http://localhost:4318/v1/traces");
                let builder = SpanExporter::builder()
                    .with_http()
                    .with_protocol(self.protocol())
                    .with_http_client(self.collector(&endpoint)?)
                    .with_timeout(self.timeout);
                self.http_compressed(builder).with_endpoint(endpoint).build().map_err(|error| error.to_string())
            }
            Transport::Grpc => {
                let builder = SpanExporter::builder()
                    .with_tonic()
                    .with_channel(self.channel()?)
                    .with_interceptor(Headers::new(self.headers()?, "OTEL_EXPORTER_OTLP_TRACES_HEADERS"))
                    .with_timeout(self.timeout);
                self.grpc_compressed(builder).build().map_err(|error| error.to_string())
            }
        }
    }

    pub(crate) fn metrics(&self) -> Result<MetricExporter, String> {
        let temporality = temporality(self.otlp.temporality);
        match self.transport {
            Transport::Http => {
                let endpoint = self.endpoint("http://localhost:4318/v1/metrics");
                let builder = MetricExporter::builder()
                    .with_temporality(temporality)
                    .with_http()
                    .with_protocol(self.protocol())
                    .with_http_client(self.collector(&endpoint)?)
                    .with_timeout(self.timeout);
                self.http_compressed(builder).with_endpoint(endpoint).build().map_err(|error| error.to_string())
            }
            Transport::Grpc => {
                let builder = MetricExporter::builder()
                    .with_temporality(temporality)
                    .with_tonic()
                    .with_channel(self.channel()?)
                    .with_interceptor(Headers::new(self.headers()?, "OTEL_EXPORTER_OTLP_METRICS_HEADERS"))
                    .with_timeout(self.timeout);
                self.grpc_compressed(builder).build().map_err(|error| error.to_string())
            }
        }
    }

    fn protocol(&self) -> Protocol {
        match self.otlp.json {
            false => Protocol::HttpBinary,
            true => Protocol::HttpJson,
        }
    }

    fn endpoint(&self, default: &str) -> String {
        self.otlp.endpoint.clone().filter(|endpoint| !endpoint.is_empty()).unwrap_or_else(|| default.to_owned())
    }

    fn collector(&self, endpoint: &str) -> Result<Collector, String> {
        let uri = http::Uri::from_str(endpoint).map_err(|_| "the endpoint is no valid URL".to_owned())?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => tls_or(endpoint)?,
            _ => return Err(format!("the endpoint `{}` must begin with http:// or https://", shown(endpoint))),
        }
        let client = reqwest::Client::builder().timeout(self.timeout).redirect(reqwest::redirect::Policy::none());
        #[cfg(feature = "otlp-tls")]
        let client = crate::tls::http(client, self.otlp)?;
        let client = client.build().map_err(|error| format!("the HTTP client could not be built: {error}"))?;
        Ok(Collector::new(client, self.runtime.clone(), self.headers()?, self.last_error.clone()))
    }

    fn channel(&self) -> Result<Channel, String> {
        let mut endpoint = self.endpoint("http://localhost:4317");
        if !endpoint.contains("://") {
            endpoint = format!("{}://{endpoint}", if self.otlp.insecure { "http" } else { "https" });
        }
        let secure = endpoint.starts_with("https://");
        if secure {
            tls_or(&endpoint)?;
        }
        let channel = Endpoint::from_shared(endpoint)
            .map_err(|_| "the endpoint is no valid URL".to_owned())?
            .timeout(self.timeout)
            .connect_timeout(self.timeout);
        #[cfg(feature = "otlp-tls")]
        let channel = if secure { crate::tls::grpc(channel, self.otlp)? } else { channel };
        // The channel's worker lives on the runtime it is made in.
        let _inside = self.runtime.enter();
        Ok(channel.connect_lazy())
    }

    /// The configured headers, marked as secrets.
    fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.otlp.headers {
            let key = HeaderName::from_str(name).map_err(|_| format!("`{name}` is no name of a header"))?;
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| format!("the value of the header `{name}` holds characters that a header can't"))?;
            value.set_sensitive(true);
            headers.append(key, value);
        }
        Ok(headers)
    }
}

/// Sets the configured headers on each call, and takes off what the exporter read from the environment by itself.
#[derive(Clone)]
struct Headers {
    configured: MetadataMap,
    of_environment: Vec<String>,
}

impl Headers {
    fn new(configured: HeaderMap, of_signal: &str) -> Headers {
        let of_environment = ["OTEL_EXPORTER_OTLP_HEADERS", of_signal]
            .into_iter()
            .filter_map(|variable| std::env::var(variable).ok())
            .flat_map(|list| {
                list.split(',')
                    .filter_map(|pair| Some(pair.split_once('=')?.0.trim().to_ascii_lowercase()))
                    .filter(|name| name != "user-agent")
                    .collect::<Vec<_>>()
            })
            .collect();
        Headers { configured: MetadataMap::from_headers(configured), of_environment }
    }
}

impl tonic::service::Interceptor for Headers {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, tonic::Status> {
        let metadata = request.metadata_mut();
        for name in &self.of_environment {
            match name.ends_with("-bin") {
                true => drop(metadata.remove_bin(name.as_str())),
                false => drop(metadata.remove(name.as_str())),
            }
        }
        for entry in self.configured.iter() {
            match entry {
                KeyAndValueRef::Ascii(key, value) => drop(metadata.insert(key.clone(), value.clone())),
                KeyAndValueRef::Binary(key, value) => drop(metadata.insert_bin(key.clone(), value.clone())),
            }
        }
        Ok(request)
    }
}

pub(crate) fn temporality(temporality: Temporality) -> SdkTemporality {
    match temporality {
        Temporality::Cumulative => SdkTemporality::Cumulative,
        Temporality::Delta => SdkTemporality::Delta,
        Temporality::LowMemory => SdkTemporality::LowMemory,
    }
}

fn tls_or(endpoint: &str) -> Result<(), String> {
    if cfg!(feature = "otlp-tls") {
        return Ok(());
    }
    Err(format!("the endpoint `{}` needs TLS: enable the feature `otlp-tls` of the crate lapwing", shown(endpoint)))
}

/// An endpoint without what may be secret in it: user, password, path and query.
pub(crate) fn shown(endpoint: &str) -> String {
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("", endpoint));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_endpoint_keeps_no_secret() {
        for (endpoint, expected) in [
            ("https://user:pass@collector:4318/v1/traces?key=1", "https://collector:4318"),
            ("http://localhost:4317", "http://localhost:4317"),
            ("collector:4317", "collector:4317"),
            ("u:p@collector/x", "collector"),
        ] {
            assert_eq!(shown(endpoint), expected);
        }
    }
}
