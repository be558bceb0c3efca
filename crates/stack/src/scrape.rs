//! What Prometheus is told to scrape.

use std::{fmt::Write as _, path::PathBuf};

use serde_json::json;

/// Exposition format a scrape asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Text 0.0.4.
    Text,
    /// Text 1.0.0.
    Text1,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
    /// Protobuf, with native histograms.
    Protobuf,
}

impl Protocol {
    fn name(self) -> &'static str {
        match self {
            Protocol::Text => "PrometheusText0.0.4",
            Protocol::Text1 => "PrometheusText1.0.0",
            Protocol::OpenMetrics => "OpenMetricsText1.0.0",
            Protocol::Protobuf => "PrometheusProto",
        }
    }
}

/// One scraped service.
#[derive(Clone, Debug)]
pub struct Scrape {
    pub(crate) job: String,
    target: String,
    path: String,
    pub(crate) protocol: Option<Protocol>,
    token_file: Option<PathBuf>,
}

impl Scrape {
    /// Scrapes `http://target/metrics` under the job name `job`; `target` is `host:port`.
    pub fn new(job: impl Into<String>, target: impl Into<String>) -> Self {
        Scrape { job: job.into(), target: target.into(), path: "/metrics".to_owned(), protocol: None, token_file: None }
    }

    /// Path; default `/metrics`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The one format to ask for; by default Prometheus asks for all it knows, OpenMetrics first.
    ///
    /// Prometheus 2.42 can't be told: it always asks for OpenMetrics before text, and for protobuf before both when the feature
    /// `native-histograms` is on. There only [`Protocol::OpenMetrics`] and [`Protocol::Protobuf`] are accepted; to have it
    /// scrape text, let the service answer text.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// File with the bearer token; Prometheus re-reads it at each scrape.
    pub fn token_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.token_file = Some(file.into());
        self
    }

    pub(crate) fn write(&self, yaml: &mut String, major: u32) {
        // JSON strings are YAML strings.
        let _ = writeln!(yaml, "- job_name: {}", json!(self.job));
        let _ = writeln!(yaml, "  metrics_path: {}", json!(self.path));
        let _ = writeln!(yaml, "  static_configs: [{{targets: [{}]}}]", json!(self.target));
        if let (Some(protocol), true) = (self.protocol, major >= 3) {
            let _ = writeln!(yaml, "  scrape_protocols: [{}]", protocol.name());
        }
        if let Some(file) = &self.token_file {
            let _ = writeln!(yaml, "  authorization: {{credentials_file: {}}}", json!(file.display().to_string()));
        }
    }
}
