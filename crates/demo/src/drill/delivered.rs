//! Whether the right channels were sent the right thing, and no wrong one.

use std::time::Instant;

use lapwing_config::monitoring::Severity;
use lapwing_monitor::AlertRule;
use stack::{ActiveAlert, EventAction, PagerDutyEvent, Receivers, SlackMessage};

use crate::declared::Told;

/// The summary of an alert: labels are filled in, values that change from one evaluation to the next are left open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary(Vec<String>);

impl Summary {
    /// Of an alert that fires.
    pub(crate) fn new(rule: &AlertRule, alert: &ActiveAlert) -> Self {
        let mut parts = vec![String::new()];
        let mut rest = rule.annotation("summary").unwrap_or_default();
        while let Some((before, template)) = rest.split_once("{{") {
            let (template, after) = template.split_once("}}").unwrap_or((template, ""));
            let last = parts.len() - 1;
            parts[last].push_str(before);
            match template.trim().strip_prefix("$labels.") {
                Some(label) => parts[last].push_str(alert.label(label)),
                None => parts.push(String::new()),
            }
            rest = after;
        }
        let last = parts.len() - 1;
        parts[last].push_str(rest);
        Summary(parts)
    }

    /// Whether it is part of this line.
    fn is_in(&self, line: &str) -> bool {
        let mut rest = line;
        let found = |part: &String| {
            let (_, after) = rest.split_once(part.as_str())?;
            rest = after;
            Some(())
        };
        self.0.iter().map(found).all(|found| found.is_some())
    }

    /// Whether a line of Slack's consists of it, in bold after `begin`.
    fn is_told(&self, line: &str, begin: &str) -> bool {
        let inner = line.trim().strip_prefix(begin).and_then(|line| line.strip_suffix('*'));
        let parts: Vec<String> = self.0.iter().map(|part| escaped(part)).collect();
        let (first, last) = (parts.first(), parts.last());
        inner.is_some_and(|inner| {
            first.is_some_and(|first| inner.starts_with(first.as_str()))
                && last.is_some_and(|last| inner.ends_with(last.as_str()))
                && Summary(parts.clone()).is_in(inner)
        })
    }
}

/// What is awaited of one alert.
#[derive(Clone, Debug)]
pub(crate) struct Awaited<'a> {
    pub(crate) rule: &'a AlertRule,
    pub(crate) service: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) summary: Summary,
    /// What came before is of no concern.
    pub(crate) since: Instant,
}

/// An accepted message that fits.
pub(crate) struct Found {
    pub(crate) at: Instant,
    /// What isn't as it should be.
    pub(crate) problems: Vec<String>,
    /// Of PagerDuty.
    pub(crate) dedup_key: Option<String>,
}

impl Awaited<'_> {
    /// That it fires.
    pub(crate) fn firing(&self, receivers: &Receivers, told: Told) -> Option<Found> {
        match told {
            Told::Slack => {
                let messages = receivers.slack().messages().into_iter().filter(|message| message.at >= self.since);
                let found = messages.into_iter().find(|message| {
                    self.slack_text(message, "[FIRING")
                        .is_some_and(|text| text.lines().any(|line| self.summary.is_told(line, "*")))
                })?;
                Some(Found { at: found.at, problems: self.slack_problems(&found), dedup_key: None })
            }
            Told::PagerDuty => {
                let events = receivers.pagerduty().messages().into_iter().filter(|event| event.at >= self.since);
                let found = events.into_iter().find(|event| {
                    let details = event.payload.custom_details["firing"].as_str().unwrap_or_default();
                    event.action == EventAction::Trigger
                        && event.payload.class == self.rule.name
                        && details.lines().any(|line| self.summary.is_in(line))
                })?;
                let problems = self.pagerduty_problems(&found);
                Some(Found { at: found.at, problems, dedup_key: Some(found.dedup_key.clone()) })
            }
            Told::Webhook => {
                let messages = receivers.webhook().messages().into_iter().filter(|message| message.at >= self.since);
                let found = messages.into_iter().find(|message| {
                    let of_rule = |alert: &stack::WebhookAlert| {
                        alert.labels.get("alertname") == Some(&self.rule.name) && alert.status == "firing"
                    };
                    message.alerts.iter().any(of_rule)
                })?;
                Some(Found { at: found.at, problems: Vec::new(), dedup_key: None })
            }
        }
    }

    /// That it is over, said at `healed` or later.
    pub(crate) fn resolved(
        &self,
        receivers: &Receivers,
        told: Told,
        healed: Instant,
        dedup_key: Option<&str>,
    ) -> Option<Instant> {
        match told {
            Told::Slack => {
                let messages = receivers.slack().messages().into_iter().filter(|message| message.at >= healed);
                let fits = |message: &SlackMessage| {
                    self.slack_text(message, "[")
                        .is_some_and(|text| text.lines().any(|line| self.summary.is_told(line, "Resolved: *")))
                };
                messages.into_iter().find(|message| fits(message)).map(|message| message.at)
            }
            Told::PagerDuty => {
                let events = receivers.pagerduty().messages().into_iter().filter(|event| event.at >= healed);
                let over = |event: &PagerDutyEvent| {
                    event.action == EventAction::Resolve && Some(event.dedup_key.as_str()) == dedup_key
                };
                events.into_iter().find(|event| over(event)).map(|event| event.at)
            }
            Told::Webhook => Some(healed),
        }
    }

    /// Channels that were told though they aren't meant to be, and what stand-ins refused.
    pub(crate) fn wrong(&self, receivers: &Receivers, told: &[Told]) -> Vec<String> {
        let mut wrong = Vec::new();
        let name = &self.rule.name;
        let own = |event: &PagerDutyEvent| event.payload.class == *name;
        if !told.contains(&Told::PagerDuty)
            && receivers.pagerduty().messages().iter().any(|event| event.at >= self.since && own(event))
        {
            wrong.push("PagerDuty was told, which is not meant to be".to_owned());
        }
        if !told.contains(&Told::Slack)
            && receivers.slack().messages().iter().any(|message| self.slack_text(message, "[").is_some())
        {
            wrong.push("Slack was told, which is not meant to be".to_owned());
        }
        let of_rule = |alert: &stack::WebhookAlert| alert.labels.get("alertname") == Some(name);
        if !told.contains(&Told::Webhook)
            && receivers.webhook().messages().iter().any(|message| message.alerts.iter().any(of_rule))
        {
            wrong.push("the dead man's switch was told, which is not meant to be".to_owned());
        }
        let refusals = [("Slack", refused(receivers.slack())), ("PagerDuty", refused(receivers.pagerduty()))];
        wrong.extend(refusals.iter().filter_map(|(who, what)| Some(format!("{who} refused: {}", what.as_ref()?))));
        wrong
    }

    /// The text of an attachment of this alert's group.
    fn slack_text<'m>(&self, message: &'m SlackMessage, begin: &str) -> Option<&'m str> {
        let title = format!("] {} ", self.rule.name);
        let attachment = message.attachments.first()?;
        (attachment.title.starts_with(begin) && attachment.title.contains(&title)).then_some(&attachment.text)
    }

    fn slack_problems(&self, message: &SlackMessage) -> Vec<String> {
        let Some(attachment) = message.attachments.first() else { return vec!["no attachment".to_owned()] };
        let severity = self.rule.severity.as_str();
        let color = match self.rule.severity {
            Severity::Critical => "danger",
            Severity::Warning => "warning",
            Severity::Info | Severity::None => "#439FE0",
        };
        let runbook = self.rule.annotation("runbook_url").unwrap_or_default();
        let dashboard = self.rule.annotation("dashboard_url").unwrap_or_default();
        let checks = [
            ("channel", message.channel == self.channel, &message.channel),
            ("color", attachment.color == color, &attachment.color),
            ("title: no service", attachment.title.contains(&format!(" of {} ", self.service)), &attachment.title),
            ("title: no severity", attachment.title.ends_with(&format!("({severity})")), &attachment.title),
            ("title_link", attachment.title_link == dashboard, &attachment.title_link),
            ("fallback", attachment.fallback.contains(&self.rule.name), &attachment.fallback),
            ("text: no runbook", !runbook.is_empty() && attachment.text.contains(runbook), &attachment.text),
            ("text: no dashboard", attachment.text.contains(dashboard), &attachment.text),
        ];
        problems("Slack", &checks)
    }

    fn pagerduty_problems(&self, event: &PagerDutyEvent) -> Vec<String> {
        let payload = &event.payload;
        let runbook = self.rule.annotation("runbook_url").unwrap_or_default();
        let links: String = event.links.iter().map(|link| format!("{} → {}; ", link.text, link.href)).collect();
        let linked = links.contains("Runbook") && links.contains(runbook) && !runbook.is_empty();
        let details = payload.custom_details.to_string();
        let begin = format!("{} of {}", self.rule.name, self.service);
        let checks = [
            ("severity", payload.severity == self.rule.severity.as_str(), &payload.severity),
            ("component", payload.component == self.service, &payload.component),
            ("summary", payload.summary.starts_with(&begin), &payload.summary),
            ("source", !payload.source.is_empty(), &payload.source),
            ("dedup_key", !event.dedup_key.is_empty(), &event.dedup_key),
            ("client_url", event.client_url.starts_with("http://alertmanager.test"), &event.client_url),
            ("links: no runbook", linked, &links),
            ("details: no runbook", details.contains(runbook), &details),
        ];
        problems("PagerDuty", &checks)
    }
}

fn problems(who: &str, checks: &[(&str, bool, &String)]) -> Vec<String> {
    let failed = checks.iter().filter(|(_, good, _)| !good);
    failed.map(|(what, _, got)| format!("{who}: {what}: {got:?}")).collect()
}

fn refused<D: stack::Desk>(stand_in: &stack::StandIn<D>) -> Option<String> {
    let requests = stand_in.requests();
    let refused = requests.iter().find(|request| request.message.is_none())?;
    Some(format!("{:?} {}", refused.status, refused.answer))
}

/// As templates for Slack do.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_known_again_with_another_value() {
        let summary = Summary(vec!["Scrapes of <x> take ".to_owned(), " now".to_owned()]);
        assert!(summary.is_told("*Scrapes of &lt;x&gt; take 3 s now*", "*"));
        assert!(summary.is_told("Resolved: *Scrapes of &lt;x&gt; take 1 s now*", "Resolved: *"));
        assert!(!summary.is_told("Resolved: *Scrapes of &lt;x&gt; take 1 s now*", "*"));
        assert!(!summary.is_told("*Scrapes of &lt;y&gt; take 3 s now*", "*"));
        assert!(summary.is_in("`A` Scrapes of <x> take 3 s now") && !summary.is_in("Scrapes of <x> now take 3 s"));
    }
}
