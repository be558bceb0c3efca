//! `instrumentation/development.rust.lapwing`.

use std::net::IpAddr;

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

use super::{
    label,
    rule::{self, Declared, Owner},
};
use crate::{
    Endpoint, GaugeRule, InstrumentType, Lapwing, Log, LogFormat,
    cursor::{Context, Field, Mapping},
    keys::{ENDPOINT, GAUGE, LAPWING, LOG},
};

pub(super) fn lapwing(cx: &Context, field: Field<'_>, declared: &mut Vec<Declared>) -> Lapwing {
    let Some(mapping) = Mapping::open(cx, field, &LAPWING) else { return Lapwing::default() };
    let mut lapwing = Lapwing::default();
    if let Some((list, items)) = mapping.items("rules") {
        for node in items {
            let owner = Owner::Rule(lapwing.rules.len());
            lapwing.rules.extend(rule::rule(cx, list.item(node), owner, declared));
        }
    }
    if let Some(field) = mapping.field("default_rule") {
        lapwing.default_rule = rule::default_rule(cx, field, declared);
    }
    if let Some((list, items)) = mapping.items("gauges") {
        for node in items {
            let gauge = gauge(cx, list.item(node), lapwing.gauges.len(), declared);
            lapwing.gauges.extend(gauge);
        }
    }
    lapwing.endpoint = mapping.field("endpoint").map(|field| endpoint(cx, field)).unwrap_or_default();
    lapwing.log = mapping.field("log").map(|field| log(cx, field)).unwrap_or_default();
    lapwing.created_samples = mapping.bool("created_samples", false);
    lapwing.process_metrics = mapping.field("process_metrics").and_then(|field| field.bool(cx));
    lapwing
}

fn gauge(cx: &Context, field: Field<'_>, index: usize, declared: &mut Vec<Declared>) -> Option<GaugeRule> {
    let mapping = Mapping::open(cx, field, &GAUGE)?;
    let source = mapping.required("source").and_then(|field| field.text(cx));
    let (unit, description) = (mapping.field("unit"), mapping.field("description"));
    let labels = mapping.field("labels").map(|field| label::names(cx, field)).unwrap_or_default();
    let instrument = rule::instrument_name(&mapping);
    let (source, (instrument, name)) = (source?, instrument?);
    let declaration = Declared {
        owner: Owner::Gauge(index),
        name: instrument.clone(),
        kind: InstrumentType::ObservableGauge,
        is_duration: false,
        place: name.place(),
        unit: unit.and_then(|field| rule::unit(cx, field)),
        description: description.and_then(|field| Some((field.string(cx)?.to_owned(), field.place()))),
        boundaries: None,
    };
    let first = declared.iter().find(|other| matches!(other.owner, Owner::Gauge(_)) && other.name == instrument);
    if let Some(first) = first {
        let help = format!("it is first declared at {}: a gauge has one source", cx.name(first.place));
        cx.error(name.place(), format!("gauge {} is declared twice", cx.shown(&instrument)), Some(help));
        return None;
    }
    let unit = declaration.unit.as_ref().map(|(unit, _)| unit.clone()).unwrap_or_default();
    let description = declaration.description.as_ref().map(|(text, _)| text.clone()).unwrap_or_default();
    declared.push(declaration);
    Some(GaugeRule { source: source.to_owned(), instrument, unit, description, labels })
}

fn endpoint(cx: &Context, field: Field<'_>) -> Endpoint {
    let mut endpoint = Endpoint::default();
    let Some(mapping) = Mapping::open(cx, field, &ENDPOINT) else { return endpoint };
    endpoint.mounted = mapping.word("serve", &[("listener", false), ("mounted", true)]).unwrap_or(false);
    if let Some((field, path)) = mapping.field("path").and_then(|field| Some((field, field.text(cx)?))) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
        if path.starts_with('/') && path.chars().all(plain) {
            endpoint.path = path.to_owned();
        } else {
            let help = "such as `/metrics`: letters, digits and `/` `-` `.` `_` `~`".to_owned();
            cx.error(field.place(), "`path` must begin with `/` and be a plain path", Some(help));
        }
    }
    endpoint.token_file = mapping.text("token_file").map(Into::into);
    endpoint.allow = networks(&mapping, "allow");
    endpoint.trusted_proxies = networks(&mapping, "trusted_proxies");
    // The most that the endpoint takes; each holds a place until its last byte is sent.
    let max_in_flight = mapping.integer("max_in_flight", 1..=1024).and_then(|most| usize::try_from(most).ok());
    endpoint.max_in_flight = max_in_flight.unwrap_or(endpoint.max_in_flight);
    endpoint.timeout = mapping.milliseconds("timeout", 1, 10_000);
    if let Some((field, rate)) = mapping.field("rate_limit").and_then(|field| Some((field, field.number(cx)?))) {
        if rate.is_finite() && rate > 0.0 {
            endpoint.rate_limit = Some(rate);
        } else {
            let help = "requests a second per client; leave it out for no limit".to_owned();
            cx.error(field.place(), "`rate_limit` must be a positive number", Some(help));
        }
    }
    endpoint
}

fn networks(mapping: &Mapping<'_, '_>, key: &'static str) -> Vec<IpNet> {
    let Some((list, items)) = mapping.items(key) else { return Vec::new() };
    items.iter().filter_map(|node| network(mapping.cx, list.item(node))).collect()
}

/// A network in CIDR form; a single address becomes one of its full length.
fn network(cx: &Context, field: Field<'_>) -> Option<IpNet> {
    let text = field.text(cx)?;
    let network = match text.parse::<IpAddr>() {
        Ok(address) => Some(IpNet::from(address)),
        Err(_) => text.parse::<IpNet>().ok(),
    };
    if network.is_none() {
        let help = "such as `10.0.0.0/8`, `fd00::/8` or `127.0.0.1`".to_owned();
        cx.error(field.place(), "this is neither a network in CIDR form nor an IP address", Some(help));
    }
    network.map(|network| network.trunc())
}

fn log(cx: &Context, field: Field<'_>) -> Log {
    let Some(mapping) = Mapping::open(cx, field, &LOG) else { return Log::default() };
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json), ("off", LogFormat::Off)];
    let format = mapping.word("format", &formats).unwrap_or_default();
    let filter = mapping.field("filter").and_then(|field| Some((field, field.text(cx)?)));
    let filter = filter.and_then(|(field, text)| {
        if EnvFilter::builder().parse(text).is_err() {
            let help = "such as `info` or `warn,my_crate=debug`".to_owned();
            cx.error(field.place(), "this is no log filter", Some(help));
            return None;
        }
        Some(text.to_owned())
    });
    Log { filter, format }
}
