//! Receivers, and those that several of them become where one route tells them all.

use std::collections::BTreeMap;

use lapwing_config::monitoring::{Channel, Located, Receiver};

use super::templates;
use crate::{GenerateError, Service, yaml::Yaml};

/// Where alerts go that no route takes and no service is known to wait for: to all who are told of warnings, or of whatever is routed
/// where nobody is.
pub(crate) const UNROUTED: &str = "unrouted";

/// Where the Watchdog goes if nobody waits for it: people who are told every few hours that all is well soon read nothing any more.
pub(super) const BLACKHOLE: &str = "blackhole";

/// The receivers of all services.
pub(crate) struct Receivers<'a> {
    known: BTreeMap<&'a str, (&'a str, &'a Receiver)>,
    /// Those that routes use: name, and the receivers behind it.
    used: Vec<(String, Vec<&'a str>)>,
}

impl<'a> Receivers<'a> {
    /// # Errors
    /// Two services that say different things of one receiver, or a name that is taken.
    pub(crate) fn new(services: &[&'a Service]) -> Result<Receivers<'a>, GenerateError> {
        let mut known: BTreeMap<&str, (&str, &Receiver)> = BTreeMap::new();
        for service in services {
            let monitoring = &service.monitoring;
            for receiver in &monitoring.receivers {
                let own = [UNROUTED, BLACKHOLE];
                if own.contains(&receiver.name.as_str()) {
                    let message = format!("a receiver can't be called `{}`", receiver.name.value);
                    let help = format!("`{}` are receivers that are made: give it another name", own.join("` and `"));
                    return Err(GenerateError::new(&monitoring.service, &receiver.name, message, Some(help)));
                }
                let other = known.insert(&receiver.name, (&monitoring.file, receiver));
                let Some((file, other)) = other.filter(|(_, other)| other.channel != receiver.channel) else {
                    continue;
                };
                let place = other.name.position();
                let name = &receiver.name.value;
                let message = format!("two services say different things of the receiver `{name}`");
                let help = format!(
                    "the other is at {file}:{}:{}; there is one Alertmanager for all services: say the same of it, or give one another name, \
                     such as `{}-{name}`",
                    place.line, place.column, monitoring.service.value
                );
                return Err(GenerateError::new(&monitoring.service, &receiver.name, message, Some(help)));
            }
        }
        Ok(Receivers { known, used: Vec::new() })
    }

    /// The name of what tells all of `names` once: a receiver itself, or one that is made of them. One route with one receiver can't tell
    /// anybody twice, as two that are continued could.
    ///
    /// # Errors
    /// A name that is no receiver.
    pub(crate) fn combined(&mut self, service: &str, names: &[Located<String>]) -> Result<String, GenerateError> {
        let mut parts = Vec::new();
        for name in names {
            let Some((known, _)) = self.known.get_key_value(name.value.as_str()) else {
                let nearest = lapwing_config::nearest(&name.value, self.known.keys().copied());
                let help = match nearest {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "declare it under `receivers`".to_owned(),
                };
                let message = format!("there is no receiver `{}`", name.value);
                return Err(GenerateError::new(service, name, message, Some(help)));
            };
            if !parts.contains(known) {
                parts.push(*known);
            }
        }
        Ok(self.employ(parts.join("+"), parts))
    }

    /// Uses `parts` under `name`.
    pub(super) fn employ(&mut self, name: String, parts: Vec<&'a str>) -> String {
        if self.used.iter().all(|(used, _)| *used != name) {
            self.used.push((name.clone(), parts));
        }
        name
    }

    /// The receivers behind a combined one.
    pub(super) fn parts(&self, name: &str) -> &[&'a str] {
        self.used.iter().find(|(used, _)| used == name).map_or(&[], |(_, parts)| parts)
    }

    /// `receivers`, as far as routes use them.
    pub(super) fn used(&self) -> Vec<Yaml> {
        let used = self.used.iter().map(|(name, parts)| {
            let mut yaml = Yaml::map([("name", name.clone().into())]);
            for key in ["slack_configs", "pagerduty_configs", "webhook_configs"] {
                let channels = parts.iter().filter_map(|part| self.known.get(part));
                let channels = channels.map(|(_, receiver)| &receiver.channel).filter(|channel| kind(channel) == key);
                let configs: Vec<Yaml> = channels.map(config).collect();
                if !configs.is_empty() {
                    yaml = yaml.with(key, configs);
                }
            }
            yaml
        });
        used.collect()
    }
}

fn kind(channel: &Channel) -> &'static str {
    match channel {
        Channel::Slack { .. } => "slack_configs",
        Channel::PagerDuty { .. } => "pagerduty_configs",
        Channel::Webhook { .. } => "webhook_configs",
    }
}

fn config(channel: &Channel) -> Yaml {
    let own = match channel {
        Channel::Slack { api_url_file, .. } => vec![("api_url_file".to_owned(), api_url_file.as_str().into())],
        Channel::PagerDuty { routing_key_file, url } => {
            let mut own = vec![("routing_key_file".to_owned(), routing_key_file.as_str().into())];
            own.extend(url.as_ref().map(|url| ("url".to_owned(), url.as_str().into())));
            own
        }
        Channel::Webhook { url } => vec![("url".to_owned(), url.as_str().into())],
    };
    Yaml::Map(own.into_iter().chain(fields(channel)).collect())
}

/// What a channel is told, without where it is and its secrets.
pub(crate) fn fields(channel: &Channel) -> Vec<(String, Yaml)> {
    let mut fields: Vec<(&str, Yaml)> = vec![("send_resolved", true.into())];
    match channel {
        Channel::Slack { channel, .. } => {
            fields.push(("channel", channel.as_str().into()));
            fields.extend(templates::SLACK.map(|(key, text)| (key, text.into())));
        }
        Channel::PagerDuty { .. } => {
            fields.extend(templates::PAGERDUTY.map(|(key, text)| (key, text.into())));
            let details = templates::pagerduty_details().map(|(key, text)| (key, Yaml::from(text)));
            fields.push(("details", Yaml::map(details)));
            let links = templates::PAGERDUTY_LINKS
                .map(|(href, text)| Yaml::map([("href", href.into()), ("text", text.into())]));
            fields.push(("links", links.to_vec().into()));
        }
        Channel::Webhook { .. } => {}
    }
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
