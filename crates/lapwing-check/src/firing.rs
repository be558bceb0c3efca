//! The labels of alerts that fire.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use lapwing_document::Node;
use lapwing_promql::{Presence, ResultLabels};

use crate::{
    AlertRule, Project, RuleGroup,
    queried::{OF_PROMETHEUS, Queried},
};

/// The labels of an alert that fires.
pub(crate) struct AlertLabels<'p> {
    pub(crate) group: &'p RuleGroup,
    pub(crate) alert: &'p AlertRule,
    result: ResultLabels,
    outer: Rc<Outer<'p>>,
}

/// What is known of a label's value.
pub(crate) enum LabelValue<'l> {
    Known(&'l str),
    /// It has one, whatever it is.
    Some,
    /// It may have one.
    Open,
}

/// What can be said without knowing all labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    Maybe,
    Yes,
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Truth {
        if truth { Truth::Yes } else { Truth::No }
    }
}

impl<'p> AlertLabels<'p> {
    /// Those of all alerts, in their order.
    pub(crate) fn all(project: &'p Project) -> Vec<AlertLabels<'p>> {
        let (queried, outer) = (Queried::of(project), Rc::new(Outer::of(project)));
        let labels = |(group, alert): (&'p RuleGroup, &'p AlertRule)| {
            let result = alert.expr.expr().map_or_else(ResultLabels::unknown, |expr| queried.labels(expr));
            AlertLabels { group, alert, result, outer: outer.clone() }
        };
        project.alerts().map(labels).collect()
    }

    pub(crate) fn value(&self, label: &str) -> LabelValue<'_> {
        if label == "alertname" {
            return LabelValue::Known(&self.alert.name.value);
        }
        if self.outer.rewritten.contains(label) || self.outer.rewrites_any {
            return LabelValue::Open;
        }
        let of_group = || self.group.labels.iter().find(|pair| pair.key == label);
        if let Some(pair) = self.alert.label(label).or_else(of_group) {
            return if pair.value.contains("{{") { LabelValue::Open } else { LabelValue::Known(&pair.value) };
        }
        match self.result.has(label) {
            Presence::Yes => LabelValue::Some,
            Presence::Maybe => LabelValue::Open,
            Presence::No => self.outer.value(label),
        }
    }

    /// Whether its query can give several results, so that several alerts of the rule fire at once.
    pub(crate) fn tells_apart(&self) -> bool {
        self.result.is_open() || self.result.named().any(|(_, presence)| presence != Presence::No)
    }

    /// Whether it has the label, with a value.
    pub(crate) fn has(&self, label: &str) -> Truth {
        match self.value(label) {
            LabelValue::Known(value) => (!value.is_empty()).into(),
            LabelValue::Some => Truth::Yes,
            LabelValue::Open => Truth::Maybe,
        }
    }
}

/// What Prometheus does to the labels of all alerts when it sends them.
struct Outer<'p> {
    /// `external_labels`; none if no configuration of Prometheus is among the files.
    added: Option<HashMap<&'p str, &'p str>>,
    /// Labels that `alert_relabel_configs` write.
    rewritten: HashSet<&'p str>,
    /// Whether it copies labels by a pattern.
    rewrites_any: bool,
}

impl<'p> Outer<'p> {
    fn of(project: &'p Project) -> Outer<'p> {
        let mut outer = Outer { added: None, rewritten: HashSet::new(), rewrites_any: false };
        for prometheus in project.prometheus() {
            let labels = prometheus.external_labels();
            let pairs = labels.iter().map(|entry| (entry.key.as_str(), entry.value.as_text().unwrap_or_default()));
            outer.added.get_or_insert_default().extend(pairs);
            let rules = prometheus.node.at(&["alerting", "alert_relabel_configs"]);
            for rule in rules.map(Node::items).unwrap_or_default() {
                outer.rewritten.extend(rule.get("target_label").and_then(Node::as_str));
                let action = rule.get("action").and_then(Node::as_str).unwrap_or_default();
                outer.rewrites_any |= matches!(action, "labelmap" | "labeldrop" | "labelkeep");
            }
        }
        outer
    }

    /// What an alert has that lacks the label itself.
    fn value(&self, label: &str) -> LabelValue<'_> {
        match &self.added {
            Some(added) => LabelValue::Known(added.get(label).copied().unwrap_or_default()),
            None if OF_PROMETHEUS.contains(&label) => LabelValue::Open,
            None => LabelValue::Known(""),
        }
    }
}
