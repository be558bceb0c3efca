//! What Prometheus records and alerts on.

mod alert;
mod declared;
mod file;
mod objective;
mod standard;

pub(crate) use alert::pascal_case;
pub use alert::{AlertOrigin, AlertRule, Burn, Standard};
pub(crate) use file::{file, groups, watchdog_file, watchdog_groups};
pub(crate) use objective::{Indicator, indicators, pages};
pub use standard::watchdog;
pub(crate) use standard::{ENABLED, shown, slow_scrape};

use std::collections::HashMap;

use lapwing_config::monitoring::Located;

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

/// Alerts of one name share their runbook and their tests, so only those of one objective may, and files that some systems take for the
/// same: names that differ in case alone.
fn unambiguous(service: &Service, rules: &[AlertRule]) -> Result<(), GenerateError> {
    let monitoring = &service.monitoring;
    let mut owners: HashMap<String, AlertOrigin> = HashMap::new();
    // Those that every service gets first, so that the place is one in the file.
    let (standard, own): (Vec<_>, Vec<_>) =
        rules.iter().partition(|rule| matches!(rule.origin, AlertOrigin::Standard(_)));
    for rule in standard.into_iter().chain(own) {
        let error = |at: &Located<String>, message: String, help: &str| {
            Err(GenerateError::new(&monitoring.service, at, message, Some(help.to_owned())))
        };
        let plain = rule.name.to_ascii_lowercase();
        let known = owners.insert(plain.clone(), rule.origin);
        match (rule.origin, known) {
            (AlertOrigin::Declared(index), known) => {
                let name = &monitoring.alerts[index].name;
                if ["watchdog", "readme"].contains(&plain.as_str()) {
                    let message = format!("an alert can't be called `{}`", name.value);
                    let help = "`Watchdog` is the alert of all services that always fires, `README` the list of runbooks: give it another name";
                    return error(name, message, help);
                }
                if known.is_some() {
                    let message = format!("there is another alert `{}` of this service", name.value);
                    let help = "give it a name of its own, not only in case; names that begin with the service's are also made for \
                                objectives and for every service";
                    return error(name, message, help);
                }
            }
            (AlertOrigin::Objective { index, .. }, Some(AlertOrigin::Objective { index: other, .. }))
                if index != other =>
            {
                let name = &monitoring.objectives[index].name;
                let other = &monitoring.objectives[other].name.value;
                let message =
                    format!("the objectives `{other}` and `{}` have the same alert `{}`", name.value, rule.name);
                return error(name, message, "let the names differ by more than `-`");
            }
            _ => {}
        }
    }
    Ok(())
}
