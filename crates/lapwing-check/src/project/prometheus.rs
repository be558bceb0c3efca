//! The configuration of Prometheus.

use std::sync::Arc;

use lapwing_document::{Entry, Node};

use super::rule_group::text;
use crate::{Frame, Text, Timing};

/// The configuration of Prometheus.
#[derive(Clone, Debug)]
pub struct PrometheusConfig {
    /// `global.scrape_interval`.
    pub scrape_interval: Option<Timing>,
    /// `global.evaluation_interval`.
    pub evaluation_interval: Option<Timing>,
    /// `scrape_configs`.
    pub jobs: Vec<ScrapeJob>,
    /// All of it, for what has no field here.
    pub node: Node,
    /// The way from places of `node` to the file.
    pub frame: Arc<Frame>,
}

/// An item of `scrape_configs`.
#[derive(Clone, Debug)]
pub struct ScrapeJob {
    /// `job_name`.
    pub name: Text,
    /// `scrape_interval`; without one the global one holds.
    pub interval: Option<Timing>,
    /// All of it.
    pub node: Node,
}

impl PrometheusConfig {
    pub(crate) fn read(frame: &Arc<Frame>, node: &Node) -> PrometheusConfig {
        let global = |key: &str| node.at(&["global", key]).and_then(|node| frame.text(node)).map(Timing::new);
        let job = |node: &Node| {
            let name = text(frame, node, "job_name")?;
            Some(ScrapeJob {
                name,
                interval: text(frame, node, "scrape_interval").map(Timing::new),
                node: node.clone(),
            })
        };
        let jobs = node.get("scrape_configs").map(Node::items).unwrap_or_default();
        PrometheusConfig {
            scrape_interval: global("scrape_interval"),
            evaluation_interval: global("evaluation_interval"),
            jobs: jobs.iter().filter_map(job).collect(),
            node: node.clone(),
            frame: frame.clone(),
        }
    }

    /// `global.external_labels`.
    pub(crate) fn external_labels(&self) -> &[Entry] {
        self.node.at(&["global", "external_labels"]).map(Node::entries).unwrap_or_default()
    }
}
