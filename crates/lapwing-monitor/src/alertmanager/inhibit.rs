//! Alerts that say nothing new beside others.

use crate::{Service, expression::quoted, rules::pascal_case, yaml::Yaml};

/// `inhibit_rules`. The Watchdog takes part in none: it has neither objective nor service.
///
/// - A page of an objective mutes its tickets. Both sides must have an objective: two alerts without one would be equal in it.
/// - Of a target that is down, its slow scrapes and what its telemetry said within the last hour are no news. Objectives and
///   declared alerts stay: what the other targets do is still to be told.
/// - With no target at all nothing is measured any more, and what still fires below a page looks back at what is gone.
pub(super) fn rules(services: &[&Service]) -> Vec<Yaml> {
    let list = |items: &[String]| Yaml::List(items.iter().map(|item| item.as_str().into()).collect());
    let rule = |source: &[String], target: &[String], equal: &[String]| {
        Yaml::map([("source_matchers", list(source)), ("target_matchers", list(target)), ("equal", list(equal))])
    };
    let own = |text: &str| text.to_owned();
    let mut rules = vec![rule(
        &[own("severity=\"critical\""), own("objective=~\".+\""), own("service=~\".+\"")],
        &[own("severity=~\"warning|info\""), own("objective=~\".+\""), own("service=~\".+\"")],
        &[own("service"), own("objective")],
    )];
    for service in services {
        let monitoring = &service.monitoring;
        let name = pascal_case(&monitoring.service);
        let of_service = format!("service={}", quoted(&monitoring.service));
        let source = |suffix: &str| [of_service.clone(), format!("alertname={}", quoted(&format!("{name}{suffix}")))];
        if monitoring.standard_alerts.target_down.is_some() {
            let follow = ["ScrapeSlow", "SeriesOverflow", "TelemetryProblems", "NoMetrics"];
            let follow = follow.map(|suffix| format!("{name}{suffix}")).join("|");
            let target = [of_service.clone(), format!("alertname=~{}", quoted(&follow))];
            rules.push(rule(&source("TargetDown"), &target, &[own("service"), own("instance")]));
        }
        if monitoring.standard_alerts.absent.is_some() {
            let target = [of_service.clone(), own("severity=~\"warning|info\"")];
            rules.push(rule(&source("Absent"), &target, &[own("service")]));
        }
    }
    rules
}
