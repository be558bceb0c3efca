//! Alertmanager's HTTP API (version 2), as far as it is asked here.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use reqwest::blocking::{Client, RequestBuilder, Response};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::own_metrics::sum_of;

/// Why Alertmanager gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AlertmanagerApiError {
    /// It can't be reached, or answered something that isn't its API.
    #[error("alertmanager at {address} doesn't answer; check that it runs: {source}")]
    Http {
        /// Which.
        address: String,
        /// Why.
        source: reqwest::Error,
    },
    /// It refused.
    #[error("alertmanager refused `{question}` ({status}): {message}")]
    Refused {
        /// What was asked.
        question: String,
        /// HTTP status.
        status: u16,
        /// What it said.
        message: String,
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

/// What Alertmanager says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertmanagerStatus {
    /// Such as `0.25.0`, without what a distribution appended.
    pub version: String,
    /// Its configuration with secrets struck out.
    pub config: String,
    /// `ready` or `settling` of a cluster's member, `disabled` of one that is alone.
    pub cluster: String,
    /// Its own name among the members of its cluster.
    pub name: String,
    /// The members it knows of, itself among them: name and gossip address. That of the lowest name tells first.
    pub members: BTreeMap<String, String>,
}

/// An alert that Alertmanager holds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldAlert {
    /// `alertname` and external labels among them.
    pub labels: BTreeMap<String, String>,
    /// With templates filled in.
    pub annotations: BTreeMap<String, String>,
    /// Since when, RFC 3339.
    pub starts_at: String,
    /// When it counts as resolved unless it is sent again, RFC 3339.
    pub ends_at: String,
    /// Alertmanager's name for this set of labels.
    pub fingerprint: String,
    /// Where it was made.
    #[serde(default, rename = "generatorURL")]
    pub generator_url: String,
    /// Receivers it goes to.
    #[serde(deserialize_with = "names")]
    pub receivers: Vec<String>,
    /// Whether and why it is muted.
    pub status: HeldStatus,
}

/// Whether an alert is sent on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldStatus {
    /// `active`, `suppressed`, `unprocessed`.
    pub state: String,
    /// Ids of silences.
    pub silenced_by: Vec<String>,
    /// Fingerprints of inhibiting alerts.
    pub inhibited_by: Vec<String>,
}

/// One silence.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Silence {
    /// Its id.
    pub id: String,
    /// Which alerts, all of them at once.
    pub matchers: Vec<Matcher>,
    /// RFC 3339.
    pub starts_at: String,
    /// RFC 3339.
    pub ends_at: String,
    /// Who made it.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// State.
    pub status: SilenceStatus,
}

/// State of a silence.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SilenceStatus {
    /// `active`, `pending`, `expired`.
    pub state: String,
}

/// One condition on a label.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Matcher {
    /// Label.
    pub name: String,
    /// Value or expression.
    pub value: String,
    /// Whether the value is a regular expression.
    #[serde(default)]
    pub is_regex: bool,
    /// `=` and `=~`, not `!=` and `!~`.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

fn names<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Vec::<Named>::deserialize(deserializer)?.into_iter().map(|named| named.name).collect())
}

/// A client of a running Alertmanager.
#[derive(Clone, Debug)]
pub struct AlertmanagerClient {
    address: String,
    http: Client,
}

impl AlertmanagerClient {
    /// For the Alertmanager at `host:port`.
    pub fn new(address: impl Into<String>) -> Self {
        AlertmanagerClient { address: address.into(), http: crate::http::client(Duration::from_secs(10)) }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Version, configuration, cluster.
    pub fn status(&self) -> Result<AlertmanagerStatus, AlertmanagerApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Status {
            version_info: Version,
            config: Original,
            cluster: Cluster,
        }
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        #[derive(Deserialize)]
        struct Original {
            original: String,
        }
        #[derive(Deserialize)]
        struct Cluster {
            status: String,
            #[serde(default)]
            name: String,
            #[serde(default)]
            peers: Vec<Peer>,
        }
        #[derive(Deserialize)]
        struct Peer {
            name: String,
            address: String,
        }
        let status: Status = self.get("status")?;
        let version = status.version_info.version;
        Ok(AlertmanagerStatus {
            version: version.split(['+', '~', '-']).next().unwrap_or_default().to_owned(),
            config: status.config.original,
            cluster: status.cluster.status,
            name: status.cluster.name,
            members: status.cluster.peers.into_iter().map(|peer| (peer.name, peer.address)).collect(),
        })
    }

    /// Alerts that aren't resolved, muted ones included.
    pub fn alerts(&self) -> Result<Vec<HeldAlert>, AlertmanagerApiError> {
        self.get("alerts")
    }

    /// Names of its receivers.
    pub fn receivers(&self) -> Result<Vec<String>, AlertmanagerApiError> {
        Ok(self.get::<Vec<Named>>("receivers")?.into_iter().map(|named| named.name).collect())
    }

    /// Silences, expired ones included.
    pub fn silences(&self) -> Result<Vec<Silence>, AlertmanagerApiError> {
        self.get("silences")
    }

    /// Mutes what `matchers` match between two times, RFC 3339; returns the id.
    pub fn silence(
        &self,
        matchers: &[Matcher],
        starts_at: &str,
        ends_at: &str,
        comment: &str,
    ) -> Result<String, AlertmanagerApiError> {
        #[derive(Deserialize)]
        struct Made {
            #[serde(rename = "silenceID")]
            id: String,
        }
        let body = json!({
            "matchers": matchers, "startsAt": starts_at, "endsAt": ends_at, "createdBy": "stack", "comment": comment,
        });
        let made: Made = self.read(self.http.post(self.url("silences")).json(&body), "silence")?;
        Ok(made.id)
    }

    /// Ends a silence.
    pub fn expire_silence(&self, id: &str) -> Result<(), AlertmanagerApiError> {
        self.send(self.http.delete(self.url(&format!("silence/{id}"))), "expire silence").map(drop)
    }

    /// Sends it an alert, as Prometheus would; resolved where `ends_at`, RFC 3339, has passed.
    pub fn post_alert(
        &self,
        labels: &BTreeMap<String, String>,
        annotations: &BTreeMap<String, String>,
        ends_at: Option<&str>,
    ) -> Result<(), AlertmanagerApiError> {
        let mut alert = json!({"labels": labels, "annotations": annotations});
        if let Some(time) = ends_at {
            alert["endsAt"] = json!(time);
        }
        self.send(self.http.post(self.url("alerts")).json(&json!([alert])), "post alert").map(drop)
    }

    /// Lets it read its configuration again.
    ///
    /// # Errors
    /// What it says of the file; it goes on with what it had.
    pub fn reload(&self) -> Result<(), AlertmanagerApiError> {
        self.send(self.http.post(format!("http://{}/-/reload", self.address)), "reload").map(drop)
    }

    /// Sum of those of its own metrics that are called `name` and have all of `labels`; 0 where there is none.
    ///
    /// Failed notifications are `alertmanager_notifications_failed_total` with `integration`.
    pub fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Result<f64, AlertmanagerApiError> {
        let response = self.send(self.http.get(format!("http://{}/metrics", self.address)), "metrics")?;
        let text = response.text().map_err(|source| self.failed(source))?;
        Ok(sum_of(&text, name, labels))
    }

    /// Waits until `expected` holds of the alerts, asking again every 50 ms; returns them.
    ///
    /// # Errors
    /// After `deadline`, with the last answer.
    pub fn wait_for_alerts(
        &self,
        deadline: Duration,
        mut expected: impl FnMut(&[HeldAlert]) -> bool,
    ) -> Result<Vec<HeldAlert>, AlertmanagerApiError> {
        let begin = Instant::now();
        loop {
            let alerts = self.alerts()?;
            if expected(&alerts) {
                return Ok(alerts);
            }
            if begin.elapsed() >= deadline {
                let last = format!("{alerts:?}");
                return Err(AlertmanagerApiError::Deadline { question: "alerts".to_owned(), deadline, last });
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/api/v2/{path}", self.address)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, AlertmanagerApiError> {
        self.read(self.http.get(self.url(path)), path)
    }

    fn read<T: DeserializeOwned>(&self, request: RequestBuilder, question: &str) -> Result<T, AlertmanagerApiError> {
        self.send(request, question)?.json().map_err(|source| self.failed(source))
    }

    fn send(&self, request: RequestBuilder, question: &str) -> Result<Response, AlertmanagerApiError> {
        let response = request.send().map_err(|source| self.failed(source))?;
        match response.status().is_success() {
            true => Ok(response),
            false => Err(AlertmanagerApiError::Refused {
                question: question.to_owned(),
                status: response.status().as_u16(),
                message: response.text().unwrap_or_default().trim_end().to_owned(),
            }),
        }
    }

    fn failed(&self, source: reqwest::Error) -> AlertmanagerApiError {
        AlertmanagerApiError::Http { address: self.address.clone(), source }
    }
}
