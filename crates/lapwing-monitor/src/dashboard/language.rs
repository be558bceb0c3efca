//! The PromQL of panels.

use std::{collections::BTreeSet, time::Duration};

use lapwing_config::monitoring::{Located, Series};
use lapwing_document::Place;
use lapwing_promql::Dialect;

use crate::{
    Metric, Service, Signals,
    expression::{Expressions, Window},
};

/// Writes the queries of a service's panels: all filtered by job, and by the dashboard's variables where a metric has the label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Language<'a> {
    pub(super) service: &'a Service,
    pub(super) variables: &'a [String],
}

impl<'a> Language<'a> {
    pub(super) fn expressions(&self, window: Window) -> Expressions<'a> {
        Expressions {
            signals: &self.service.signals,
            job: &self.service.monitoring.scrape.job,
            window,
            variables: self.variables,
        }
    }

    /// `name{job="…",…}`.
    pub(super) fn selector(&self, name: &str, matchers: &[String]) -> String {
        self.expressions(Window::RateInterval).selector(name, &anything(), matchers)
    }

    /// `rate(name{…}[$__rate_interval])`.
    pub(super) fn rate(&self, name: &str, matchers: &[String]) -> String {
        self.expressions(Window::RateInterval).rate(name, &anything(), matchers)
    }

    /// `sum by (…) (rate(…))`.
    pub(super) fn events(&self, name: &str, by: &[&str], matchers: &[String]) -> String {
        format!("{} ({})", aggregate("sum", by), self.rate(name, matchers))
    }

    /// `histogram_quantile(q, …)`.
    pub(super) fn quantile(&self, metric: &Metric, q: f64, by: &[&str]) -> String {
        let by = [&["le"], by].concat();
        format!("histogram_quantile({q}, {})", self.events(&format!("{}_bucket", metric.name), &by, &[]))
    }

    /// Events of each bucket, for a heatmap.
    pub(super) fn buckets(&self, metric: &Metric, matchers: &[String]) -> String {
        self.events(&format!("{}_bucket", metric.name), &["le"], matchers)
    }

    /// `max by (…) (name{…})`.
    pub(super) fn value(&self, operator: &str, name: &str, by: &[&str]) -> String {
        format!("{} ({})", aggregate(operator, by), self.selector(name, &[]))
    }

    /// Whether the service emits the metric of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.service.signals.metric(name).is_some()
    }
}

fn aggregate(operator: &str, by: &[&str]) -> String {
    match by {
        [] => operator.to_owned(),
        by => format!("{operator} by ({})", by.join(", ")),
    }
}

/// Series of which nothing is asked.
fn anything() -> Series {
    let instrument = Located::at(String::new(), Place { line: 1, column: 1, width: 1 });
    Series { instrument, over: Duration::ZERO, by: Vec::new(), filter: Vec::new() }
}

/// The names of the metrics that a query asks for, as far as `signals` know them.
pub(crate) fn metrics_of(signals: &Signals, expression: &str) -> BTreeSet<String> {
    let Ok(parsed) = lapwing_promql::parse(expression, Dialect::Grafana) else { return BTreeSet::new() };
    let names = parsed.selectors();
    let known = names.iter().filter_map(|used| signals.sample(used.selector.metric()?.0));
    known.map(|metric| metric.name.clone()).collect()
}

/// The labels by which series of a metric can be told apart on a panel, without those of its scope.
pub(super) fn labels(metric: &Metric) -> Vec<&str> {
    metric.labels.iter().map(|label| label.name.as_str()).filter(|name| !name.starts_with("otel_scope_")).collect()
}

/// `{{a}} {{b}}`; `otherwise` without labels.
pub(super) fn legend(labels: &[&str], otherwise: &str) -> String {
    match labels {
        [] => otherwise.to_owned(),
        labels => labels.iter().map(|label| format!("{{{{{label}}}}}")).collect::<Vec<_>>().join(" "),
    }
}
