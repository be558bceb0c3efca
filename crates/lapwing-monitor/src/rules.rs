//! What Prometheus records and alerts on.

mod alert;
mod declared;
mod file;
mod objective;
mod standard;

pub(crate) use alert::pascal_case;
pub use alert::{AlertOrigin, AlertRule, Burn, Standard};
pub(crate) use file::{evaluation_interval, file, groups, watchdog_file, watchdog_groups};
pub(crate) use objective::{Indicator, indicators, pages};
pub use standard::watchdog;
pub(crate) use standard::{ENABLED, shown, slow_scrape};

use std::collections::HashMap;

use crate::{GenerateError, Options, Service};

/// All alerts of a service: those of its objectives, its declared ones, then those that every service gets.
///
/// # Errors
/// What is wrong with an objective or an alert: an instrument that isn't declared or of the wrong type, a bound that is none of the
/// histogram's, two alerts of one name.
pub fn alert_rules(service: &Service) -> Result<Vec<AlertRule>, GenerateError> {
    compressed(service, Options::default())
}

/// [`alert_rules`] with all windows and waits divided as `options` say.
pub(crate) fn compressed(service: &Service, options: Options) -> Result<Vec<AlertRule>, GenerateError> {
    let mut rules = objective::alerts(service, options)?;
    rules.extend(declared::alerts(service, options)?);
    rules.extend(standard::alerts(service, options));
    unambiguous(service, &rules)?;
    Ok(rules)
}

/// Declared names must differ from all others: alerts of one name share their runbook and their tests.
fn unambiguous(service: &Service, rules: &[AlertRule]) -> Result<(), GenerateError> {
    let mut owners: HashMap<&str, AlertOrigin> = HashMap::new();
    // Declared ones last, so that the place is one in the file.
    let (declared, others): (Vec<_>, Vec<_>) =
        rules.iter().partition(|rule| matches!(rule.origin, AlertOrigin::Declared(_)));
    for rule in others.into_iter().chain(declared) {
        let known = owners.insert(&rule.name, rule.origin);
        let AlertOrigin::Declared(index) = rule.origin else { continue };
        if known.is_some() {
            let name = &service.monitoring.alerts[index].name;
            let message = format!("there is another alert `{}` of this service", name.value);
            let help = "give it a name of its own; names that begin with the service's are also made for objectives and for every service";
            return Err(GenerateError::new(&service.monitoring.service, name, message, Some(help.to_owned())));
        }
    }
    Ok(())
}
