//! The labels of what queries give, by what is declared and recorded.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use lapwing_monitor::{Metric, Values};
use lapwing_promql::{Expr, Presence, ResultLabels, VectorSelector};

use crate::{
    Project, RecordingRule, RuleGroup,
    series::{Known, Series},
};

/// Labels by which one Prometheus is told from others. Where its configuration isn't known it may add these.
pub(crate) const OF_PROMETHEUS: [&str; 13] = [
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

/// Labels that Prometheus gives to all that it scrapes.
const SCRAPE_LABELS: [&str; 2] = ["instance", "job"];

/// How many rules deep what is recorded from what is recorded is followed.
const DEEPEST: usize = 32;

/// What is known of the labels that queries give.
pub(crate) struct Queried<'p> {
    known: Option<Known<'p>>,
    recordings: HashMap<&'p str, Vec<(&'p RuleGroup, &'p RecordingRule)>>,
    /// The labels of what is recorded; unknown while they are being found out.
    recorded: RefCell<HashMap<&'p str, ResultLabels>>,
    /// Labels that series get where those of several Prometheus are kept together.
    of_prometheus: BTreeSet<&'p str>,
}

impl<'p> Queried<'p> {
    pub(crate) fn of(project: &'p Project) -> Queried<'p> {
        let mut recordings: HashMap<&str, Vec<_>> = HashMap::new();
        for (group, rule) in project.recordings() {
            recordings.entry(&rule.name.value).or_default().push((group, rule));
        }
        let external = project.prometheus().iter().flat_map(|config| config.external_labels());
        let of_prometheus = OF_PROMETHEUS.into_iter().chain(external.map(|entry| entry.key.as_str())).collect();
        Queried { known: Known::of(project), recordings, recorded: RefCell::default(), of_prometheus }
    }

    /// The labels of what a query gives where its rule is evaluated.
    pub(crate) fn labels(&self, expr: &Expr) -> ResultLabels {
        self.deep(expr, 0)
    }

    /// The labels of what a query gives that may be asked of a store for several Prometheus, which tells them apart by labels.
    pub(crate) fn labels_in_store(&self, expr: &Expr) -> ResultLabels {
        expr.result_labels_of(&|selector| self.in_store(selector))
    }

    /// The labels of what a selector selects, wherever it is asked, with all that a declaration promises.
    pub(crate) fn promised(&self, selector: &VectorSelector) -> ResultLabels {
        let labels = self.in_store(selector);
        match self.known.as_ref().map(|known| known.series(selector)) {
            Some(Series::Declared(metrics)) => {
                let all = |label: &str| metrics.iter().all(|(_, metric)| always(metric, label));
                let own = metrics.iter().flat_map(|(_, metric)| metric.labels.iter().map(|label| label.name.as_str()));
                let promised = own.filter(|label| all(label)).chain(SCRAPE_LABELS);
                promised.fold(labels, |labels, label| labels.with(label, Presence::Yes))
            }
            _ => labels,
        }
    }

    /// Whether all that is selected is declared.
    pub(crate) fn declares_all_of(&self, expr: &Expr) -> bool {
        self.known.as_ref().is_some_and(|known| known.declares_all_of(expr))
    }

    fn in_store(&self, selector: &VectorSelector) -> ResultLabels {
        let labels = self.selected(selector, 0);
        let lacks = |label: &&str| labels.has(label) == Presence::No;
        let lacking: Vec<&str> = self.of_prometheus.iter().copied().filter(lacks).collect();
        lacking.into_iter().fold(labels, |labels, label| labels.with(label, Presence::Maybe))
    }

    fn deep(&self, expr: &Expr, depth: usize) -> ResultLabels {
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
            let result = rule.expr.expr().map_or_else(ResultLabels::unknown, |expr| self.deep(expr, depth + 1));
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

/// Whether all series of a metric have a label with a value.
fn always(metric: &Metric, label: &str) -> bool {
    metric.label(label).is_some_and(|label| {
        let valued = match &label.values {
            Values::Closed(values) => !values.is_empty() && values.iter().all(|value| !value.is_empty()),
            Values::Open => false,
        };
        valued && !label.optional
    })
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
