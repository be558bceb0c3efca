//! Alertmanager's configuration: who is told of which alert.

mod inhibit;
mod receivers;
mod routes;
mod templates;
mod told;

use crate::{GenerateError, GeneratedFile, Options, Root, Service, generated_file::provenance, yaml::Yaml};

use receivers::Receivers;
pub(crate) use receivers::UNROUTED;
pub(crate) use routes::{rest, watchdogs_way};

/// The configuration of a service alone: its route instead of the tree, and no Watchdog; none if nobody is told.
pub(crate) fn of_service(service: &Service, options: Options) -> Result<Option<Yaml>, GenerateError> {
    let mut receivers = Receivers::new(&[service])?;
    if service.monitoring.routes.is_empty() {
        return Ok(None);
    }
    let route = routes::of_service(service, &mut receivers, options)?;
    let inhibitions = inhibit::rules(&[service]);
    Ok(Some(Yaml::map([
        ("route", route),
        ("inhibit_rules", inhibitions.into()),
        ("receivers", receivers.used().into()),
    ])))
}

/// The configuration of the Watchdog alone; none if nobody waits for it.
pub(crate) fn of_watchdog(services: &[&Service], options: Options) -> Result<Option<Yaml>, GenerateError> {
    let mut receivers = Receivers::new(services)?;
    let Some(route) = routes::watchdog(services, &mut receivers, options)? else { return Ok(None) };
    let used: Vec<Yaml> =
        receivers.used().into_iter().filter(|used| used.get("name") == route.get("receiver")).collect();
    Ok(Some(Yaml::map([("route", route), ("receivers", used.into())])))
}

/// The configuration for all services at once; none if no service says who is told.
pub(crate) fn file(services: &[&Service], options: Options) -> Result<Option<GeneratedFile>, GenerateError> {
    let mut receivers = Receivers::new(services)?;
    if services.iter().all(|service| service.monitoring.routes.is_empty()) {
        return Ok(None);
    }
    told::check(services, options)?;
    let route = routes::tree(services, &mut receivers, options)?;
    let mut head = provenance(services, options);
    if !routes::is_watched(services) {
        head += routes::UNWATCHED;
    }
    let text = Yaml::map([
        ("route", route),
        ("inhibit_rules", inhibit::rules(services).into()),
        ("receivers", receivers.used().into()),
    ])
    .document(&head);
    Ok(Some(GeneratedFile { root: Root::Config, path: "alertmanager/alertmanager.yml".into(), text }))
}
