//! The labels of alerts that fire.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use lapwing_document::Node;
use lapwing_promql::{Expr, Presence, ResultLabels, VectorSelector};

use crate::{
    AlertRule, Project, RecordingRule, RuleGroup,
    routing::Truth,
    series::{Known, Series},
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

impl<'p> AlertLabels<'p> {
    /// Those of all alerts, in their order.
    pub(crate) fn all(project: &'p Project) -> Vec<AlertLabels<'p>> {
        let (queried, outer) = (Queried::of(project), Rc::new(Outer::of(project)));
        let labels = |(group, alert): (&'p RuleGroup, &'p AlertRule)| {
            let result = alert.expr.expr().map_or_else(ResultLabels::unknown, |expr| queried.labels(expr, 0));
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

/// Labels by which one Prometheus is told from others. Where its configuration isn't known it may add these.
const OF_PROMETHEUS: [&str; 13] = [
    "cluster",
    "datacenter",
    "dc",
    "env",
    "environment",
    "monitor",
    "prometheus",
    "prometheus_replica",
    "region",
    "replica",
    "stage",
    "tenant",
    "zone",
];

impl<'p> Outer<'p> {
    fn of(project: &'p Project) -> Outer<'p> {
        let mut outer = Outer { added: None, rewritten: HashSet::new(), rewrites_any: false };
        for prometheus in project.prometheus() {
            let labels = prometheus.node.at(&["global", "external_labels"]).map(Node::entries).unwrap_or_default();
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

/// How many rules deep what is recorded from what is recorded is followed.
const DEEPEST: usize = 32;

/// What is known of the labels that queries give.
struct Queried<'p> {
    known: Option<Known<'p>>,
    recordings: HashMap<&'p str, Vec<(&'p RuleGroup, &'p RecordingRule)>>,
    /// The labels of what is recorded; unknown while they are being found out.
    recorded: RefCell<HashMap<&'p str, ResultLabels>>,
}

impl<'p> Queried<'p> {
    fn of(project: &'p Project) -> Queried<'p> {
        let mut recordings: HashMap<&str, Vec<_>> = HashMap::new();
        for (group, rule) in project.recordings() {
            recordings.entry(&rule.name.value).or_default().push((group, rule));
        }
        Queried { known: Known::of(project), recordings, recorded: RefCell::default() }
    }

    fn labels(&self, expr: &Expr, depth: usize) -> ResultLabels {
        expr.result_labels_of(&|selector| self.selected(selector, depth))
    }

    fn selected(&self, selector: &VectorSelector, depth: usize) -> ResultLabels {
        let recorded = selector.metric().and_then(|(name, _)| self.recordings.get_key_value(name));
        if let Some((name, rules)) = recorded {
            return self.recorded(name, rules, depth);
        }
        match self.known.as_ref().map(|known| (known, known.series(selector))) {
            Some((known, Series::Declared(metrics))) => known.labels_of(selector, &metrics),
            _ => ResultLabels::unknown(),
        }
    }

    fn recorded(&self, name: &'p str, rules: &[(&'p RuleGroup, &'p RecordingRule)], depth: usize) -> ResultLabels {
        if let Some(found) = self.recorded.borrow().get(name) {
            return found.clone();
        }
        if depth == DEEPEST {
            return ResultLabels::unknown();
        }
        self.recorded.borrow_mut().insert(name, ResultLabels::unknown());
        let of_rule = |(group, rule): &(&'p RuleGroup, &'p RecordingRule)| {
            let result = rule.expr.expr().map_or_else(ResultLabels::unknown, |expr| self.labels(expr, depth + 1));
            let own = group.labels.iter().chain(&rule.labels);
            own.fold(result, |labels, pair| {
                let has = if pair.value.is_empty() { Presence::No } else { Presence::Yes };
                labels.with(pair.key.as_str(), has)
            })
        };
        let labels = rules.iter().map(of_rule).reduce(|a, b| either(&a, &b)).unwrap_or_else(ResultLabels::unknown);
        self.recorded.borrow_mut().insert(name, labels.clone());
        labels
    }
}

/// Of series of either kind.
fn either(a: &ResultLabels, b: &ResultLabels) -> ResultLabels {
    let open = a.is_open() || b.is_open();
    let names: BTreeSet<&str> = a.named().chain(b.named()).map(|(label, _)| label).collect();
    let start = if open { ResultLabels::unknown() } else { ResultLabels::none() };
    names.into_iter().fold(start, |labels, label| {
        let (one, other) = (a.has(label), b.has(label));
        labels.with(label, if one == other { one } else { Presence::Maybe })
    })
}
