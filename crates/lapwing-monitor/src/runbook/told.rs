//! Who is told of an alert.

use std::borrow::Cow;

use lapwing_config::monitoring::{Channel, Monitoring, Receiver, Route};

use crate::{
    AlertRule, Service,
    alertmanager::{UNROUTED, rest, watchdogs_way},
    expression::duration,
    words,
};

/// The ways that an alert can take, as Alertmanager tries them: the first that fits takes it.
pub(super) struct Told<'a> {
    receivers: Vec<&'a Receiver>,
    ways: Vec<Way<'a>>,
}

struct Way<'a> {
    /// When it is taken; empty if always.
    condition: String,
    names: Vec<String>,
    route: Option<Cow<'a, Route>>,
}

impl<'a> Way<'a> {
    fn new(condition: String, route: Cow<'a, Route>) -> Way<'a> {
        let mut names: Vec<String> = Vec::new();
        for name in &route.receivers {
            if !names.contains(&name.value) {
                names.push(name.value.clone());
            }
        }
        Way { condition, names, route: Some(route) }
    }
}

/// Who is told of an alert of a service.
pub(super) fn of<'a>(monitoring: &'a Monitoring, rule: &AlertRule) -> Told<'a> {
    let mut told = Told { receivers: monitoring.receivers.iter().collect(), ways: Vec::new() };
    for route in &monitoring.routes {
        if !route.severity.is_empty() && !route.severity.contains(&rule.severity) {
            continue;
        }
        if route.matches.iter().any(|(name, value)| rule.label(name).is_some_and(|own| own != value)) {
            continue;
        }
        // The labels that its series must have beside those of the rule.
        let open = route.matches.iter().filter(|(name, _)| rule.label(name).is_none());
        let open: Vec<String> = open.map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        if open.is_empty() {
            told.ways.push(Way::new(String::new(), Cow::Borrowed(route)));
            return told;
        }
        told.ways.push(Way::new(format!("With {}: ", words::listed(&open)), Cow::Borrowed(route)));
    }
    if monitoring.routes.is_empty() {
        return told;
    }
    let condition = if told.ways.is_empty() { "No route takes it, so it goes where warnings go: " } else { "Else: " };
    told.ways.push(match rest(monitoring) {
        Some(route) => Way::new(condition.to_owned(), Cow::Owned(route)),
        None => Way { condition: condition.to_owned(), names: vec![UNROUTED.to_owned()], route: None },
    });
    told
}

/// Who is told of the alert that always fires.
pub(super) fn of_watchdog<'a>(services: &[&'a Service]) -> Told<'a> {
    let receivers = services.iter().flat_map(|service| &service.monitoring.receivers).collect();
    let way = watchdogs_way(services).map(|route| Way::new(String::new(), Cow::Owned(route)));
    Told { receivers, ways: way.into_iter().collect() }
}

impl Told<'_> {
    /// The names of all receivers, each once.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.ways.iter().flat_map(|way| &way.names) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Whether somebody may be paged: what a webhook does isn't known.
    pub(super) fn may_page(&self) -> bool {
        let mut channels = self.ways.iter().flat_map(|way| &way.names).map(|name| self.receiver(name));
        channels.any(|channel| !matches!(channel, Some(Channel::Slack { .. })))
    }

    /// A sentence for each way.
    pub(super) fn sentences(&self) -> Vec<String> {
        let sentence = |way: &Way<'_>| {
            let channels: Vec<String> = way.names.iter().map(|name| self.channel(name)).collect();
            let pace = way.route.as_ref().map_or(String::new(), |route| {
                let wait = match route.group_wait.is_zero() {
                    true => "at once".to_owned(),
                    false => format!("{} after the first alert of a group", duration(route.group_wait)),
                };
                format!(", {wait}, again every {} while it fires", duration(route.repeat_interval))
            });
            format!("{}{}{pace}.", way.condition, words::listed(&channels))
        };
        self.ways.iter().map(sentence).collect()
    }

    fn receiver(&self, name: &str) -> Option<&Channel> {
        let receiver = self.receivers.iter().find(|receiver| receiver.name.value == name);
        receiver.map(|receiver| &receiver.channel)
    }

    fn channel(&self, name: &str) -> String {
        match self.receiver(name) {
            Some(Channel::Slack { channel, .. }) => format!("`{name}` (Slack, {channel})"),
            Some(Channel::PagerDuty { .. }) => format!("`{name}` (PagerDuty)"),
            Some(Channel::Webhook { .. }) => format!("`{name}` (webhook)"),
            None => format!("`{name}`"),
        }
    }

    /// How it is told that the alert is over.
    pub(super) fn resolved(&self) -> String {
        let Some((way, route)) = self.ways.first().and_then(|way| Some((way, way.route.as_ref()?))) else {
            return String::new();
        };
        let channels = way.names.iter().filter_map(|name| {
            Some(match self.receiver(name)? {
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
