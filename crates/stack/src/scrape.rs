//! What Prometheus is told to scrape.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

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

    fn write(&self, yaml: &mut String, major: u32) {
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

/// A whole configuration that Prometheus `major` loads.
pub(crate) fn configuration(scrapes: &[Scrape], rules: &[PathBuf], interval: Duration, major: u32) -> String {
    let interval = interval.as_millis().max(1);
    let mut yaml = format!(
        "global: {{scrape_interval: {interval}ms, scrape_timeout: {interval}ms, evaluation_interval: {interval}ms}}\n"
    );
    if !rules.is_empty() {
        let files: Vec<_> = rules.iter().map(|file| absolute(file).display().to_string()).collect();
        let _ = writeln!(yaml, "rule_files: {}", json!(files));
    }
    yaml.push_str(if scrapes.is_empty() { "scrape_configs: []\n" } else { "scrape_configs:\n" });
    for scrape in scrapes {
        scrape.write(&mut yaml, major);
    }
    yaml
}

/// Prometheus takes relative paths from the folder of its configuration, callers from their own.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_names_protocols_only_where_they_are_understood() {
        let scrape = Scrape::new("a \"b\"", "127.0.0.1:1").protocol(Protocol::Text).token_file("/t");
        let new = configuration(std::slice::from_ref(&scrape), &[], Duration::from_millis(200), 3);
        assert_eq!(
            new,
            "global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}\n\
             scrape_configs:\n- job_name: \"a \\\"b\\\"\"\n  metrics_path: \"/metrics\"\n  \
             static_configs: [{targets: [\"127.0.0.1:1\"]}]\n  scrape_protocols: [PrometheusText0.0.4]\n  \
             authorization: {credentials_file: \"/t\"}\n"
        );
        assert!(!configuration(&[scrape], &[], Duration::from_secs(1), 2).contains("scrape_protocols"));
    }
}
