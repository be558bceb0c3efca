//! The alerts of `alerts`.

use super::{
    AlertOrigin, AlertRule,
    alert::{Words, literal},
};
use crate::{
    GenerateError, Options, Service,
    expression::{Expressions, Window},
};

pub(super) fn alerts(service: &Service, options: Options) -> Result<Vec<AlertRule>, GenerateError> {
    let (monitoring, compress) = (&service.monitoring, options.compress);
    let expressions = Expressions {
        signals: &service.signals,
        job: &monitoring.scrape.job,
        window: Window::Declared { compress },
        variables: &[],
    };
    let mut rules = Vec::new();
    for (index, alert) in monitoring.alerts.iter().enumerate() {
        let expr = expressions
            .condition(&alert.condition)
            .map_err(|error| GenerateError::query(&monitoring.service, &error))?;
        let meaning = Some(literal(&alert.runbook.meaning)).filter(|text| !text.is_empty());
        let words = Words {
            name: &alert.name,
            severity: alert.severity.value,
            summary: &alert.summary,
            description: alert.description.as_ref().map(|text| text.value.as_str()).or(meaning.as_deref()),
            labels: &alert.labels,
        };
        let (labels, annotations) = words.dress(service);
        rules.push(AlertRule {
            name: alert.name.value.clone(),
            expr,
            for_: alert.for_ / compress,
            keep_firing_for: alert.keep_firing_for / compress,
            severity: alert.severity.value,
            labels,
            annotations,
            runbook: alert.runbook.clone(),
            origin: AlertOrigin::Declared(index),
        });
    }
    Ok(rules)
}
