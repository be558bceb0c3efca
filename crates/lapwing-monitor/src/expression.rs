//! From queries on declared signals to PromQL.

mod divided;

use std::time::Duration;

use lapwing_config::monitoring::{Aggregate, Comparison, Condition, Filter, Located, Query, Series};

use crate::{Kind, Metric, Signals, TARGET_LABELS};

/// A query that the declared signals can't answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExpressionError {
    /// No such instrument.
    #[error("no instrument `{}` is declared{}", name.value, nearest.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Unknown {
        /// As written.
        name: Located<String>,
        /// The nearest that there is.
        nearest: Option<String>,
    },
    /// The instrument is of another type than the query needs.
    #[error("`{}` is a {}, and `{query}` asks for {needed}", name.value, kind.as_str())]
    Kind {
        /// As written.
        name: Located<String>,
        /// What it is.
        kind: Kind,
        /// Which query.
        query: &'static str,
        /// What it asks for.
        needed: &'static str,
    },
    /// An expression that Prometheus doesn't read either.
    #[error("{message}")]
    Syntax {
        /// The expression, at the place of what is wrong in it.
        text: Located<String>,
        /// What is wrong.
        message: String,
        /// What to do.
        help: Option<String>,
    },
}

impl ExpressionError {
    /// What is wrong, where it is written: an instrument or an expression.
    pub fn subject(&self) -> &Located<String> {
        match self {
            ExpressionError::Unknown { name, .. } | ExpressionError::Kind { name, .. } => name,
            ExpressionError::Syntax { text, .. } => text,
        }
    }

    /// What to do, where the message doesn't say it.
    pub fn help(&self) -> Option<&str> {
        match self {
            ExpressionError::Unknown { .. } | ExpressionError::Kind { .. } => None,
            ExpressionError::Syntax { help, .. } => help.as_deref(),
        }
    }
}

/// The window of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// What the query says, divided by this.
    Declared { compress: u32 },
    /// What Grafana finds fit for the panel.
    RateInterval,
    /// The range of time that the dashboard shows.
    Range,
}

impl Window {
    fn of(self, over: Duration) -> String {
        match self {
            Window::Declared { compress } => duration(over / compress),
            Window::RateInterval => "$__rate_interval".to_owned(),
            Window::Range => "$__range".to_owned(),
        }
    }
}

/// Writes the expressions of one service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expressions<'a> {
    pub(crate) signals: &'a Signals,
    pub(crate) job: &'a str,
    pub(crate) window: Window,
    /// Labels that a dashboard's variables of the same name filter by, wherever a metric has them.
    pub(crate) variables: &'a [String],
}

impl<'a> Expressions<'a> {
    /// What `query` yields.
    pub(crate) fn query(&self, query: &Query) -> Result<String, ExpressionError> {
        Ok(match query {
            Query::Quantile { of, q } => {
                let metric = self.histogram(of, "quantile")?;
                let mut by = vec!["le".to_owned()];
                by.extend(labels(metric, &of.by));
                let buckets = self.rate(&format!("{}_bucket", metric.name), of, &[]);
                format!("histogram_quantile({}, sum by ({}) ({buckets}))", q.value, by.join(", "))
            }
            Query::Rate { of, per } => {
                let (metric, events) = self.events(of, "rate")?;
                let rate = sum(metric, of, &self.rate(&events, of, &[]));
                match per.as_secs_f64() {
                    1.0 => rate,
                    seconds => format!("{seconds} * {rate}"),
                }
            }
            Query::Increase(of) => {
                let (metric, events) = self.events(of, "increase")?;
                let selector = self.selector(&events, of, &[]);
                sum(metric, of, &format!("increase({selector}[{}])", self.window.of(of.over)))
            }
            Query::Share { of, part } => {
                let (metric, events) = self.events(of, "share")?;
                let part = sum(metric, of, &self.rate(&events, of, &matchers(metric, part)));
                let all = sum(metric, of, &self.rate(&events, of, &[]));
                // What never happened has no series yet: then it is none of them.
                format!("({part} or {all} * 0) / {all}")
            }
            Query::Value { of, aggregate } => {
                let metric = self.metric(of)?;
                if metric.kind != Kind::Gauge {
                    return Err(wrong(of, metric, "value", "a gauge"));
                }
                let operator = match aggregate {
                    Aggregate::Sum => "sum",
                    Aggregate::Max => "max",
                    Aggregate::Min => "min",
                    Aggregate::Avg => "avg",
                    Aggregate::Count => "count",
                };
                format!("{} ({})", aggregation(operator, metric, of), self.selector(&metric.name, of, &[]))
            }
            Query::PromQl(text) => self.written(text)?,
        })
    }

    /// The condition of an alert. A quantile against one of the histogram's bounds is asked exactly, as the share of events
    /// within the bound: true at the last bound too, which `histogram_quantile` never exceeds.
    pub(crate) fn condition(&self, condition: &Condition) -> Result<String, ExpressionError> {
        let (query, comparison, threshold, min_events) = match condition {
            Condition::PromQl(text) => return self.written(text),
            Condition::Threshold { query, comparison, threshold, min_events } => {
                (query, *comparison, threshold.value, *min_events)
            }
        };
        let exact = match query {
            Query::Quantile { of, q } => self.within(of, comparison, threshold, q.value)?,
            _ => None,
        };
        let mut expression = match exact {
            Some(exact) => exact,
            None => format!("{} {} {threshold}", self.query(query)?, operator(comparison)),
        };
        if let (Some(of), true) = (series(query), min_events > 0) {
            let events = self.query(&Query::Increase(of.clone()))?;
            expression = format!("{expression}\nand\n{events} >= {min_events}");
        }
        Ok(expression)
    }

    /// An expression that is given as such. Grafana's variables are only in those of panels, which nothing is divided in.
    fn written(&self, text: &Located<String>) -> Result<String, ExpressionError> {
        match self.window {
            Window::Declared { compress } => {
                divided::divided(&text.value, compress).map(|text| text.trim().to_owned()).map_err(|error| {
                    let place = text.place_of(error.span.clone());
                    ExpressionError::Syntax {
                        text: Located::at(text.value.clone(), place),
                        message: error.message,
                        help: error.help,
                    }
                })
            }
            Window::RateInterval | Window::Range => Ok(text.value.trim().to_owned()),
        }
    }

    fn within(
        &self,
        of: &Series,
        comparison: Comparison,
        threshold: f64,
        q: f64,
    ) -> Result<Option<String>, ExpressionError> {
        let metric = self.histogram(of, "quantile")?;
        let is_bound = metric.bounds.as_ref().is_some_and(|bounds| bounds.contains(&threshold));
        // The quantile is above a bound just when less than its share is within it.
        let operator = match comparison {
            Comparison::Above => "<",
            Comparison::Below => ">",
            Comparison::Equals => return Ok(None),
        };
        Ok(is_bound.then(|| format!("{} {operator} {q}", self.share_within(metric, of, threshold))))
    }

    /// Which share of the events of a histogram is within one of its bounds.
    pub(crate) fn share_within(&self, metric: &Metric, of: &Series, bound: f64) -> String {
        let le = format!("le={}", quoted(&Metric::le(bound)));
        let within = self.rate(&format!("{}_bucket", metric.name), of, &[le]);
        let all = self.rate(&format!("{}_count", metric.name), of, &[]);
        format!("{} / {}", sum(metric, of, &within), sum(metric, of, &all))
    }

    /// The metric that a query is about.
    pub(crate) fn metric(&self, of: &Series) -> Result<&'a Metric, ExpressionError> {
        self.instrument(&of.instrument)
    }

    /// The metric of an instrument.
    pub(crate) fn instrument(&self, name: &Located<String>) -> Result<&'a Metric, ExpressionError> {
        self.signals.instrument(&name.value).ok_or_else(|| {
            let known =
                self.signals.metrics().iter().map(|metric| metric.instrument.as_deref().unwrap_or(&metric.name));
            // Who knows it from Prometheus means the instrument that it is made of.
            let sample = self.signals.sample(name).or_else(|| self.signals.metric(name));
            let meant = sample.map(|metric| metric.instrument.as_deref().unwrap_or(&metric.name));
            let nearest = meant.or_else(|| lapwing_config::nearest(&name.value, known)).map(str::to_owned);
            ExpressionError::Unknown { name: name.clone(), nearest }
        })
    }

    fn histogram(&self, of: &Series, query: &'static str) -> Result<&'a Metric, ExpressionError> {
        let metric = self.metric(of)?;
        if metric.kind != Kind::Histogram {
            return Err(wrong(of, metric, query, "a histogram"));
        }
        Ok(metric)
    }

    /// The metric, and the name of the sample that counts its events.
    fn events(&self, of: &Series, query: &'static str) -> Result<(&'a Metric, String), ExpressionError> {
        let metric = self.metric(of)?;
        let events = metric.events().ok_or_else(|| wrong(of, metric, query, "a counter or a histogram"))?;
        Ok((metric, events))
    }

    pub(crate) fn rate(&self, name: &str, of: &Series, more: &[String]) -> String {
        format!("rate({}[{}])", self.selector(name, of, more), self.window.of(of.over))
    }

    pub(crate) fn selector(&self, name: &str, of: &Series, more: &[String]) -> String {
        let mut all = vec![format!("job={}", quoted(self.job))];
        let metric = self.signals.sample(name);
        let has =
            |label: &str| TARGET_LABELS.contains(&label) || metric.is_some_and(|metric| metric.label(label).is_some());
        all.extend(self.variables.iter().filter(|name| has(name)).map(|name| format!("{name}=~\"${name}\"")));
        let asked = metric.map(|metric| matchers(metric, &of.filter)).unwrap_or_default();
        for matcher in asked.into_iter().chain(more.iter().cloned()) {
            if !all.contains(&matcher) {
                all.push(matcher);
            }
        }
        format!("{name}{{{}}}", all.join(","))
    }
}

/// The series a query is about, if it is about declared ones.
pub(crate) fn series(query: &Query) -> Option<&Series> {
    match query {
        Query::Quantile { of, .. } | Query::Rate { of, .. } | Query::Share { of, .. } | Query::Value { of, .. } => {
            Some(of)
        }
        Query::Increase(of) => Some(of),
        Query::PromQl(_) => None,
    }
}

/// A duration as Prometheus writes it: `90s` → `1m30s`, `0.2 s` → `200ms`; never less than a millisecond.
pub(crate) fn duration(duration: Duration) -> String {
    let mut rest = duration.as_millis().max(1);
    let mut out = String::new();
    for (unit, milliseconds) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if rest >= milliseconds {
            out += &format!("{}{unit}", rest / milliseconds);
            rest %= milliseconds;
        }
    }
    out
}

/// `text` as a string of PromQL.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n"))
}

pub(crate) fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Above => ">",
        Comparison::Below => "<",
        Comparison::Equals => "==",
    }
}

/// `filter` as matchers: `=` for one value, an anchored alternation for several.
pub(crate) fn matchers(metric: &Metric, filter: &Filter) -> Vec<String> {
    let matcher = |(label, values): &(Located<String>, Vec<String>)| {
        let label = metric.in_promql(label);
        match &values[..] {
            [one] => format!("{label}={}", quoted(one)),
            values => {
                let escaped: Vec<String> = values.iter().map(|value| literal(value)).collect();
                format!("{label}=~{}", quoted(&escaped.join("|")))
            }
        }
    };
    filter.iter().map(matcher).collect()
}

/// `value` as a regular expression that matches it alone.
fn literal(value: &str) -> String {
    value.chars().fold(String::new(), |mut out, c| {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

/// The labels by which a query keeps series of a metric apart.
pub(crate) fn labels(metric: &Metric, by: &[Located<String>]) -> Vec<String> {
    by.iter().map(|label| metric.in_promql(label)).collect()
}

fn aggregation(operator: &str, metric: &Metric, of: &Series) -> String {
    match &of.by[..] {
        [] => operator.to_owned(),
        by => format!("{operator} by ({})", labels(metric, by).join(", ")),
    }
}

fn sum(metric: &Metric, of: &Series, vector: &str) -> String {
    format!("{} ({vector})", aggregation("sum", metric, of))
}

fn wrong(of: &Series, metric: &Metric, query: &'static str, needed: &'static str) -> ExpressionError {
    ExpressionError::Kind { name: of.instrument.clone(), kind: metric.kind, query, needed }
}
