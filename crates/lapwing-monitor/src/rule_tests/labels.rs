//! Names of test series.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
};

use lapwing_config::monitoring::{Filter, Located};

use crate::{Metric, Service, Values, expression::quoted};

/// The target that is looked at, and one beside it.
pub(super) const INSTANCES: [&str; 2] = ["test:1", "test:2"];

/// A series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    metric: String,
    pub(super) labels: Labels,
}

impl Series {
    /// The same of another target.
    pub(super) fn on(&self, instance: &str) -> Series {
        Series { labels: self.labels.clone().with("instance", instance), ..self.clone() }
    }

    /// The same of a job that is none of the service's.
    pub(super) fn of_another_job(&self) -> Series {
        let job = format!("not-{}", self.labels.get("job").unwrap_or_default());
        Series { labels: self.labels.clone().with("job", &job), ..self.clone() }
    }
}

impl Display for Series {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.metric, self.labels)
    }
}

/// Labels of a series.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// `job`, and one target.
    pub(super) fn of(service: &Service) -> Labels {
        Labels::default().with("job", &service.monitoring.scrape.job).with("instance", INSTANCES[0])
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Labels {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What `filter` selects: of each label the first value.
    pub(super) fn having(mut self, filter: &Filter, metric: &Metric) -> Labels {
        for (label, values) in filter {
            let value = values.first().map_or("", String::as_str);
            self = self.with(&metric.in_promql(label), value);
        }
        self
    }

    /// A value for each of `by` that has none yet.
    pub(super) fn apart(mut self, by: &[Located<String>], metric: &Metric) -> Labels {
        for label in by {
            let name = metric.in_promql(label);
            if !self.0.contains_key(&name) {
                self = self.with(&name.clone(), &some_value(metric, &name, &[]));
            }
        }
        self
    }

    /// What `filter` doesn't select, for its first label's sake.
    pub(super) fn lacking(self, filter: &Filter, metric: &Metric) -> Labels {
        match filter.first() {
            None => self,
            Some((label, values)) => {
                let name = metric.in_promql(label);
                let value = some_value(metric, &name, values);
                self.with(&name, &value)
            }
        }
    }

    /// A value for each label of `metric`, other than those of `without`.
    pub(super) fn all(self, metric: &Metric, without: &dyn Fn(&str) -> Vec<String>) -> Labels {
        let value = |name: &str| some_value(metric, name, &without(name));
        metric.labels.iter().fold(self, |all, label| all.with(&label.name, &value(&label.name)))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Those that have a value.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.keys().filter_map(|name| Some((name.as_str(), self.get(name)?)))
    }

    /// Only those for whose name this holds.
    pub(super) fn only(mut self, keeps: impl Fn(&str) -> bool) -> Labels {
        self.0.retain(|name, _| keeps(name));
        self
    }

    pub(super) fn series(&self, metric: &str) -> Series {
        Series { metric: metric.to_owned(), labels: self.clone() }
    }
}

impl Display for Labels {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let labels: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        write!(f, "{{{}}}", labels.join(","))
    }
}

/// A value that a label can have beside `without`.
fn some_value(metric: &Metric, label: &str, without: &[String]) -> String {
    let known = metric.label(label).and_then(|label| match &label.values {
        Values::Closed(values) => values.iter().find(|value| !without.contains(value)).cloned(),
        Values::Open => None,
    });
    known.unwrap_or_else(|| {
        let mut value = "test".to_owned();
        while without.contains(&value) {
            value.push('s');
        }
        value
    })
}
