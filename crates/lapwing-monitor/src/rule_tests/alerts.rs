//! The alerts of a name that fire at a time.

use std::time::Duration;

use lapwing_promql::{Dialect, Expr, Presence, ResultLabels, parse};

use super::{labels::Labels, template::filled, time};
use crate::{AlertRule, expression::quoted, yaml::Yaml};

/// Which alerts of a name fire at a time: these, with these labels and annotations, and no others.
#[derive(Clone, Debug)]
pub(super) struct Alerts {
    name: String,
    at: Duration,
    firing: Vec<Firing>,
}

/// An alert that fires.
#[derive(Clone, Debug)]
struct Firing {
    labels: Labels,
    /// If they are sure.
    annotations: Option<Vec<(String, String)>>,
}

impl Alerts {
    /// None fires.
    pub(super) fn none(name: &str, at: Duration) -> Alerts {
        Alerts { name: name.to_owned(), at, firing: Vec::new() }
    }

    /// And the one of `rule` for series with `labels`, of which its condition yields `value` if that is sure.
    pub(super) fn and(mut self, rule: &AlertRule, labels: &Labels, value: Option<f64>) -> Alerts {
        let found = kept(rule, labels);
        let fill = |(name, text): &(String, String)| Some((name.clone(), filled(text, &found, value)?));
        let annotations = rule.annotations.iter().map(fill).collect();
        let labels = rule.labels.iter().fold(found.clone(), |labels, (name, text)| {
            let filled = filled(text, &found, value);
            labels.with(name, filled.as_deref().unwrap_or(text))
        });
        self.firing.push(Firing { labels, annotations });
        self
    }

    /// As `alert_rule_test`, which compares annotations too; nothing where those aren't sure.
    pub(super) fn test(&self) -> Option<Yaml> {
        let firing = self.firing.iter().map(|alert| {
            let labels: Vec<_> =
                alert.labels.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let annotations = alert.annotations.as_ref()?;
            Some(Yaml::map([("exp_labels", labels[..].into()), ("exp_annotations", annotations[..].into())]))
        });
        let firing: Vec<Yaml> = firing.collect::<Option<_>>()?;
        let test = Yaml::map([("eval_time", time::at(self.at)), ("alertname", self.name.as_str().into())]);
        Some(if firing.is_empty() { test } else { test.with("exp_alerts", firing) })
    }

    /// As `promql_expr_test`, which compares labels.
    pub(super) fn query(&self) -> Yaml {
        let selector = Labels::default().with("alertname", &self.name).with("alertstate", "firing");
        let firing = self.firing.iter().map(|alert| {
            let labels = alert.labels.pairs().fold(selector.clone(), |all, (name, value)| all.with(name, value));
            Yaml::map([("labels", labels.series("ALERTS").to_string().into()), ("value", 1.0.into())])
        });
        let expr = selector.series("ALERTS").to_string();
        Yaml::map([("expr", expr.into()), ("eval_time", time::at(self.at))])
            .with("exp_samples", firing.collect::<Vec<_>>())
    }
}

/// Of the labels of the series at fault those that the condition leaves to the alert.
pub(super) fn kept(rule: &AlertRule, labels: &Labels) -> Labels {
    let known = ResultLabels::exactly(labels.pairs().map(|(name, _)| name));
    let result = condition(rule).map(|expr| expr.result_labels_of(&|_| known.clone()));
    labels.clone().only(|name| result.as_ref().is_some_and(|result| result.has(name) != Presence::No))
}

/// The condition of a rule; all that are made can be read.
pub(super) fn condition(rule: &AlertRule) -> Option<Expr> {
    parse(&rule.expr, Dialect::Prometheus).ok()
}

/// Whether a rule fires at a time, whichever labels the series give to its alert.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    name: String,
    labels: Vec<(String, String)>,
    at: Duration,
    fires: bool,
}

impl Expected {
    pub(super) fn of(rule: &AlertRule, at: Duration, fires: bool) -> Expected {
        Expected { name: rule.name.clone(), labels: rule.labels.clone(), at, fires }
    }

    pub(super) fn query(&self) -> Yaml {
        // Rules of one name are told apart by their own labels.
        let labels: String = self.labels.iter().map(|(name, value)| format!(",{name}={}", quoted(value))).collect();
        let expr = format!("count (ALERTS{{alertname={},alertstate=\"firing\"{labels}}})", quoted(&self.name));
        let test = Yaml::map([("expr", expr.into()), ("eval_time", time::at(self.at))]);
        match self.fires {
            false => test,
            true => test.with("exp_samples", vec![Yaml::map([("labels", "{}".into()), ("value", 1.0.into())])]),
        }
    }
}
