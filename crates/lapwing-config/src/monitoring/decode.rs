//! From the tree to the model of `monitoring.yaml`.

mod alert;
mod dashboard;
mod objective;
mod query;
mod receiver;
mod value;

use std::{path::PathBuf, time::Duration};

use lapwing_document::{Node, Place, Value};

use super::{Links, Located, Monitoring, Route, Scrape};
use crate::{
    cursor::{Context, Field, Mapping, list},
    keys::{LINKS, MONITORING, SCRAPE},
    nearest,
};

/// Decodes a whole document; findings gather in `cx`, and without a model there is one.
pub(super) fn monitoring(cx: &Context, root: Option<&Node>) -> Option<Monitoring> {
    let help = || Some("begin with file_format: \"1.0\"".to_owned());
    let Some(root) = root.filter(|node| !node.is_null()) else {
        cx.error(Place::START, "the file is empty", help());
        return None;
    };
    if !matches!(root.value, Value::Mapping(_)) {
        cx.error(root.place, format!("the file must be a mapping, found {}", root.noun()), help());
        return None;
    }
    let top = Mapping::open(cx, Field { key: "", key_place: root.place, node: root }, &MONITORING)?;
    if let Some(format) = top.required("file_format") {
        format.word(cx, &[("1.0", ())]);
    }
    let service = top.required("service").and_then(|field| value::plain(cx, field));
    let telemetry = top.text("telemetry").map_or_else(|| PathBuf::from("telemetry.yaml"), PathBuf::from);
    let scrape = scrape(cx, top.field("scrape"), service.clone());
    let links = top.field("links").and_then(|field| links(cx, field)).unwrap_or_default();
    let objectives = named(&top, "objectives", "objective", objective::objective, |one| &one.name);
    let alerts = named(&top, "alerts", "alert", alert::alert, |one| &one.name);
    let standard_alerts =
        top.field("standard_alerts").map(|field| alert::standard_alerts(cx, field)).unwrap_or_default();
    let dashboard = top.field("dashboard").and_then(|field| dashboard::dashboard(cx, field)).unwrap_or_default();
    let receivers = named(&top, "receivers", "receiver", receiver::receiver, |one| &one.name);
    let routes = each(&top, "routes", "route", receiver::route);
    declared(&top, &routes);
    Some(Monitoring {
        file: cx.file().to_owned(),
        service: service?,
        telemetry,
        scrape,
        links,
        objectives,
        alerts,
        standard_alerts,
        dashboard,
        receivers,
        routes,
    })
}

fn scrape(cx: &Context, field: Option<Field<'_>>, service: Option<Located<String>>) -> Scrape {
    let seconds = Duration::from_secs;
    let job = service.unwrap_or_else(|| Located::at(String::new(), Place::START));
    let mut scrape = Scrape { job, interval: seconds(15), evaluation_interval: seconds(30) };
    let Some(mapping) = field.and_then(|field| Mapping::open(cx, field, &SCRAPE)) else { return scrape };
    if let Some(job) = mapping.field("job").and_then(|field| value::plain(cx, field)) {
        scrape.job = job;
    }
    scrape.interval = value::positive(&mapping, "interval", scrape.interval);
    scrape.evaluation_interval = value::positive(&mapping, "evaluation_interval", scrape.evaluation_interval);
    scrape
}

fn links(cx: &Context, field: Field<'_>) -> Option<Links> {
    let mapping = Mapping::open(cx, field, &LINKS)?;
    let link = |key, names| mapping.field(key).and_then(|field| value::link(cx, field, names));
    Some(Links { runbook: link("runbook", &["service", "alert"]), dashboard: link("dashboard", &["service", "uid"]) })
}

/// What the items of a list decode to; `what` names one of them.
fn each<T>(
    mapping: &Mapping<'_, '_>,
    key: &'static str,
    what: &'static str,
    decode: impl Fn(&Context, Field<'_>) -> Option<T>,
) -> Vec<T> {
    let Some((field, items)) = mapping.items(key) else { return Vec::new() };
    items.iter().filter_map(|node| decode(mapping.cx, Field { key: what, ..field.item(node) })).collect()
}

/// The same for items with a name, each of which there is once.
fn named<T>(
    mapping: &Mapping<'_, '_>,
    key: &'static str,
    what: &'static str,
    decode: impl Fn(&Context, Field<'_>) -> Option<T>,
    name: impl Fn(&T) -> &Located<String>,
) -> Vec<T> {
    let decoded = each(mapping, key, what, decode);
    for (index, item) in decoded.iter().enumerate() {
        let name_of = name(item);
        if let Some(first) = decoded.iter().take(index).find(|other| name(other).value == name_of.value) {
            let help = format!("it is first given at {}: keep one", mapping.cx.name(name(first).place()));
            let message = format!("duplicate {what} {}", mapping.cx.shown(name_of));
            mapping.cx.error(name_of.place(), message, Some(help));
        }
    }
    decoded
}

/// Routes lead to receivers that are there. A receiver that is wrong otherwise is there all the same.
fn declared(top: &Mapping<'_, '_>, routes: &[Route]) {
    let nodes = top.field("receivers").map(|field| field.node.items()).unwrap_or_default();
    let mut names: Vec<&str> = nodes.iter().filter_map(|node| node.get("name")?.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for receiver in routes.iter().flat_map(|route| &route.receivers) {
        if names.contains(&receiver.as_str()) {
            continue;
        }
        let help = match nearest(receiver, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "declare it under `receivers`".to_owned(),
            None => format!("declare it under `receivers`, where there are {}", list(&names)),
        };
        top.cx.error(receiver.place(), format!("there is no receiver {}", top.cx.shown(receiver)), Some(help));
    }
}
