//! The tree of routes.

use std::time::Duration;

use lapwing_config::monitoring::{Monitoring, Route, Severity};

use super::receivers::{BLACKHOLE, Receivers, UNROUTED};
use crate::{
    GenerateError, Options, Service,
    expression::{duration, quoted},
    yaml::Yaml,
};

/// What the head of the file says if nobody waits for the Watchdog.
pub(super) const UNWATCHED: &str = "
Nobody waits for the Watchdog, so nobody hears of it when Prometheus or Alertmanager is down: declare a route for severity `none` whose
receiver is outside, a service that raises the alarm when it hears nothing.";

pub(super) fn tree<'a>(
    services: &[&'a Service],
    receivers: &mut Receivers<'a>,
    options: Options,
) -> Result<Yaml, GenerateError> {
    let mut children = Vec::new();
    children.push(match watchdog(services, receivers, options)? {
        Some(route) => route,
        None => watchdogs_route(receivers.employ(BLACKHOLE.to_owned(), Vec::new())),
    });
    for service in services {
        children.push(branch(service, receivers, options)?);
    }
    let receiver = unrouted(services, receivers)?;
    Ok(defaults(Yaml::map([("receiver", receiver.into())]), options).with("routes", children))
}

/// The route of a service, not below another.
pub(super) fn of_service<'a>(
    service: &'a Service,
    receivers: &mut Receivers<'a>,
    options: Options,
) -> Result<Yaml, GenerateError> {
    if rest(&service.monitoring).is_none() {
        unrouted(&[service], receivers)?;
    }
    Ok(defaults(branch(service, receivers, options)?, options))
}

const GROUP_WAIT: Duration = Duration::from_secs(30);
const GROUP_INTERVAL: Duration = Duration::from_secs(300);
const REPEAT_INTERVAL: Duration = Duration::from_secs(4 * 3600);

/// The way of those alerts of a service that none of its routes takes: to those whom it tells of warnings. Other services' people are told
/// only if there are none.
pub(crate) fn rest(monitoring: &Monitoring) -> Option<Route> {
    let warned = monitoring.routes.iter().filter(|route| takes_warnings(route));
    let receivers: Vec<_> = warned.flat_map(|route| route.receivers.iter().cloned()).collect();
    (!receivers.is_empty()).then(|| Route {
        severity: Vec::new(),
        matches: Vec::new(),
        receivers,
        group_wait: GROUP_WAIT,
        group_interval: GROUP_INTERVAL,
        repeat_interval: REPEAT_INTERVAL,
    })
}

/// How alerts are grouped, and how often told, unless a route says it.
fn defaults(route: Yaml, options: Options) -> Yaml {
    route
        .with("group_by", vec!["alertname".into(), "service".into()])
        .with("group_wait", wait(GROUP_WAIT, options))
        .with("group_interval", wait(GROUP_INTERVAL, options))
        .with("repeat_interval", wait(REPEAT_INTERVAL, options))
}

/// What becomes of the alerts of a service.
fn branch<'a>(service: &'a Service, receivers: &mut Receivers<'a>, options: Options) -> Result<Yaml, GenerateError> {
    let monitoring = &service.monitoring;
    let mut routes = Vec::new();
    for route in monitoring.routes.iter().filter(|route| !is_only_watchdogs(route, service)) {
        let receiver = receivers.combined(&monitoring.service, &route.receivers)?;
        let matchers = Yaml::List(matchers(route).into_iter().map(Yaml::from).collect());
        let yaml = Yaml::map([("receiver", receiver.into()), ("matchers", matchers)]);
        routes.push(timing(route, options).into_iter().fold(yaml, |yaml, (key, text)| yaml.with(key, text)));
    }
    let matcher = format!("service={}", quoted(&monitoring.service));
    let receiver = match rest(monitoring) {
        Some(rest) => receivers.combined(&monitoring.service, &rest.receivers)?,
        None => UNROUTED.to_owned(),
    };
    let yaml = Yaml::map([("receiver", receiver.into()), ("matchers", vec![matcher.into()].into())]);
    Ok(if routes.is_empty() { yaml } else { yaml.with("routes", routes) })
}

/// The Watchdog belongs to no service: it goes wherever a service's route for severity `none` goes.
pub(super) fn watchdog<'a>(
    services: &[&'a Service],
    receivers: &mut Receivers<'a>,
    options: Options,
) -> Result<Option<Yaml>, GenerateError> {
    let mut names = Vec::new();
    for service in services {
        let monitoring = &service.monitoring;
        for route in monitoring.routes.iter().filter(|route| takes_watchdog(route)) {
            let name = receivers.combined(&monitoring.service, &route.receivers)?;
            names.extend(receivers.parts(&name).to_vec());
        }
    }
    let Some(route) = watchdogs_way(services) else { return Ok(None) };
    names.sort_unstable();
    names.dedup();
    let yaml = watchdogs_route(receivers.employ(names.join("+"), names));
    Ok(Some(timing(&route, options).into_iter().fold(yaml, |yaml, (key, text)| yaml.with(key, text))))
}

/// The routes of all services that take the Watchdog as one, in the pace of the most frequent: who waits for less is content with more.
pub(crate) fn watchdogs_way(services: &[&Service]) -> Option<Route> {
    let routes = services.iter().flat_map(|service| &service.monitoring.routes).filter(|route| takes_watchdog(route));
    let receivers = routes.clone().flat_map(|route| route.receivers.iter().cloned()).collect();
    let route = routes.min_by_key(|route| route.repeat_interval)?;
    Some(Route { receivers, ..route.clone() })
}

fn watchdogs_route(receiver: String) -> Yaml {
    Yaml::map([("receiver", receiver.into()), ("matchers", vec!["alertname=\"Watchdog\"".into()].into())])
}

fn takes_watchdog(route: &Route) -> bool {
    route.severity.contains(&Severity::None)
}

fn takes_warnings(route: &Route) -> bool {
    route.severity.is_empty() || route.severity.contains(&Severity::Warning)
}

/// Whether somebody waits for the Watchdog.
pub(super) fn is_watched(services: &[&Service]) -> bool {
    services.iter().any(|service| service.monitoring.routes.iter().any(takes_watchdog))
}

/// Whether no alert of the service itself can take the route: of severity `none` there is the Watchdog, which has its own.
fn is_only_watchdogs(route: &Route, service: &Service) -> bool {
    let takes_none = route.severity.as_slice() == [Severity::None];
    takes_none && !service.monitoring.alerts.iter().any(|alert| *alert.severity == Severity::None)
}

fn unrouted<'a>(services: &[&'a Service], receivers: &mut Receivers<'a>) -> Result<String, GenerateError> {
    let routes =
        || services.iter().flat_map(|service| service.monitoring.routes.iter().map(move |route| (service, route)));
    let mut names = Vec::new();
    for wanted in [true, false] {
        for (service, route) in routes().filter(|(_, route)| !wanted || takes_warnings(route)) {
            let name = receivers.combined(&service.monitoring.service, &route.receivers)?;
            names.extend(receivers.parts(&name).to_vec());
        }
        if !names.is_empty() {
            break;
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(receivers.employ(UNROUTED.to_owned(), names))
}

/// The conditions of a route, beside the service.
pub(crate) fn matchers(route: &Route) -> Vec<String> {
    let severities: Vec<&str> = route.severity.iter().map(|severity| severity.as_str()).collect();
    let severity = match &severities[..] {
        [] => None,
        [one] => Some(format!("severity={}", quoted(one))),
        several => Some(format!("severity=~{}", quoted(&several.join("|")))),
    };
    let labels = route.matches.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
    severity.into_iter().chain(labels).collect()
}

/// How often a route tells.
pub(crate) fn timing(route: &Route, options: Options) -> [(&'static str, String); 3] {
    [
        ("group_wait", wait(route.group_wait, options)),
        ("group_interval", wait(route.group_interval, options)),
        ("repeat_interval", wait(route.repeat_interval, options)),
    ]
}

fn wait(declared: Duration, options: Options) -> String {
    // Zero is allowed for `group_wait`; for the others a declared zero is Alertmanager's to refuse.
    if declared.is_zero() { "0s".to_owned() } else { duration(declared / options.compress) }
}
