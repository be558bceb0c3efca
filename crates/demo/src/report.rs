//! What Prometheus says at the end, as JSON, and whether it is what was promised.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use lapwing_exposition::InstrumentKind;
use serde::{Serialize, Serializer};
use stack::{ApiError, Prometheus};

use crate::{
    catalogue::{Catalogue, Metric},
    drill::Outcome,
    figures::{QUANTILES, WINDOW, quantile_of},
    house::JOB,
    panels::Panels,
    received::Received,
};

/// The report of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// What the quantiles look back on, as PromQL writes it.
    pub(crate) window: &'static str,
    pub(crate) prometheus: Option<PrometheusReport>,
    pub(crate) services: Vec<ServiceReport>,
    pub(crate) metrics: BTreeMap<String, MetricReport>,
    pub(crate) quantiles: BTreeMap<String, BTreeMap<&'static str, Option<f64>>>,
    /// Queries of the dashboards; without Prometheus none.
    pub(crate) panels: Option<Panels>,
    pub(crate) alerting: Option<AlertingReport>,
    /// With --incident.
    pub(crate) incident: Option<Outcome>,
    /// What isn't as it should be, in words.
    pub(crate) problems: Vec<String>,
    /// Whether some are those that sigil itself counted.
    #[serde(skip)]
    pub(crate) counted_problems: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct PrometheusReport {
    pub(crate) version: String,
    pub(crate) targets: usize,
    pub(crate) targets_up: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct ServiceReport {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    pub(crate) up: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct AlertingReport {
    /// Version of Alertmanager; none where it can't be had.
    pub(crate) alertmanager: Option<String>,
    #[serde(flatten)]
    pub(crate) received: Received,
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct MetricReport {
    /// Label sets.
    pub(crate) series: u64,
    /// `_count`, or the value, summed.
    #[serde(serialize_with = "whole")]
    pub(crate) count: f64,
}

impl Report {
    /// Without Prometheus there is nothing to report but whether the service is up.
    pub(crate) fn without_prometheus(address: &str, up: bool) -> Self {
        let mut problems = Vec::new();
        if !up {
            problems.push(format!("sigil at {address} doesn't answer"));
        }
        Report {
            window: WINDOW,
            prometheus: None,
            services: vec![ServiceReport { name: JOB, address: address.to_owned(), up }],
            metrics: BTreeMap::new(),
            quantiles: BTreeMap::new(),
            panels: None,
            alerting: None,
            incident: None,
            problems,
            counted_problems: false,
        }
    }

    /// Asks Prometheus for everything, at one point in time.
    pub(crate) fn of(
        prometheus: &Prometheus,
        address: &str,
        catalogue: &Catalogue,
        postgres: bool,
    ) -> Result<Self, ApiError> {
        let mut problems = Vec::new();
        let targets = prometheus.targets()?;
        for target in targets.iter().filter(|target| !target.up()) {
            problems.push(format!("target {} is {}: {}", target.scrape_url, target.health, target.last_error));
        }
        let up = targets.iter().any(|target| target.up() && target.labels.get("job").is_some_and(|job| job == JOB));
        let now = SystemTime::now();
        let mut metrics = BTreeMap::new();
        let mut quantiles = BTreeMap::new();
        for metric in &catalogue.metrics {
            let report = metric_report(prometheus, metric, now)?;
            if report.series == 0 && (postgres || !metric.needs_postgres) {
                problems.push(format!("{} is declared, and Prometheus has no series of it", metric.name));
            }
            metrics.insert(metric.name.clone(), report);
            if metric.kind == InstrumentKind::Histogram {
                quantiles.insert(metric.name.clone(), quantiles_of(prometheus, &metric.name, now)?);
            }
        }
        let counted = prometheus.query_at(&format!("lapwing_problems_total{{job=\"{JOB}\"}} > 0"), now)?;
        for sample in &counted {
            let reason = sample.label("reason");
            problems.push(format!("lapwing_problems_total{{reason=\"{reason}\"}} is {}", sample.value));
        }
        Ok(Report {
            window: WINDOW,
            prometheus: Some(PrometheusReport {
                version: prometheus.version().to_owned(),
                targets: targets.len(),
                targets_up: targets.iter().filter(|target| target.up()).count(),
            }),
            services: vec![ServiceReport { name: JOB, address: address.to_owned(), up }],
            metrics,
            quantiles,
            panels: None,
            alerting: None,
            incident: None,
            problems,
            counted_problems: !counted.is_empty(),
        })
    }
}

impl Report {
    pub(crate) fn add_panels(&mut self, panels: Panels) {
        self.problems.extend(panels.problems());
        self.panels = Some(panels);
    }

    /// `alertmanager` is its version.
    pub(crate) fn add_alerting(&mut self, alertmanager: Option<&str>, received: Received) {
        self.problems.extend(received.refused.iter().cloned());
        self.alerting = Some(AlertingReport { alertmanager: alertmanager.map(str::to_owned), received });
    }

    pub(crate) fn add_incident(&mut self, incident: Option<Outcome>) {
        let why_not = incident.as_ref().and_then(|outcome| outcome.why_not.as_ref());
        self.problems.extend(why_not.map(|why| format!("the incident didn't go as it should: {why}")));
        self.incident = incident;
    }
}

/// Counts without a fraction as integers.
fn whole<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    // Beyond 2^53 a float doesn't tell neighbouring integers apart.
    match value.fract() == 0.0 && value.abs() <= (1_u64 << 53) as f64 {
        true => serializer.serialize_i64(*value as i64),
        false => serializer.serialize_f64(*value),
    }
}

fn metric_report(prometheus: &Prometheus, metric: &Metric, at: SystemTime) -> Result<MetricReport, ApiError> {
    let suffix = if metric.kind == InstrumentKind::Histogram { "_count" } else { "" };
    let selector = format!("{}{suffix}{{job=\"{JOB}\"}}", metric.name);
    let ask = |aggregation: &str| -> Result<f64, ApiError> {
        let samples = prometheus.query_at(&format!("{aggregation}({selector})"), at)?;
        Ok(samples.first().map_or(0.0, |sample| sample.value))
    };
    Ok(MetricReport { series: ask("count")? as u64, count: ask("sum")? })
}

fn quantiles_of(
    prometheus: &Prometheus,
    name: &str,
    at: SystemTime,
) -> Result<BTreeMap<&'static str, Option<f64>>, ApiError> {
    let quantiles = QUANTILES.iter().map(|(key, quantile)| {
        let samples = prometheus.query_at(&quantile_of(name, *quantile), at)?;
        Ok((*key, samples.first().map(|sample| sample.value).filter(|value| value.is_finite())))
    });
    quantiles.collect()
}

/// Waits until Prometheus has scraped sigil after `moment`, when it knows of all that happened before, and twice at least, without
/// which there are no rates. Its first scrape comes some 5 s after its start.
pub(crate) fn await_scrape(prometheus: &Prometheus, moment: SystemTime, deadline: Duration) -> Result<(), ApiError> {
    let moment = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let up = format!("up{{job=\"{JOB}\"}}");
    let query = format!("timestamp({up}) > {moment:.3} and count_over_time({up}[1m]) > 1");
    prometheus.wait_for(&query, deadline, |samples| !samples.is_empty())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_counts_are_integers() {
        let written = |count| serde_json::to_string(&MetricReport { series: 2, count }).unwrap();
        assert_eq!(written(2513.0), r#"{"series":2,"count":2513}"#);
        assert_eq!(written(-0.0), r#"{"series":2,"count":0}"#);
        assert_eq!(written(0.25), r#"{"series":2,"count":0.25}"#);
        assert_eq!(written(1e300), r#"{"series":2,"count":1e+300}"#);
        assert_eq!(written(f64::NAN), r#"{"series":2,"count":null}"#);
    }
}
