//! Whether every panel of every generated dashboard has something to show.

use std::time::{Duration, SystemTime};

use lapwing_monitor::Dashboard;
use serde::Serialize;
use stack::{ApiError, PrometheusClient};

/// What Grafana takes for `$__rate_interval`: four scrapes, and one more.
const RATE_INTERVAL: Duration = Duration::from_secs(5);
/// Time between the points that are asked for.
const STEP: Duration = Duration::from_secs(1);

/// What the queries of all panels gave.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Panels {
    /// Queries.
    pub(crate) asked: usize,
    /// Those that gave a number at least once during the run.
    pub(crate) with_data: usize,
    pub(crate) empty: Vec<EmptyPanel>,
}

/// A query that gave nothing.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct EmptyPanel {
    pub(crate) dashboard: String,
    pub(crate) panel: String,
    pub(crate) query: String,
    /// Why that is no fault.
    pub(crate) excuse: Option<&'static str>,
}

impl Panels {
    /// Asks for all of them over the time of the run. `absent` are metrics that nothing provides here.
    pub(crate) fn ask(
        client: &PrometheusClient,
        dashboards: &[Dashboard],
        run: (SystemTime, SystemTime),
        absent: &[&str],
    ) -> Result<Self, ApiError> {
        let (from, to) = run;
        let mut panels = Panels::default();
        let range = to.duration_since(from).unwrap_or_default().max(RATE_INTERVAL);
        for dashboard in dashboards {
            for query in dashboard.queries_with(RATE_INTERVAL, Duration::from_secs(range.as_secs())) {
                let series = client.query_range(&query.expression, from, to, STEP)?;
                panels.asked += 1;
                if series.iter().flat_map(|series| &series.points).any(|(_, value)| value.is_finite()) {
                    panels.with_data += 1;
                    continue;
                }
                let excuse = if query.may_be_empty {
                    Some("nothing to show is good")
                } else if absent.iter().any(|name| query.expression.contains(name)) {
                    Some("for want of PostgreSQL")
                } else {
                    None
                };
                panels.empty.push(EmptyPanel {
                    dashboard: dashboard.title().to_owned(),
                    panel: query.title,
                    query: query.expression,
                    excuse,
                });
            }
        }
        Ok(panels)
    }

    /// Empty ones that should have something, in words.
    pub(crate) fn problems(&self) -> impl Iterator<Item = String> {
        let faults = self.empty.iter().filter(|empty| empty.excuse.is_none());
        faults.map(|empty| format!("panel {:?} of {:?} is empty: {}", empty.panel, empty.dashboard, empty.query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_panels_without_an_excuse_are_problems() {
        let empty = |panel: &str, excuse| EmptyPanel {
            dashboard: "Sigil v2".to_owned(),
            panel: panel.to_owned(),
            query: "up".to_owned(),
            excuse,
        };
        let empty = vec![empty("Outbox", Some("for want of PostgreSQL")), empty("Targets up", None)];
        let panels = Panels { asked: 3, with_data: 1, empty };
        let problems: Vec<String> = panels.problems().collect();
        assert_eq!(problems, [r#"panel "Targets up" of "Sigil v2" is empty: up"#]);
        let json = serde_json::to_value(&panels).unwrap();
        assert_eq!((&json["asked"], &json["empty"][0]["excuse"]), (&3.into(), &"for want of PostgreSQL".into()));
        assert_eq!(json["empty"][1]["excuse"], serde_json::Value::Null);
    }
}
