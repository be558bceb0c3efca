//! What Prometheus says of its rules and alerts.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{ApiError, PrometheusClient, api::number};

/// How one rule fares.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleStatus {
    /// Group it is in.
    #[serde(skip)]
    pub group: String,
    /// File the group is in.
    #[serde(skip)]
    pub file: String,
    /// Name of the alert or of the recorded series.
    pub name: String,
    /// `alerting` or `recording`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its expression, as Prometheus writes it.
    pub query: String,
    /// Labels it adds.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// `ok`, `err`, `unknown` (not evaluated yet).
    pub health: String,
    /// Why it failed.
    #[serde(default)]
    pub last_error: String,
    /// `inactive`, `pending`, `firing` of an alert, and `unknown` before its first evaluation in newer versions; empty of a
    /// recording rule.
    #[serde(default)]
    pub state: String,
    /// How long the last evaluation took, in seconds.
    #[serde(default)]
    pub evaluation_time: f64,
    /// Alerts of this rule.
    #[serde(default)]
    pub alerts: Vec<ActiveAlert>,
}

impl RuleStatus {
    /// Whether it was evaluated, and without an error.
    pub fn healthy(&self) -> bool {
        self.health == "ok"
    }
}

/// An alert that is pending or firing.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveAlert {
    /// `alertname` among them; without external labels.
    pub labels: BTreeMap<String, String>,
    /// With templates filled in.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// `pending` or `firing`.
    pub state: String,
    /// Since when its condition holds, RFC 3339.
    #[serde(default)]
    pub active_at: Option<String>,
    /// Value of its expression.
    #[serde(deserialize_with = "value")]
    pub value: f64,
}

impl ActiveAlert {
    /// A label's value, empty where it has none.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let text = String::deserialize(deserializer)?;
    number(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no number")))
}

impl PrometheusClient {
    /// All rules, in the order of their files and groups.
    pub fn rules(&self) -> Result<Vec<RuleStatus>, ApiError> {
        #[derive(Deserialize)]
        struct Rules {
            groups: Vec<Group>,
        }
        #[derive(Deserialize)]
        struct Group {
            name: String,
            file: String,
            rules: Vec<RuleStatus>,
        }
        let groups = self.get::<Rules>("rules", "rules", &[])?.groups;
        let rules = groups.into_iter().flat_map(|group| {
            let (name, file) = (group.name, group.file);
            group.rules.into_iter().map(move |rule| RuleStatus { group: name.clone(), file: file.clone(), ..rule })
        });
        Ok(rules.collect())
    }

    /// Alerts that are pending or firing.
    pub fn alerts(&self) -> Result<Vec<ActiveAlert>, ApiError> {
        #[derive(Deserialize)]
        struct Alerts {
            alerts: Vec<ActiveAlert>,
        }
        Ok(self.get::<Alerts>("alerts", "alerts", &[])?.alerts)
    }

    /// URLs of the Alertmanagers it sends alerts to; those it was told of appear 5 s after its start.
    pub fn alertmanagers(&self) -> Result<Vec<String>, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Alertmanagers {
            active_alertmanagers: Vec<Target>,
        }
        #[derive(Deserialize)]
        struct Target {
            url: String,
        }
        let found: Alertmanagers = self.get("alertmanagers", "alertmanagers", &[])?;
        Ok(found.active_alertmanagers.into_iter().map(|target| target.url).collect())
    }

    /// Waits until `expected` holds of the alerts, asking again every 50 ms; returns them.
    ///
    /// # Errors
    /// After `deadline`, with the last answer.
    pub fn wait_for_alerts(
        &self,
        deadline: Duration,
        mut expected: impl FnMut(&[ActiveAlert]) -> bool,
    ) -> Result<Vec<ActiveAlert>, ApiError> {
        let begin = Instant::now();
        loop {
            let alerts = self.alerts()?;
            if expected(&alerts) {
                return Ok(alerts);
            }
            if begin.elapsed() >= deadline {
                let last = format!("{alerts:?}");
                return Err(ApiError::Deadline { question: "alerts".to_owned(), deadline, last });
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Lets it read its configuration and rules again; needs `--web.enable-lifecycle`.
    ///
    /// # Errors
    /// What Prometheus says of the files; it goes on with what it had.
    pub fn reload(&self) -> Result<(), ApiError> {
        let failed = |source| ApiError::Http { address: self.address.clone(), source };
        let response = self.http.post(format!("http://{}/-/reload", self.address)).send().map_err(failed)?;
        match response.status().is_success() {
            true => Ok(()),
            false => Err(ApiError::Refused {
                question: "reload".to_owned(),
                kind: response.status().to_string(),
                message: response.text().unwrap_or_default().trim_end().to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alert_is_read_with_any_value() {
        let text = r#"{"labels":{"alertname":"A"},"annotations":{},"state":"firing","activeAt":"2026-11-21T06:12:42.9Z","value":"1e+00"}"#;
        let alert: ActiveAlert = serde_json::from_str(text).unwrap();
        assert_eq!((alert.value, alert.label("alertname")), (1.0, "A"));
        let alert: ActiveAlert = serde_json::from_str(&text.replace("1e+00", "+Inf")).unwrap();
        assert_eq!(alert.value, f64::INFINITY);
        assert!(serde_json::from_str::<ActiveAlert>(&text.replace("1e+00", "one")).is_err());
    }
}
