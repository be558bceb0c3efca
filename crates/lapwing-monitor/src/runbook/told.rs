//! Who is told of an alert.

use lapwing_config::monitoring::{Channel, Monitoring, Route};

use crate::{AlertRule, expression::duration, words};

/// The routes that an alert can take, each with the labels that its series must have beside those of the rule.
pub(super) struct Told<'a> {
    monitoring: &'a Monitoring,
    pub(super) routes: Vec<(&'a Route, Vec<String>)>,
}

/// The routes of an alert, as Alertmanager tries them: the first that matches takes it.
pub(super) fn of<'a>(monitoring: &'a Monitoring, rule: &AlertRule) -> Told<'a> {
    let mut routes = Vec::new();
    for route in &monitoring.routes {
        if !route.severity.is_empty() && !route.severity.contains(&rule.severity) {
            continue;
        }
        if route.matches.iter().any(|(name, value)| rule.label(name).is_some_and(|own| own != value)) {
            continue;
        }
        let open = route.matches.iter().filter(|(name, _)| rule.label(name).is_none());
        let open: Vec<String> = open.map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let is_last = open.is_empty();
        routes.push((route, open));
        if is_last {
            break;
        }
    }
    Told { monitoring, routes }
}

impl Told<'_> {
    /// The names of all receivers, each once.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.routes.iter().flat_map(|(route, _)| &route.receivers) {
            if !names.contains(&name.value) {
                names.push(name.value.clone());
            }
        }
        names
    }

    /// A sentence for each route.
    pub(super) fn sentences(&self) -> Vec<String> {
        let sentence = |(route, open): &(&Route, Vec<String>)| {
            let channels: Vec<String> = route.receivers.iter().map(|name| self.channel(name)).collect();
            let condition = if open.is_empty() { String::new() } else { format!("With {}: ", words::listed(open)) };
            let wait = match route.group_wait.is_zero() {
                true => "at once".to_owned(),
                false => format!("{} after the first alert of a group", duration(route.group_wait)),
            };
            format!(
                "{condition}{}, {}, again every {} while it fires.",
                words::listed(&channels),
                wait,
                duration(route.repeat_interval),
            )
        };
        self.routes.iter().map(sentence).collect()
    }

    fn channel(&self, name: &str) -> String {
        let receiver = self.monitoring.receivers.iter().find(|receiver| receiver.name.value == name);
        match receiver.map(|receiver| &receiver.channel) {
            Some(Channel::Slack { channel, .. }) => format!("`{name}` (Slack, {channel})"),
            Some(Channel::PagerDuty { .. }) => format!("`{name}` (PagerDuty)"),
            Some(Channel::Webhook { .. }) => format!("`{name}` (webhook)"),
            None => format!("`{name}`"),
        }
    }

    /// How it is told that the alert is over.
    pub(super) fn resolved(&self) -> String {
        let Some((route, _)) = self.routes.first() else { return String::new() };
        let channels = route.receivers.iter().filter_map(|name| {
            let receiver = self.monitoring.receivers.iter().find(|receiver| receiver.name.value == name.value)?;
            Some(match receiver.channel {
                Channel::Slack { .. } => "in Slack a second, green message",
                Channel::PagerDuty { .. } => "in PagerDuty the incident is resolved",
                Channel::Webhook { .. } => "the webhook gets `status: resolved`",
            })
        });
        let mut channels: Vec<String> = channels.map(str::to_owned).collect();
        channels.dedup();
        format!(
            "Those who were told of it are told that it is over, at the latest {} later (`group_interval`): {}.",
            duration(route.group_interval),
            words::listed(&channels)
        )
    }
}
