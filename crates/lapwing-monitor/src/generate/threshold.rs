//! Thresholds held against the unit and the bounds of their instruments.

use lapwing_config::monitoring::{Alert, Comparison, Condition, Good, Located, Query};

use crate::{GenerateError, Kind, Metric, Service, expression::series, service::in_unit, words};

/// # Errors
/// The first duration that no unit fits, or quantile whose threshold no estimate passes, or none that tests could be made of.
pub(super) fn check(service: &Service) -> Result<(), GenerateError> {
    let monitoring = &service.monitoring;
    for objective in &monitoring.objectives {
        if let Good::Within { instrument, within, .. } = &objective.good {
            is_time(service, within, service.signals.instrument(instrument).filter(is_histogram))?;
        }
    }
    for alert in &monitoring.alerts {
        let Condition::Threshold { query, comparison, threshold, .. } = &alert.condition else { continue };
        let metric = series(query).and_then(|of| service.signals.instrument(&of.instrument));
        match query {
            Query::Quantile { .. } => is_time(service, threshold, metric.filter(is_histogram))?,
            Query::Value { .. } => is_time(service, threshold, metric)?,
            _ if threshold.is_duration() => {
                let message = "this is compared with a number, not with a time".to_owned();
                let help = "write the number alone".to_owned();
                return Err(GenerateError::new(&monitoring.service, threshold, message, Some(help)));
            }
            _ => {}
        }
        if let (Query::Quantile { .. }, Some(metric)) = (query, metric.filter(is_histogram)) {
            can_be_passed(service, alert, *comparison, threshold, metric)?;
        }
    }
    Ok(())
}

fn is_histogram(metric: &&Metric) -> bool {
    metric.kind == Kind::Histogram
}

/// What isn't declared, or of another type than is asked for, others tell.
fn is_time(service: &Service, value: &Located<f64>, metric: Option<&Metric>) -> Result<(), GenerateError> {
    let Some(metric) = metric.filter(|_| value.is_duration()) else { return Ok(()) };
    let name = metric.instrument.as_deref().unwrap_or(&metric.name);
    let message = match metric.unit.as_str() {
        unit if in_unit(0.0, unit).is_some() => return Ok(()),
        "" => format!("`{name}` has no unit, so a duration can't be converted to it"),
        unit => format!("`{name}` is in `{unit}`, so a duration can't be converted to it"),
    };
    let help = "write a number, or declare a unit of time in telemetry.yaml, such as `unit: s`".to_owned();
    Err(GenerateError::new(&service.monitoring.service, value, message, Some(help)))
}

/// A quantile is estimated between two bounds, and of what is beyond the last it is the last.
fn can_be_passed(
    service: &Service,
    alert: &Alert,
    comparison: Comparison,
    threshold: &Located<f64>,
    metric: &Metric,
) -> Result<(), GenerateError> {
    let Some(bounds) = &metric.bounds else { return Ok(()) };
    let name = metric.instrument.as_deref().unwrap_or(&metric.name);
    let (limit, said) = (threshold.value, words::with_unit(threshold.value, &metric.unit));
    let is_bound = bounds.contains(&limit);
    let tested = || {
        alert.tests.iter().any(|test| !test.fires_at.is_empty())
            && alert.tests.iter().any(|test| !test.quiet_at.is_empty())
    };
    let (first, last) = (bounds.first().copied(), bounds.last().copied());
    let beyond = |bound: Option<f64>| format!("{said} is beyond the last bound of `{name}`, {}", of(bound, metric));
    let why = match comparison {
        Comparison::Above if last.is_none_or(|last| limit > last) => {
            format!("`{}` never fires: {}, and no quantile is above that", alert.name.value, beyond(last))
        }
        Comparison::Below if last.is_none_or(|last| limit > last) => {
            format!("`{}` always fires: {}, and no quantile is above that", alert.name.value, beyond(last))
        }
        _ if tested() => return Ok(()),
        Comparison::Equals => {
            format!("`{}` has no test: a quantile is an estimate, and hardly ever exactly {said}", alert.name.value)
        }
        _ if !is_bound && first.is_some_and(|first| limit < first) => format!(
            "`{}` has no test: {said} is before the first bound of `{name}`, {}, and what a quantile is below that is a guess",
            alert.name.value,
            of(first, metric)
        ),
        _ => return Ok(()),
    };
    let list: Vec<String> = bounds.iter().map(|&bound| words::with_unit(bound, &metric.unit)).collect();
    let help = match comparison {
        Comparison::Equals => "ask for `above` or `below`".to_owned(),
        _ => format!(
            "its bounds are {}: take one of them, or add {said} to the boundaries in telemetry.yaml",
            list.join(", ")
        ),
    };
    Err(GenerateError::new(&service.monitoring.service, threshold, why, Some(help)))
}

fn of(bound: Option<f64>, metric: &Metric) -> String {
    bound.map_or_else(|| "which has none".to_owned(), |bound| words::with_unit(bound, &metric.unit))
}
