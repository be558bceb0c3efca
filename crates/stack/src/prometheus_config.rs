//! A configuration that Prometheus loads.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use crate::Scrape;

#[derive(Clone, Debug)]
pub(crate) struct PrometheusConfig {
    pub(crate) scrapes: Vec<Scrape>,
    pub(crate) rules: Vec<PathBuf>,
    /// `host:port` of each.
    pub(crate) alertmanagers: Vec<String>,
    pub(crate) external_labels: BTreeMap<String, String>,
    pub(crate) interval: Duration,
    pub(crate) evaluation: Option<Duration>,
}

impl Default for PrometheusConfig {
    fn default() -> Self {
        PrometheusConfig {
            scrapes: Vec::new(),
            rules: Vec::new(),
            alertmanagers: Vec::new(),
            external_labels: BTreeMap::new(),
            interval: Duration::from_secs(1),
            evaluation: None,
        }
    }
}

impl PrometheusConfig {
    /// The whole of it, for Prometheus `major`. JSON is YAML, hence the quoting.
    pub(crate) fn text(&self, major: u32) -> String {
        let scrape = self.interval.as_millis().max(1);
        let evaluation = self.evaluation.unwrap_or(self.interval).as_millis().max(1);
        let mut yaml = format!(
            "global:\n  {{scrape_interval: {scrape}ms, scrape_timeout: {scrape}ms, evaluation_interval: {evaluation}ms, \
             external_labels: {}}}\n",
            json!(self.external_labels)
        );
        if !self.alertmanagers.is_empty() {
            let targets = json!(self.alertmanagers);
            let _ = writeln!(yaml, "alerting: {{alertmanagers: [{{static_configs: [{{targets: {targets}}}]}}]}}");
        }
        if !self.rules.is_empty() {
            let files: Vec<_> = self.rules.iter().map(|file| absolute(file).display().to_string()).collect();
            let _ = writeln!(yaml, "rule_files: {}", json!(files));
        }
        yaml.push_str(if self.scrapes.is_empty() { "scrape_configs: []\n" } else { "scrape_configs:\n" });
        for scrape in &self.scrapes {
            scrape.write(&mut yaml, major);
        }
        yaml
    }
}

/// Prometheus takes relative paths from the folder of its configuration, callers from their own.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Protocol;

    #[test]
    fn configuration_names_protocols_only_where_they_are_understood() {
        let scrape = Scrape::new("a \"b\"", "127.0.0.1:1").protocol(Protocol::Text).token_file("/t");
        let interval = Duration::from_millis(200);
        let config = PrometheusConfig { scrapes: vec![scrape], interval, ..PrometheusConfig::default() };
        assert_eq!(
            config.text(3),
            "global:\n  {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms, external_labels: {}}\n\
             scrape_configs:\n- job_name: \"a \\\"b\\\"\"\n  metrics_path: \"/metrics\"\n  \
             static_configs: [{targets: [\"127.0.0.1:1\"]}]\n  scrape_protocols: [PrometheusText0.0.4]\n  \
             authorization: {credentials_file: \"/t\"}\n"
        );
        assert!(!config.text(2).contains("scrape_protocols"));
    }

    #[test]
    fn configuration_says_where_alerts_go_and_how_often_rules_run() {
        let config = PrometheusConfig {
            rules: vec![PathBuf::from("/rules/a.yml")],
            alertmanagers: vec!["127.0.0.1:2".to_owned()],
            external_labels: [("region".to_owned(), "r\"1".to_owned())].into(),
            evaluation: Some(Duration::from_millis(50)),
            ..PrometheusConfig::default()
        };
        assert_eq!(
            config.text(3),
            "global:\n  {scrape_interval: 1000ms, scrape_timeout: 1000ms, evaluation_interval: 50ms, \
             external_labels: {\"region\":\"r\\\"1\"}}\n\
             alerting: {alertmanagers: [{static_configs: [{targets: [\"127.0.0.1:2\"]}]}]}\n\
             rule_files: [\"/rules/a.yml\"]\nscrape_configs: []\n"
        );
    }
}
