//! What alerts there are and what the stand-ins were sent, in numbers.

use serde::Serialize;
use stack::{ActiveAlert, Desk, EventAction, Receivers, StandIn};

/// Messages that were accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Messages {
    /// That something fires.
    pub(crate) firing: usize,
    /// That all of it is over.
    pub(crate) resolved: usize,
}

/// What each channel got so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Received {
    pub(crate) slack: Messages,
    pub(crate) pagerduty: Messages,
    /// How often the dead man's switch was told that alerting works.
    pub(crate) watchdog: usize,
    /// What a stand-in didn't accept, with its answer.
    #[serde(skip)]
    pub(crate) refused: Vec<String>,
}

impl Received {
    pub(crate) fn of(receivers: &Receivers) -> Self {
        let slack = receivers.slack().messages();
        let begins = |begin: &str| {
            let heads = slack.iter().filter_map(|message| message.attachments.first());
            heads.filter(|attachment| attachment.title.starts_with(begin)).count()
        };
        let events = receivers.pagerduty().messages();
        let does = |action: EventAction| events.iter().filter(|event| event.action == action).count();
        Received {
            slack: Messages { firing: begins("[FIRING"), resolved: begins("[RESOLVED") },
            pagerduty: Messages { firing: does(EventAction::Trigger), resolved: does(EventAction::Resolve) },
            watchdog: receivers.webhook().messages().len(),
            refused: [
                refused("Slack", receivers.slack()),
                refused("PagerDuty", receivers.pagerduty()),
                refused("the dead man's switch", receivers.webhook()),
            ]
            .concat(),
        }
    }

    /// On one line.
    pub(crate) fn says(&self) -> String {
        let of = |messages: &Messages| format!("{} firing, {} resolved", messages.firing, messages.resolved);
        let times = if self.watchdog == 1 { "once" } else { &format!("{} times", self.watchdog) };
        format!("Slack {}; PagerDuty {}; Watchdog {times}", of(&self.slack), of(&self.pagerduty))
    }
}

fn refused<D: Desk>(name: &str, stand_in: &StandIn<D>) -> Vec<String> {
    let requests = stand_in.requests();
    let refused = requests.iter().filter(|request| request.message.is_none());
    refused.map(|request| format!("{name} refused a message with {:?} {}", request.status, request.answer)).collect()
}

/// Which alerts fire and which are pending, on one line, without the Watchdog.
pub(crate) fn says(alerts: &[ActiveAlert]) -> String {
    let names = |state: &str| {
        let of_state = alerts.iter().filter(|alert| alert.state == state && alert.label("severity") != "none");
        let mut names: Vec<&str> = of_state.map(|alert| alert.label("alertname")).collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    };
    match (names("firing"), names("pending")) {
        (firing, pending) if firing.is_empty() && pending.is_empty() => "none".to_owned(),
        (firing, pending) if pending.is_empty() => format!("{firing} firing"),
        (firing, pending) if firing.is_empty() => format!("{pending} pending"),
        (firing, pending) => format!("{firing} firing; {pending} pending"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn alert(name: &str, state: &str, severity: &str) -> ActiveAlert {
        let labels = json!({"alertname": name, "severity": severity});
        serde_json::from_value(json!({"labels": labels, "state": state, "value": "1"})).unwrap()
    }

    #[test]
    fn alerts_are_said_by_state_without_the_watchdog() {
        let watchdog = alert("Watchdog", "firing", "none");
        assert_eq!(says(std::slice::from_ref(&watchdog)), "none");
        let slow = alert("Slow", "pending", "warning");
        assert_eq!(says(&[watchdog, slow.clone()]), "Slow pending");
        let down = alert("Down", "firing", "critical");
        assert_eq!(says(&[down.clone(), slow, down]), "Down firing; Slow pending");
    }

    #[test]
    fn messages_are_counted_by_what_they_say() {
        let slack = stack::SlackStandIn::builder();
        let receivers = Receivers::serve("127.0.0.1:0", slack, stack::PagerDutyStandIn::builder()).unwrap();
        let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        for title in ["[FIRING:1] a", "[FIRING:2] a", "[RESOLVED] a"] {
            let message = json!({"attachments": [{"title": title, "fallback": title}]});
            http.post(receivers.slack().url()).json(&message).send().unwrap();
        }
        http.post(receivers.slack().url()).json(&json!({})).send().unwrap();
        let received = Received::of(&receivers);
        assert_eq!(received.slack, Messages { firing: 2, resolved: 1 });
        assert_eq!(received.says(), "Slack 2 firing, 1 resolved; PagerDuty 0 firing, 0 resolved; Watchdog 0 times");
        assert_eq!(received.refused.len(), 1, "{:?}", received.refused);
    }
}
