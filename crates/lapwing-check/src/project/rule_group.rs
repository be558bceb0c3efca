//! Rules of Prometheus.

use std::sync::Arc;

use lapwing_document::{Entry, Node};

use crate::{Frame, Query, Spot, Text, Timing};

/// A group of rules: of a rule file, or of a PrometheusRule object.
#[derive(Clone, Debug)]
pub struct RuleGroup {
    /// Its name.
    pub name: Option<Text>,
    /// How often it is evaluated, where it says so itself.
    pub interval: Option<Timing>,
    /// Its alerts.
    pub alerts: Vec<AlertRule>,
    /// What it records.
    pub recordings: Vec<RecordingRule>,
    /// Labels that all its rules get.
    pub labels: Vec<Pair>,
    /// The namespace of the object it is from, empty where it says none; `None` in a rule file, which no operator loads beside its objects.
    pub namespace: Option<String>,
    /// Where it begins.
    pub spot: Spot,
}

/// A rule that alerts.
#[derive(Clone, Debug)]
pub struct AlertRule {
    /// `alert`.
    pub name: Text,
    /// `expr`.
    pub expr: Query,
    /// `for`.
    pub for_: Option<Timing>,
    /// `keep_firing_for`.
    pub keep_firing_for: Option<Timing>,
    /// `labels`.
    pub labels: Vec<Pair>,
    /// `annotations`.
    pub annotations: Vec<Pair>,
}

/// A rule that records.
#[derive(Clone, Debug)]
pub struct RecordingRule {
    /// `record`.
    pub name: Text,
    /// `expr`.
    pub expr: Query,
    /// `labels`.
    pub labels: Vec<Pair>,
}

/// A key with a text, such as a label.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The key.
    pub key: String,
    /// Where the key is.
    pub key_spot: Spot,
    /// What it says.
    pub value: Text,
}

impl AlertRule {
    /// The label of this name.
    pub fn label(&self, name: &str) -> Option<&Pair> {
        self.labels.iter().find(|pair| pair.key == name)
    }

    /// The annotation of this name.
    pub fn annotation(&self, name: &str) -> Option<&Pair> {
        self.annotations.iter().find(|pair| pair.key == name)
    }
}

impl RuleGroup {
    /// The groups in the mapping that has the key `groups`.
    pub(crate) fn all(frame: &Arc<Frame>, parent: &Node, namespace: Option<&str>) -> Vec<RuleGroup> {
        let groups = parent.get("groups").map(Node::items).unwrap_or_default();
        groups.iter().map(|group| RuleGroup::read(frame, group, namespace)).collect()
    }

    fn read(frame: &Arc<Frame>, node: &Node, namespace: Option<&str>) -> RuleGroup {
        let mut group = RuleGroup {
            name: text(frame, node, "name"),
            interval: text(frame, node, "interval").map(Timing::new),
            alerts: Vec::new(),
            recordings: Vec::new(),
            labels: pairs(frame, node, "labels"),
            namespace: namespace.map(str::to_owned),
            spot: frame.at(node),
        };
        for rule in node.get("rules").map(Node::items).unwrap_or_default() {
            let Some(expr) = text(frame, rule, "expr").map(Query::rule) else { continue };
            let labels = pairs(frame, rule, "labels");
            if let Some(name) = text(frame, rule, "alert") {
                let for_ = text(frame, rule, "for").map(Timing::new);
                let keep_firing_for = text(frame, rule, "keep_firing_for").map(Timing::new);
                let annotations = pairs(frame, rule, "annotations");
                group.alerts.push(AlertRule { name, expr, for_, keep_firing_for, labels, annotations });
            } else if let Some(name) = text(frame, rule, "record") {
                group.recordings.push(RecordingRule { name, expr, labels });
            }
        }
        group
    }
}

/// The scalar under a key.
pub(crate) fn text(frame: &Arc<Frame>, node: &Node, key: &str) -> Option<Text> {
    frame.text(node.get(key)?)
}

fn pairs(frame: &Arc<Frame>, node: &Node, key: &str) -> Vec<Pair> {
    let entries = node.get(key).map(Node::entries).unwrap_or_default();
    let pair = |entry: &Entry| {
        let value = frame.text(&entry.value)?;
        Some(Pair { key: entry.key.clone(), key_spot: frame.spot(entry.key_place), value })
    };
    entries.iter().filter_map(pair).collect()
}
