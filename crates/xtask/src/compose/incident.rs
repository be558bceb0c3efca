//! A real incident: PostgreSQL stops, the page goes out; it comes back, the page is resolved.

use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde::Deserialize;
use serde_json::Value;

use super::{ComposeError, engine, project::Project, report::Incident};

/// What PostgreSQL's absence has to set off; critical, so that it goes to both receivers.
const ALERT: &str = "SigilCircuitOpen";
const CAUSE: &str = "sigil-postgres";
/// A minute of `for`, half a minute until the group is sent, and what scrapes and evaluations take.
const FIRES: Duration = Duration::from_secs(300);
/// A minute of `keep_firing_for`, five until the group is sent again, and what scrapes and evaluations take.
const RESOLVES: Duration = Duration::from_secs(540);

/// The stand-ins for Slack and PagerDuty, asked over HTTP.
#[derive(Debug)]
pub(crate) struct Receivers {
    http: Client,
    url: String,
}

/// What they were sent.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Arrived {
    #[serde(default)]
    slack: Vec<Message>,
    #[serde(default)]
    pagerduty: Vec<Message>,
}

#[derive(Debug, Deserialize)]
struct Message {
    accepted: bool,
    body: Value,
}

impl Receivers {
    pub(crate) fn at(address: &str) -> Self {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(5)).pool_max_idle_per_host(0).build();
        let http = http.expect("a client without TLS and proxy has nothing to fail on");
        Receivers { http, url: format!("http://{address}/received") }
    }

    fn arrived(&self) -> Result<Arrived, ComposeError> {
        let answer = self.http.get(&self.url).send().and_then(|answer| answer.json());
        answer.map_err(|source| ComposeError::Http { url: self.url.clone(), source })
    }
}

impl Arrived {
    /// Whether Slack has a message of this state (`FIRING`, `RESOLVED`) on the alert.
    fn slack(&self, state: &str) -> bool {
        let titles = self.slack.iter().filter(|message| message.accepted);
        let mut titles = titles.filter_map(|message| message.body["attachments"][0]["title"].as_str());
        titles.any(|title| title.starts_with(&format!("[{state}")) && title.contains(ALERT))
    }

    /// The keys of events of this action (`trigger`, `resolve`); of triggers only those on the alert.
    fn keys(&self, action: &str) -> Vec<&str> {
        let events = self.pagerduty.iter().filter(|message| message.accepted).map(|message| &message.body);
        let events = events.filter(|body| body["event_action"] == action);
        let events = events.filter(|body| action != "trigger" || body["payload"]["class"] == ALERT);
        events.filter_map(|body| body["dedup_key"].as_str()).collect()
    }

    /// Slack, PagerDuty: which of them knows that it is over.
    fn resolved(&self) -> (bool, bool) {
        let resolved = self.keys("resolve");
        let mut triggered = self.keys("trigger").into_iter().peekable();
        let pagerduty = triggered.peek().is_some() && triggered.all(|key| resolved.contains(&key));
        (self.slack("RESOLVED"), pagerduty)
    }
}

pub(crate) fn go_through(project: &Project, receivers: &Receivers) -> Result<Incident, ComposeError> {
    println!("stopping {CAUSE}; {ALERT} has to page in {FIRES:?}");
    let mut incident = Incident::default();
    project.engine.output(&mut project.compose(&["stop", CAUSE]))?;
    let begin = Instant::now();
    while !(incident.slack && incident.pagerduty) && begin.elapsed() < FIRES {
        engine::pause();
        let arrived = receivers.arrived()?;
        (incident.slack, incident.pagerduty) = (arrived.slack("FIRING"), !arrived.keys("trigger").is_empty());
    }
    incident.arrived_after_s = begin.elapsed().as_secs_f64();
    println!("Slack {}, PagerDuty {} after {:.0} s", incident.slack, incident.pagerduty, incident.arrived_after_s);

    project.engine.output(&mut project.compose(&["start", CAUSE]))?;
    let begin = Instant::now();
    println!("{CAUSE} is started again; it has to be resolved in {RESOLVES:?}");
    while !incident.resolved && begin.elapsed() < RESOLVES {
        engine::pause();
        incident.resolved = receivers.arrived()?.resolved() == (true, true);
    }
    incident.resolved_after_s = begin.elapsed().as_secs_f64();
    println!("resolved: {} after {:.0} s", incident.resolved, incident.resolved_after_s);
    Ok(incident)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arrived(slack: &str, events: &[(&str, &str, bool)]) -> Arrived {
        let events = events.iter().map(|(action, key, accepted)| {
            json!({"accepted": accepted, "body": {"event_action": action, "dedup_key": key, "payload": {"class": ALERT}}})
        });
        let slack = json!({"accepted": true, "body": {"attachments": [{"title": slack}]}});
        let received = json!({"slack": [slack], "pagerduty": events.collect::<Vec<_>>(), "webhook": []});
        serde_json::from_value(received).unwrap()
    }

    #[test]
    fn incident_is_over_when_every_page_is_resolved() {
        let firing = arrived("[FIRING:1] SigilCircuitOpen of sigil (critical)", &[("trigger", "a", true)]);
        assert!(firing.slack("FIRING") && firing.keys("trigger") == ["a"]);
        assert_eq!(firing.resolved(), (false, false));
        let title = "[RESOLVED] SigilCircuitOpen of sigil (critical)";
        let events = [("trigger", "a", true), ("trigger", "b", true), ("resolve", "a", true)];
        assert_eq!(arrived(title, &events).resolved(), (true, false));
        assert_eq!(arrived(title, &[&events[..], &[("resolve", "b", true)]].concat()).resolved(), (true, true));
    }

    #[test]
    fn what_was_refused_or_is_another_alert_does_not_count() {
        assert_eq!(arrived("[RESOLVED] SigilErrors", &[("trigger", "a", false)]).resolved(), (false, false));
        assert!(!Arrived::default().slack("FIRING"));
    }
}
