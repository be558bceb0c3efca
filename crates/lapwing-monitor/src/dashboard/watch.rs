//! What is watched of a metric: alerts and objectives on it, and from which value on.

use std::collections::{BTreeMap, BTreeSet};

use lapwing_config::monitoring::{Aggregate, Comparison, Condition, Good, Query, Severity};

use super::{
    draft::Draft,
    grafana::{Link, Step},
    language::metrics_of,
};
use crate::{AlertOrigin, AlertRule, Metric, Service, expression, words};

/// Alerts and objectives of a service.
#[derive(Clone, Debug)]
pub(crate) struct Watch<'a> {
    service: &'a Service,
    /// By name, with the metrics each is about.
    alerts: BTreeMap<&'a str, (Severity, BTreeSet<String>)>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(service: &'a Service, rules: &'a [AlertRule]) -> Watch<'a> {
        let mut alerts: BTreeMap<&str, (Severity, BTreeSet<String>)> = BTreeMap::new();
        for rule in rules {
            let about = match rule.origin {
                AlertOrigin::Objective { index, .. } => objective_metric(service, index).into_iter().collect(),
                _ => metrics_of(&service.signals, &rule.expr),
            };
            let known = alerts.entry(&rule.name).or_insert((rule.severity, BTreeSet::new()));
            known.0 = known.0.max(rule.severity);
            known.1.extend(about);
        }
        Watch { service, alerts }
    }

    /// The alerts on a metric, by name.
    pub(crate) fn alerts_on(&self, metric: &str) -> impl Iterator<Item = (&'a str, Severity)> {
        let on = self.alerts.iter().filter(move |(_, (_, about))| about.contains(metric));
        on.map(|(name, (severity, _))| (*name, *severity))
    }

    /// The metrics that an alert is about.
    pub(crate) fn metrics_of(&self, alert: &str) -> BTreeSet<String> {
        self.alerts.get(alert).map(|(_, about)| about.clone()).unwrap_or_default()
    }

    pub(super) fn is_watched(&self, metric: &Metric) -> bool {
        self.alerts_on(&metric.name).next().is_some()
    }

    pub(super) fn has_objective(&self, metric: &Metric) -> bool {
        let all = 0..self.service.monitoring.objectives.len();
        all.filter_map(|index| objective_metric(self.service, index)).any(|name| name == metric.name)
    }

    /// Names the alerts of what a panel shows in its description, and links their runbooks if those have an address.
    pub(super) fn dress(&self, mut draft: Draft) -> Draft {
        let shown: BTreeSet<String> =
            draft.asks.iter().flat_map(|ask| metrics_of(&self.service.signals, &ask.expression)).collect();
        let alerts: Vec<_> = self.alerts.iter().filter(|(_, (_, about))| !about.is_disjoint(&shown)).collect();
        if alerts.is_empty() {
            return draft;
        }
        let named: Vec<String> =
            alerts.iter().map(|(name, (severity, _))| format!("{name} ({})", severity.as_str())).collect();
        draft.description += &format!("\n\nAlerts on it: {}.", words::listed(&named));
        if self.service.monitoring.links.runbook.is_some() {
            draft.links.extend(alerts.iter().map(|(name, _)| {
                Link::to(&format!("Runbook {name}"), "What to do when this alert fires", self.runbook(name))
            }));
        }
        draft
    }

    fn runbook(&self, alert: &str) -> String {
        let url = self.service.monitoring.links.runbook.as_deref().unwrap_or_default();
        url.replace("{service}", &self.service.monitoring.service).replace("{alert}", alert)
    }

    /// Lines of a panel of quantiles: alerts on quantiles, and objectives' bounds.
    pub(super) fn quantile_lines(&self, metric: &Metric) -> Vec<Step> {
        let mut lines = self.alert_lines(|query| match query {
            Query::Quantile { of, .. } if self.is(metric, &of.instrument) => Some(1.0),
            _ => None,
        });
        for objective in &self.service.monitoring.objectives {
            if let Good::Within { instrument, within, .. } = &objective.good
                && self.is(metric, instrument)
            {
                lines.push((Comparison::Above, within.value, Severity::None));
            }
        }
        steps(lines)
    }

    /// Lines of a panel of a gauge.
    pub(super) fn value_lines(&self, metric: &Metric) -> Vec<Step> {
        steps(self.alert_lines(|query| match query {
            Query::Value { of, .. } if self.is(metric, &of.instrument) => Some(1.0),
            _ => None,
        }))
    }

    /// How an alert joins the series of a gauge.
    pub(super) fn aggregate(&self, metric: &Metric) -> Option<Aggregate> {
        self.service.monitoring.alerts.iter().find_map(|alert| match &alert.condition {
            Condition::Threshold { query: Query::Value { of, aggregate }, .. } if self.is(metric, &of.instrument) => {
                Some(*aggregate)
            }
            _ => None,
        })
    }

    /// Lines of a panel of events a second.
    pub(super) fn rate_lines(&self, metric: &Metric) -> Vec<Step> {
        steps(self.alert_lines(|query| match query {
            Query::Rate { of, per } if self.is(metric, &of.instrument) => Some(per.as_secs_f64()),
            _ => None,
        }))
    }

    /// Lines of a panel of the share of bad events: the budgets of objectives on it.
    pub(super) fn share_lines(&self, metric: &Metric) -> Vec<Step> {
        let objectives = self.service.monitoring.objectives.iter();
        let budgets = objectives.filter_map(|objective| match &objective.good {
            Good::Events { instrument, .. } if self.is(metric, instrument) => {
                Some((Comparison::Above, budget(objective.target.value), Severity::Critical))
            }
            _ => None,
        });
        steps(budgets.collect())
    }

    fn is(&self, metric: &Metric, instrument: &str) -> bool {
        self.service.signals.instrument(instrument).is_some_and(|found| found.name == metric.name)
    }

    /// Thresholds of alerts whose query `divisor` has an answer to, divided by it.
    fn alert_lines(&self, divisor: impl Fn(&Query) -> Option<f64>) -> Vec<(Comparison, f64, Severity)> {
        let alerts = self.service.monitoring.alerts.iter();
        let line = alerts.filter_map(|alert| match &alert.condition {
            Condition::Threshold { query, comparison, threshold, .. } => {
                Some((*comparison, threshold.value / divisor(query)?, alert.severity.value))
            }
            Condition::PromQl(_) => None,
        });
        line.collect()
    }
}

/// Which part of events may be bad, of a target in percent: through the shortest decimal form, so that 99.9 leaves 0.001.
pub(crate) fn budget(target: f64) -> f64 {
    format!("{:.9}", (100.0 - target) / 100.0).parse().unwrap_or(0.0)
}

/// The metric that an objective is about.
pub(crate) fn objective_metric(service: &Service, index: usize) -> Option<String> {
    let (Good::Events { instrument, .. } | Good::Within { instrument, .. }) =
        &service.monitoring.objectives.get(index)?.good;
    service.signals.instrument(instrument).map(|metric| metric.name.clone())
}

fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "red",
        Severity::Warning => "orange",
        Severity::Info => "blue",
        // An objective's bound.
        Severity::None => "yellow",
    }
}

/// Lines as steps: below the lowest `below` its colour, then green, then the colour of each `above`. Nothing without lines.
fn steps(mut lines: Vec<(Comparison, f64, Severity)>) -> Vec<Step> {
    lines.retain(|(comparison, value, _)| *comparison != Comparison::Equals && value.is_finite());
    lines.sort_by(|a, b| a.1.total_cmp(&b.1).then(b.2.cmp(&a.2)));
    lines.dedup_by(|later, earlier| later.0 == earlier.0 && later.1 == earlier.1);
    let (below, above): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.0 == Comparison::Below);
    if below.is_empty() && above.is_empty() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut from = None;
    for (_, value, severity) in below {
        steps.push(Step { value: from, color: color(severity).to_owned() });
        from = Some(value);
    }
    steps.push(Step { value: from, color: "green".to_owned() });
    let worst = from.unwrap_or(f64::NEG_INFINITY);
    let above = above.into_iter().filter(|(_, value, _)| *value > worst);
    steps.extend(above.map(|(_, value, severity)| Step { value: Some(value), color: color(severity).to_owned() }));
    steps
}

/// The series that a declared query is about.
pub(super) fn metric_of<'a>(service: &'a Service, query: &Query) -> Option<&'a Metric> {
    service.signals.instrument(&expression::series(query)?.instrument)
}
