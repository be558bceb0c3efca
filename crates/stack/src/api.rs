//! Prometheus' HTTP API, as far as it is asked here.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant, SystemTime},
};

use reqwest::{Url, blocking::Client};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Why Prometheus gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// It can't be reached, or answered something that isn't its API.
    #[error("prometheus at {address} doesn't answer; check that it runs: {source}")]
    Http {
        /// Which.
        address: String,
        /// Why.
        source: reqwest::Error,
    },
    /// It refused the question.
    #[error("prometheus refused `{question}` ({kind}): {message}")]
    Refused {
        /// What was asked.
        question: String,
        /// `errorType`.
        kind: String,
        /// `error`.
        message: String,
    },
    /// The answer isn't what was asked for.
    #[error("prometheus answered `{question}` with something else than expected ({problem}); {help}")]
    Unexpected {
        /// What was asked.
        question: String,
        /// What is odd.
        problem: String,
        /// What to do.
        help: &'static str,
    },
    /// What was waited for didn't come.
    #[error("`{question}` wasn't as expected within {deadline:?}; its last answer: {last}")]
    Deadline {
        /// What was asked.
        question: String,
        /// For how long.
        deadline: Duration,
        /// The last answer.
        last: String,
    },
}

/// One element of an instant query's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Labels, `__name__` among them.
    pub labels: BTreeMap<String, String>,
    /// Value; may be NaN or infinite.
    pub value: f64,
}

impl Sample {
    /// A label's value, empty where it has none.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

/// One element of a range query's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Labels, `__name__` among them.
    pub labels: BTreeMap<String, String>,
    /// Time in seconds since the epoch, and value.
    pub points: Vec<(f64, f64)>,
}

/// One exemplar that Prometheus keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct ExemplarPoint {
    /// `trace_id`, `span_id`.
    pub labels: BTreeMap<String, String>,
    /// The measurement.
    pub value: f64,
    /// When, in seconds since the epoch.
    pub timestamp: f64,
}

/// Exemplars of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct ExemplarSeries {
    /// Labels of the series, `__name__` and `le` among them.
    pub labels: BTreeMap<String, String>,
    /// In order of time.
    pub exemplars: Vec<ExemplarPoint>,
}

/// How the scraping of one target goes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetStatus {
    /// `job`, `instance`.
    pub labels: BTreeMap<String, String>,
    /// What is scraped.
    pub scrape_url: String,
    /// `up`, `down`, `unknown` (not scraped yet).
    pub health: String,
    /// Why it is down.
    #[serde(default)]
    pub last_error: String,
    /// How long the last scrape took, in seconds.
    #[serde(default)]
    pub last_scrape_duration: f64,
}

impl TargetStatus {
    /// Whether the last scrape succeeded.
    pub fn up(&self) -> bool {
        self.health == "up"
    }
}

/// A client of a running Prometheus.
#[derive(Clone, Debug)]
pub struct PrometheusClient {
    pub(crate) address: String,
    pub(crate) http: Client,
}

impl PrometheusClient {
    /// Of the Prometheus at `http://address`; `address` is `host:port`.
    pub fn new(address: impl Into<String>) -> Self {
        PrometheusClient { address: address.into(), http: crate::http::client(Duration::from_secs(10)) }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// An instant query, evaluated now. A scalar comes back as one sample without labels.
    pub fn query(&self, promql: &str) -> Result<Vec<Sample>, ApiError> {
        self.samples(promql, &[("query", promql.to_owned())])
    }

    /// An instant query, evaluated at `time`.
    pub fn query_at(&self, promql: &str, time: SystemTime) -> Result<Vec<Sample>, ApiError> {
        self.samples(promql, &[("query", promql.to_owned()), ("time", seconds(time))])
    }

    /// The value of a query that has exactly one: `None` where it has none or several.
    pub fn value(&self, promql: &str) -> Result<Option<f64>, ApiError> {
        Ok(match self.query(promql)?.as_slice() {
            [one] => Some(one.value),
            _ => None,
        })
    }

    /// A range query.
    pub fn query_range(
        &self,
        promql: &str,
        from: SystemTime,
        to: SystemTime,
        step: Duration,
    ) -> Result<Vec<Series>, ApiError> {
        #[derive(Deserialize)]
        struct Matrix {
            result: Vec<Element>,
        }
        #[derive(Deserialize)]
        struct Element {
            metric: BTreeMap<String, String>,
            #[serde(default)]
            values: Vec<Value>,
        }
        let step = step.as_secs_f64().to_string();
        let parameters = [("query", promql.to_owned()), ("start", seconds(from)), ("end", seconds(to)), ("step", step)];
        let matrix: Matrix = self.get("query_range", promql, &parameters)?;
        let series = matrix.result.into_iter().map(|element| {
            let points = element.values.iter().map(|point| pair(point).ok_or_else(|| odd(promql, point)));
            Ok(Series { labels: element.metric, points: points.collect::<Result<_, _>>()? })
        });
        series.collect()
    }

    /// Exemplars of the series that `promql` selects, of the last hour; needs [`exemplars`](crate::PrometheusBuilder::exemplars).
    pub fn query_exemplars(&self, promql: &str) -> Result<Vec<ExemplarSeries>, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Found {
            series_labels: BTreeMap<String, String>,
            exemplars: Vec<Point>,
        }
        #[derive(Deserialize)]
        struct Point {
            labels: BTreeMap<String, String>,
            value: String,
            timestamp: f64,
        }
        let now = SystemTime::now();
        let hour = Duration::from_secs(3600);
        // A minute on top: the exemplar's time is the service's, which may be ahead.
        let (from, to) = (now - hour, now + Duration::from_secs(60));
        let parameters = [("query", promql.to_owned()), ("start", seconds(from)), ("end", seconds(to))];
        let found: Vec<Found> = self.get("query_exemplars", promql, &parameters)?;
        let series = found.into_iter().map(|series| {
            let exemplars = series.exemplars.into_iter().map(|point| {
                let value = number(&point.value).ok_or_else(|| odd(promql, &Value::String(point.value.clone())))?;
                Ok(ExemplarPoint { labels: point.labels, value, timestamp: point.timestamp })
            });
            Ok(ExemplarSeries { labels: series.series_labels, exemplars: exemplars.collect::<Result<_, _>>()? })
        });
        series.collect()
    }

    /// What it scrapes, and how that goes.
    pub fn targets(&self) -> Result<Vec<TargetStatus>, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Targets {
            active_targets: Vec<TargetStatus>,
        }
        Ok(self.get::<Targets>("targets", "targets", &[("state", "active".to_owned())])?.active_targets)
    }

    /// Its version, such as `2.42.0`, without what a distribution appended.
    pub fn version(&self) -> Result<String, ApiError> {
        #[derive(Deserialize)]
        struct Build {
            version: String,
        }
        let version = self.get::<Build>("status/buildinfo", "version", &[])?.version;
        Ok(version.split(['+', '~', '-']).next().unwrap_or_default().to_owned())
    }

    /// Whether it has its web interface, which Debian's packages of 3.x leave out.
    pub fn has_web_interface(&self) -> bool {
        let page = self.http.get(format!("http://{}/graph", self.address)).send();
        page.is_ok_and(|page| page.status().is_success())
    }

    /// Waits until `expected` holds of a query's answer, asking again every 50 ms; returns that answer.
    ///
    /// # Errors
    /// After `deadline`, with the last answer; at once where the query itself is wrong.
    pub fn wait_for(
        &self,
        promql: &str,
        deadline: Duration,
        mut expected: impl FnMut(&[Sample]) -> bool,
    ) -> Result<Vec<Sample>, ApiError> {
        let begin = Instant::now();
        loop {
            let samples = self.query(promql)?;
            if expected(&samples) {
                return Ok(samples);
            }
            if begin.elapsed() >= deadline {
                return Err(ApiError::Deadline { question: promql.to_owned(), deadline, last: format!("{samples:?}") });
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn samples(&self, promql: &str, parameters: &[(&str, String)]) -> Result<Vec<Sample>, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            result_type: String,
            result: Value,
        }
        #[derive(Deserialize)]
        struct Element {
            metric: BTreeMap<String, String>,
            #[serde(default)]
            value: Value,
        }
        let answer: Answer = self.get("query", promql, parameters)?;
        match answer.result_type.as_str() {
            "scalar" => {
                let (_, value) = pair(&answer.result).ok_or_else(|| odd(promql, &answer.result))?;
                Ok(vec![Sample { labels: BTreeMap::new(), value }])
            }
            "vector" => {
                let elements: Vec<Element> =
                    serde_json::from_value(answer.result).map_err(|error| ApiError::Unexpected {
                        question: promql.to_owned(),
                        problem: error.to_string(),
                        help: "ask Prometheus itself to see its answer",
                    })?;
                let samples = elements.into_iter().map(|element| {
                    let (_, value) = pair(&element.value).ok_or_else(|| odd(promql, &element.value))?;
                    Ok(Sample { labels: element.metric, value })
                });
                samples.collect()
            }
            other => Err(ApiError::Unexpected {
                question: promql.to_owned(),
                problem: format!("a {other}"),
                help: "ask for an instant vector or a scalar",
            }),
        }
    }

    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &str,
        parameters: &[(&str, String)],
    ) -> Result<T, ApiError> {
        #[derive(Deserialize)]
        struct Envelope {
            status: String,
            data: Option<Value>,
            #[serde(rename = "errorType")]
            kind: Option<String>,
            error: Option<String>,
        }
        let failed = |source| ApiError::Http { address: self.address.clone(), source };
        let mut url = format!("http://{}/api/v1/{path}", self.address);
        if let Ok(whole) = Url::parse_with_params(&url, parameters) {
            url = whole.into();
        }
        let response = self.http.get(url).send().map_err(failed)?;
        let envelope: Envelope = response.json().map_err(failed)?;
        if envelope.status != "success" {
            return Err(ApiError::Refused {
                question: question.to_owned(),
                kind: envelope.kind.unwrap_or_default(),
                message: envelope.error.unwrap_or_default(),
            });
        }
        serde_json::from_value(envelope.data.unwrap_or_default()).map_err(|error| ApiError::Unexpected {
            question: question.to_owned(),
            problem: error.to_string(),
            help: "this version's API may differ",
        })
    }
}

pub(crate) fn seconds(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{:.3}", since.as_secs_f64())
}

/// `[time, "value"]`.
fn pair(value: &Value) -> Option<(f64, f64)> {
    let [time, value] = value.as_array()?.as_slice() else { return None };
    Some((time.as_f64()?, number(value.as_str()?)?))
}

pub(crate) fn number(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok(),
    }
}

pub(crate) fn odd(question: &str, value: &Value) -> ApiError {
    let (problem, help) = match value {
        Value::Null => {
            ("a native histogram".to_owned(), "wrap the query in histogram_count, histogram_sum or histogram_quantile")
        }
        other => (other.to_string(), "ask Prometheus itself to see its answer"),
    };
    ApiError::Unexpected { question: question.to_owned(), problem, help }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_read_as_prometheus_writes_them() {
        assert_eq!(pair(&json!([1.5, "2.25"])), Some((1.5, 2.25)));
        assert!(pair(&json!([1, "NaN"])).unwrap().1.is_nan());
        assert_eq!(pair(&json!([1, "-Inf"])).unwrap().1, f64::NEG_INFINITY);
        assert_eq!(pair(&json!([1, 2])), None);
        assert_eq!(pair(&Value::Null), None);
    }
}
