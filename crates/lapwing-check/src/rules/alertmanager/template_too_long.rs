//! What a template of Slack or PagerDuty expands to can be longer than they take: ten alerts of one rule, such as of ten instances, are enough by
//! the rule's texts alone (a warning), or it goes through all alerts of a group, however many (for information).
//!
//! ```yaml
//! slack_configs:
//!   - title: "{{ range .Alerts }}{{ .Annotations.summary }} {{ end }}"
//! ```
//!
//! | text | of it stay | by |
//! | --- | --- | --- |
//! | Slack: `title` | 1024 characters | Alertmanager (since 0.24) |
//! | Slack: `text`, `pretext`, `fallback`, fields | 8000 characters | Slack |
//! | PagerDuty: `description` | 1024 characters | Alertmanager |
//! | PagerDuty: `details` | all, or nothing if the event is above 512 KB | Alertmanager |
//!
//! ## Why it matters
//!
//! In the outage in which everything fires, the end of the message is missing: the link to the runbook, or half of the alerts, without a word
//! about it. PagerDuty refuses longer events, so Alertmanager throws their details away.
//!
//! ## How to mend it
//!
//! Say of how many alerts, and how much of each; and how many there are in all:
//!
//! ```yaml
//! text: |-
//!   {{ range $i, $alert := .Alerts }}{{ if lt $i 10 }}{{ printf "%.200s" $alert.Annotations.summary }}
//!   {{ end }}{{ end }}{{ len .Alerts }} in all
//! ```
//!
//! Labels and values that the annotations are filled with aren't counted, nor what `{{ template … }}` calls.
//!
//! ## When to allow it
//!
//! When groups can't get large: `group_by: ['...']` sends each alert on its own.

use crate::{
    AlertRule, AlertmanagerConfig, Findings, Project, Rule, Severity, Text,
    firing::AlertLabels,
    routing::{End, Matching},
    rule::Check,
    template::{Expansion, fixed_length},
};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/template-too-long",
    severity: Severity::Warning,
    headline: "a notification can be longer than its channel takes",
    source: include_str!("template_too_long.rs"),
    check: Check::Project(check),
};

/// So many alerts of one rule at once are nothing special.
const GROUP: usize = 10;

/// What a channel takes.
struct Limit {
    characters: usize,
    said: &'static str,
}

fn limit(channel: &str, setting: &str) -> Option<Limit> {
    let limit = |characters, said| Some(Limit { characters, said });
    match (channel, setting) {
        ("slack_configs", "title") => limit(1024, "Alertmanager cuts the title at 1024 characters"),
        ("slack_configs", "text" | "pretext" | "fallback" | "value") => limit(8000, "Slack cuts it at 8000 characters"),
        ("pagerduty_configs", "description") => limit(1024, "Alertmanager cuts the description at 1024 characters"),
        ("pagerduty_configs", _) => limit(512_000, "above 512 KB Alertmanager throws the details away"),
        _ => None,
    }
}

fn check(project: &Project, findings: &mut Findings) {
    let matching = Matching::default();
    let all = AlertLabels::all(project);
    for config in project.alertmanagers().iter().filter(|config| !config.object) {
        let ends: Vec<_> =
            all.iter().map(|labels| (labels.alert, labels.tells_apart(), matching.ends(config, labels))).collect();
        for receiver in &config.receivers {
            let reaches = |ends: &[End<'_>]| {
                ends.iter()
                    .any(|end| end.receiver.map(|own| &own.value) == receiver.name.as_ref().map(|name| &name.value))
            };
            let reaching = ends.iter().filter(|(.., ends)| reaches(ends));
            let reaching: Vec<(&AlertRule, usize)> =
                reaching.map(|(alert, several, _)| (*alert, if *several { GROUP } else { 1 })).collect();
            for (text, limit) in texts(config, &receiver.channels) {
                long(&text, &limit, &reaching, findings);
            }
        }
    }
}

fn texts(config: &AlertmanagerConfig, channels: &[(String, lapwing_document::Node)]) -> Vec<(Text, Limit)> {
    let mut texts = Vec::new();
    for (channel, settings) in channels {
        settings.walk(&mut |path, node| {
            let template = node.as_str().is_some_and(|text| text.contains("{{"));
            let limit = limit(channel, path.key().unwrap_or_default()).filter(|_| template);
            texts.extend(limit.and_then(|limit| Some((config.frame.text(node)?, limit))));
        });
    }
    texts
}

fn long(text: &Text, limit: &Limit, alerts: &[(&AlertRule, usize)], findings: &mut Findings) {
    let expanded = alerts.iter().map(|(alert, count)| {
        let annotations = alert.annotations.iter().map(|pair| (pair.key.as_str(), fixed_length(&pair.value)));
        (*alert, *count, Expansion::of(text, &annotations.collect::<Vec<_>>(), *count))
    });
    let longest = expanded.reduce(|longest, next| if next.2.length > longest.2.length { next } else { longest });
    let help =
        "say how much of each (`printf \"%.200s\"`) and of how many (`range $i, $alert := .Alerts`, `if lt $i 10`)";
    if let Some((alert, count, expansion)) = longest.filter(|(.., expansion)| expansion.length > limit.characters) {
        let place = expansion.unbounded.or(expansion.longest).unwrap_or(0..text.len());
        let name = &alert.name.value;
        let of = if count == 1 { format!("an alert of `{name}`") } else { format!("{count} alerts of `{name}`") };
        findings
            .add(text.within(place), format!("{of} are at least {} characters here: {}", expansion.length, limit.said))
            .also(alert.name.spot(), "its texts alone")
            .help(help);
    } else if let Some(place) = Expansion::of(text, &[], 0).unbounded {
        findings
            .add(text.within(place), format!("the message grows with the number of alerts: {}", limit.said))
            .severity(Severity::Info)
            .help(help);
    }
}
