//! Receivers and routes.

use std::time::Duration;

use super::{alert::SEVERITIES, value};
use crate::{
    cursor::{Context, Field, Mapping},
    keys::{PAGERDUTY, RECEIVER, ROUTE, SLACK, WEBHOOK},
    monitoring::{Channel, Receiver, Route},
    secret::is_no_path,
};

pub(super) fn receiver(cx: &Context, field: Field<'_>) -> Option<Receiver> {
    let mapping = Mapping::open(cx, field, &RECEIVER)?;
    let name = mapping.required("name").and_then(|field| value::kebab(cx, field));
    let chosen = RECEIVER.groups.first().and_then(|group| mapping.one_of(group));
    let channel = chosen.and_then(|(key, field)| channel(cx, key, field));
    Some(Receiver { name: name?, channel: channel? })
}

fn channel(cx: &Context, key: &'static str, field: Field<'_>) -> Option<Channel> {
    match key {
        "slack" => {
            let mapping = Mapping::open(cx, field, &SLACK)?;
            let file = secret_file(&mapping, "api_url_file");
            let channel = mapping.required("channel").and_then(|field| value::starting(cx, field, &["#", "@"]));
            Some(Channel::Slack { api_url_file: file?, channel: channel? })
        }
        "pagerduty" => {
            let mapping = Mapping::open(cx, field, &PAGERDUTY)?;
            let file = secret_file(&mapping, "routing_key_file");
            let url = mapping.field("url").and_then(|field| value::url(cx, field));
            Some(Channel::PagerDuty { routing_key_file: file?, url })
        }
        _ => {
            let mapping = Mapping::open(cx, field, &WEBHOOK)?;
            let url = mapping.required("url").and_then(|field| value::url(cx, field));
            Some(Channel::Webhook { url: url? })
        }
    }
}

/// The path of a file with a secret; the secret itself must not stand here.
fn secret_file(mapping: &Mapping<'_, '_>, key: &'static str) -> Option<String> {
    let field = mapping.required(key)?;
    let path = field.text(mapping.cx)?;
    if is_no_path(path) {
        let help = "write it to a file that Alertmanager can read, and give the file's path".to_owned();
        mapping.cx.error(field.place(), format!("`{key}` must be a path, not a secret"), Some(help));
        return None;
    }
    Some(path.to_owned())
}

pub(super) fn route(cx: &Context, field: Field<'_>) -> Option<Route> {
    let mapping = Mapping::open(cx, field, &ROUTE)?;
    let severity = mapping
        .items("severity")
        .map(|(list, items)| items.iter().filter_map(|node| list.item(node).word(cx, &SEVERITIES)).collect());
    let matches = mapping.field("match").map(|field| value::labels(cx, field, &[])).unwrap_or_default();
    mapping.required("receivers");
    let receivers = value::distinct(&mapping, "receivers");
    let group_wait = value::time_or(&mapping, "group_wait", Duration::from_secs(30));
    let group_interval = value::positive(&mapping, "group_interval", Duration::from_secs(5 * 60));
    // Alertmanager rounds it up to that.
    let wanted = "at least as long as `group_interval`";
    let default = Duration::from_secs(4 * 60 * 60).max(group_interval);
    let repeat_interval = value::at_least(&mapping, "repeat_interval", group_interval, wanted, default);
    let severity = severity.unwrap_or_default();
    Some(Route { severity, matches, receivers, group_wait, group_interval, repeat_interval })
}
