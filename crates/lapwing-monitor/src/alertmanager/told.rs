//! Whether somebody is told.

use lapwing_config::monitoring::{Route, Severity};

use crate::{AlertRule, GenerateError, Options, Service, rules::compressed};

/// # Errors
/// A service with alerts and without routes, with a receiver that no route leads to, or with a critical alert that none of its routes takes. What no route takes goes where
/// warnings go, and there nobody is woken.
pub(super) fn check(services: &[&Service], options: Options) -> Result<(), GenerateError> {
    for service in services {
        let monitoring = &service.monitoring;
        let alerts = compressed(service, options)?;
        let error = |message: String, help: &str| {
            Err(GenerateError::new(&monitoring.service, &monitoring.service, message, Some(help.to_owned())))
        };
        if monitoring.routes.is_empty() && !alerts.is_empty() {
            let message = format!("nobody is told of the alerts of `{}`: it has no `routes`", monitoring.service.value);
            return error(message, "name its receivers, as other services do: `routes: [{receivers: […]}]`");
        }
        let untold = |alert: &&AlertRule| !monitoring.routes.iter().any(|route| can_take(route, alert));
        if let Some(alert) = alerts.iter().filter(|alert| alert.severity == Severity::Critical).find(untold) {
            let message = format!("nobody is told of `{}`, which is critical: no route takes it", alert.name);
            return error(message, "add a route for severity `critical`, or one without `severity`");
        }
        let used = || monitoring.routes.iter().flat_map(|route| &route.receivers);
        if let Some(idle) = monitoring.receivers.iter().find(|idle| used().all(|name| name.value != idle.name.value)) {
            let name = &idle.name.value;
            let message = format!("no route leads to the receiver `{name}`, so it is never told of anything");
            let help = format!(
                "name it in the `receivers` of a route, such as `{{severity: [critical], receivers: [{name}]}}`, or remove it"
            );
            return Err(GenerateError::new(&monitoring.service, &idle.name, message, Some(help)));
        }
    }
    Ok(())
}

/// Whether some alert of the rule goes that way: of labels that the rule doesn't set, any value may come from its series.
fn can_take(route: &Route, alert: &AlertRule) -> bool {
    let severity = route.severity.is_empty() || route.severity.contains(&alert.severity);
    let may_have = |(name, value): &(String, String)| {
        alert.labels.iter().find(|(label, _)| label == name).is_none_or(|(_, own)| own == value)
    };
    severity && route.matches.iter().all(may_have)
}
