//! Alertmanager's configuration: who is told of which alert.

mod inhibit;
mod receivers;
mod routes;
mod templates;

use crate::{GenerateError, GeneratedFile, Options, Root, Service, generate::provenance, yaml::Yaml};

use receivers::Receivers;

/// The configuration for all services at once; none if no service says who is told.
pub(crate) fn file(services: &[&Service], options: Options) -> Result<Option<GeneratedFile>, GenerateError> {
    let mut receivers = Receivers::new(services)?;
    if services.iter().all(|service| service.monitoring.routes.is_empty()) {
        return Ok(None);
    }
    let route = routes::tree(services, &mut receivers, options)?;
    let text = Yaml::map([
        ("route", route),
        ("inhibit_rules", inhibit::rules(services).into()),
        ("receivers", receivers.used().into()),
    ])
    .document(&provenance(services, options));
    Ok(Some(GeneratedFile { root: Root::Config, path: "alertmanager/alertmanager.yml".into(), text }))
}
