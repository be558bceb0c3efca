//! What is declared of sigil: its alerts, who is told of them, and the files made of that.

use std::{fs, io, path::Path};

use lapwing_config::{
    ConfigError,
    monitoring::{self, Channel, Monitoring, Severity},
};
use lapwing_monitor::{
    AlertRule, Dashboard, GenerateError, GeneratedFile, Options, Root, Service, Signals, alert_rules, generate,
    watchdog,
};
use stack::Receivers;

use crate::catalogue::TELEMETRY;

const MONITORING: &str = include_str!("../../../otel-config/sigil/monitoring.yaml");

/// Where an alert is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Told {
    Slack,
    PagerDuty,
    Webhook,
}

impl Told {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Told::Slack => "slack",
            Told::PagerDuty => "pagerduty",
            Told::Webhook => "webhook",
        }
    }
}

/// Why there are no files to drill with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeclaredError {
    #[error("the declarations that are built in are wrong: {0}")]
    Config(#[from] ConfigError),
    #[error("nothing can be made of the declarations that are built in: {0}")]
    Generate(#[from] GenerateError),
    #[error("cannot write the files of a drill; check that the temporary folder is writable: {0}")]
    Write(#[from] io::Error),
}

/// Sigil as it is declared.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    service: Service,
    /// All alerts, the Watchdog last.
    pub(crate) rules: Vec<AlertRule>,
}

impl Declared {
    pub(crate) fn of_sigil() -> Result<Self, DeclaredError> {
        let monitoring = monitoring::parse(MONITORING, "otel-config/sigil/monitoring.yaml")?;
        let configuration = lapwing_config::parse(TELEMETRY, "otel-config/sigil/telemetry.yaml", &|_| None)?;
        let service = Service::new(monitoring, Signals::new(&configuration));
        let mut rules = alert_rules(&service)?;
        rules.push(watchdog());
        Ok(Declared { service, rules })
    }

    pub(crate) fn monitoring(&self) -> &Monitoring {
        &self.service.monitoring
    }

    /// Its dashboard, and the one over all services.
    pub(crate) fn dashboards(&self) -> Result<[Dashboard; 2], DeclaredError> {
        Ok([Dashboard::of_service(&self.service)?, Dashboard::overview(&[&self.service])])
    }

    /// The rule of this name that has these labels, or doesn't set them.
    pub(crate) fn rule(&self, name: &str, labels: &[(&str, &str)]) -> Option<&AlertRule> {
        self.rules.iter().find(|rule| {
            let fits = |(label, value): &(&str, &str)| rule.label(label).is_none_or(|own| own == *value);
            rule.name == name && labels.iter().all(fits)
        })
    }

    /// The channels that alerts of this severity go to.
    pub(crate) fn told(&self, severity: Severity) -> Vec<Told> {
        let monitoring = self.monitoring();
        let takes = |severities: &[Severity]| severities.is_empty() || severities.contains(&severity);
        let route = monitoring.routes.iter().find(|route| takes(&route.severity));
        let names = route.map_or(&[][..], |route| &route.receivers);
        let receivers =
            monitoring.receivers.iter().filter(|receiver| names.iter().any(|name| name.value == receiver.name.value));
        let mut told: Vec<Told> = receivers
            .map(|receiver| match receiver.channel {
                Channel::Slack { .. } => Told::Slack,
                Channel::PagerDuty { .. } => Told::PagerDuty,
                Channel::Webhook { .. } => Told::Webhook,
            })
            .collect();
        told.sort();
        told
    }

    /// Slack's channel.
    pub(crate) fn slack_channel(&self) -> &str {
        let mut channels = self.monitoring().receivers.iter().filter_map(|receiver| match &receiver.channel {
            Channel::Slack { channel, .. } => Some(channel.as_str()),
            _ => None,
        });
        channels.next_back().unwrap_or_default()
    }

    /// Writes rules and routes into `folder`, with all waits divided by `compress` and the stand-ins in place of the receivers. The only
    /// thing changed is where receivers are: the model says so before anything is made of it.
    pub(crate) fn write(&self, folder: &Path, receivers: &Receivers, compress: u32) -> Result<(), DeclaredError> {
        let mut service = self.service.clone();
        let (slack, pagerduty) = (folder.join("slack_webhook_url"), folder.join("pagerduty_routing_key"));
        fs::write(&slack, receivers.slack().url())?;
        fs::write(&pagerduty, receivers.pagerduty().routing_key())?;
        for receiver in &mut service.monitoring.receivers {
            match &mut receiver.channel {
                Channel::Slack { api_url_file, .. } => *api_url_file = slack.display().to_string(),
                Channel::PagerDuty { routing_key_file, url } => {
                    *routing_key_file = pagerduty.display().to_string();
                    *url = Some(receivers.pagerduty().url());
                }
                Channel::Webhook { url } => *url = receivers.url("/watchdog"),
            }
        }
        let files = generate(&[service], &Options { compress, ..Options::default() })?;
        for GeneratedFile { path, text, .. } in files.iter().filter(|file| file.root == Root::Config) {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(path, text)?;
        }
        Ok(())
    }
}
