//! Who was told of an alert, and how often.

use std::{collections::BTreeSet, time::Instant};

use stack::{EventAction, Receivers};

/// Of one alert.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) triggers: usize,
    pub(crate) resolves: usize,
    pub(crate) slack_firing: usize,
    pub(crate) slack_resolved: usize,
}

impl Told {
    pub(crate) fn of(alert: &str, receivers: &Receivers) -> Told {
        let events = receivers.pagerduty().messages();
        let keys: Vec<_> =
            events.iter().filter(|event| event.payload.class == alert).map(|event| &event.dedup_key).collect();
        let count =
            |action| events.iter().filter(|event| event.action == action && keys.contains(&&event.dedup_key)).count();
        let slack = receivers.slack().messages();
        let titled = |begin: &str| {
            let titles = slack.iter().filter_map(|message| Some(&message.attachments.first()?.title));
            titles.filter(|title| title.starts_with(begin) && title.contains(&format!("] {alert} "))).count()
        };
        Told {
            triggers: count(EventAction::Trigger),
            resolves: count(EventAction::Resolve),
            slack_firing: titled("[FIRING"),
            slack_resolved: titled("[RESOLVED"),
        }
    }

    /// Begun and ended so often, by each receiver.
    pub(crate) fn times(begun: usize, ended: usize) -> Told {
        Told { triggers: begun, resolves: ended, slack_firing: begun, slack_resolved: ended }
    }
}

/// Names of all alerts of which anybody was told.
pub(crate) fn alerts(receivers: &Receivers) -> BTreeSet<String> {
    let events = receivers.pagerduty().messages().into_iter().map(|event| event.message.payload.class);
    let slack = receivers.slack().messages();
    let titles = slack.iter().filter_map(|message| message.attachments.first()?.title.split(' ').nth(1));
    // A resolved event has no class.
    events.filter(|class| !class.is_empty()).chain(titles.map(str::to_owned)).collect()
}

/// What PagerDuty and Slack were told, in order, a line each.
pub(crate) fn all(receivers: &Receivers) -> String {
    let events = receivers.pagerduty().messages();
    let events =
        events.iter().map(|event| (event.at, format!("PagerDuty {:?}: {}", event.action, event.payload.summary)));
    let slack = receivers.slack().messages();
    let slack = slack.iter().filter_map(|message| Some((message.at, &message.attachments.first()?.title)));
    let mut lines: Vec<_> = events.chain(slack.map(|(at, title)| (at, format!("Slack: {title}")))).collect();
    lines.sort();
    let begin = lines.first().map(|(at, _)| *at);
    let since = |at: Instant| begin.map_or(0.0, |begin| (at - begin).as_secs_f64());
    lines.iter().map(|(at, line)| format!("{:.1} s {line}\n", since(*at))).collect()
}

/// How often the dead man's switch was told that all is well.
pub(crate) fn watchdogs(receivers: &Receivers) -> usize {
    let messages = receivers.webhook().messages();
    let watchdog = |alert: &stack::WebhookAlert| alert.labels.get("alertname").is_some_and(|name| name == "Watchdog");
    messages.iter().filter(|message| message.alerts.iter().any(watchdog)).count()
}

/// What a receiver refused.
pub(crate) fn refused(receivers: &Receivers) -> Vec<String> {
    fn of<D: stack::Desk>(stand_in: &stack::StandIn<D>) -> Vec<String> {
        let requests = stand_in.requests();
        let refused = requests.iter().filter(|request| request.message.is_none());
        refused.map(|request| format!("{:?} {}", request.status, request.answer)).collect()
    }
    [of(receivers.slack()), of(receivers.pagerduty()), of(receivers.webhook())].concat()
}
