//! Names of test series.

use std::collections::BTreeMap;

use lapwing_config::monitoring::{Filter, Located};

use crate::{Metric, Service, Values, expression::quoted};

/// Labels of a series.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// `job`, and one target.
    pub(super) fn of(service: &Service) -> Labels {
        Labels::default().with("job", &service.monitoring.scrape.job).with("instance", "test:1")
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

    pub(super) fn series(&self, metric: &str) -> String {
        let labels: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        format!("{metric}{{{}}}", labels.join(","))
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
