//! Tests that `monitoring.yaml` gives itself.

use std::time::Duration;

use lapwing_config::monitoring::Alert;

use super::{Story, alerts::Expected};
use crate::{AlertRule, GenerateError, Service};

pub(super) fn stories(rule: &AlertRule, alert: &Alert, evaluation: Duration) -> Vec<Story> {
    let stories = alert.tests.iter().enumerate().map(|(index, test)| {
        let times =
            |times: &[Duration], fires| times.iter().map(move |at| Expected::of(rule, *at, fires)).collect::<Vec<_>>();
        let mut expected = times(&test.fires_at, true);
        expected.extend(times(&test.quiet_at, false));
        let series = test.series.iter().map(|(series, values)| (series.value.clone(), values.value.clone()));
        Story {
            name: format!("{} as declared, {}", rule.name, index + 1),
            interval: test.interval,
            evaluation,
            phases: Vec::new(),
            given: series.collect(),
            holds: Vec::new(),
            alerts: Vec::new(),
            expected,
        }
    });
    stories.collect()
}

/// Where nothing is derived, those that are given must say both.
///
/// # Errors
/// An alert of which nobody knows that it fires, or that it doesn't.
pub(super) fn complete(service: &Service, alert: &Alert) -> Result<(), GenerateError> {
    let fires = alert.tests.iter().any(|test| !test.fires_at.is_empty());
    let quiet = alert.tests.iter().any(|test| !test.quiet_at.is_empty());
    let lacks = match (fires, quiet) {
        (true, true) => return Ok(()),
        (false, true) => "that it fires",
        (true, false) => "that it doesn't fire",
        (false, false) => "when it fires and when it doesn't",
    };
    let name = &alert.name;
    let message = format!(
        "alert `{}` has no test: none can be derived from its condition, and `tests` don't say {lacks}",
        name.value
    );
    let help = "add tests: [{series: {'metric{label=\"value\"}': 1x10 5x20}, fires_at: [15m], quiet_at: [5m]}]";
    Err(GenerateError::new(&service.monitoring.service, name, message, Some(help.to_owned())))
}
