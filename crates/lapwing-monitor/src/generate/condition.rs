//! Alerts that always fire, never do, or whose text is no template.

use std::time::Duration;

use lapwing_config::monitoring::{Aggregate, Comparison, Condition, Located, Query};

use crate::{GenerateError, Service, expression::duration};

/// # Errors
/// The first alert that nothing but its numbers decides, or whose text Prometheus can't read.
pub(super) fn check(service: &Service) -> Result<(), GenerateError> {
    let monitoring = &service.monitoring;
    for alert in &monitoring.alerts {
        if let Condition::Threshold { query, comparison, threshold, min_events } = &alert.condition
            && let Some((counts, over)) = counted(query, threshold.value)
            && hinders(*comparison, counts, *min_events as f64)
        {
            let name = &alert.name.value;
            let message = format!(
                "`{name}` never fires: below its threshold are fewer events in {} than `min_events` asks for",
                duration(over)
            );
            let help =
                format!("its threshold is {} events there: ask for fewer, or leave `min_events` out", round(counts));
            return Err(GenerateError::new(&monitoring.service, threshold, message, Some(help)));
        }
        if let Condition::Threshold { query, comparison, threshold, .. } = &alert.condition
            && let Some((what, range)) = range(query)
            && let Some(fires) = range.decides(*comparison, threshold.value)
        {
            let fires = if fires { "always fires" } else { "never fires" };
            let message = format!("`{}` {fires}: {what}", alert.name.value);
            let help = "choose a threshold that values lie on both sides of".to_owned();
            return Err(GenerateError::new(&monitoring.service, threshold, message, Some(help)));
        }
        for text in [Some(&alert.summary), alert.description.as_ref()].into_iter().flatten() {
            if let Some(open) = unclosed(text) {
                let place = text.place_of(open..text.len());
                let at = Located::at((), place);
                let help = "close it by `}}`, as in `{{ $labels.instance }}`".to_owned();
                let message = "a template that begins here has no end".to_owned();
                return Err(GenerateError::new(&monitoring.service, &at, message, Some(help)));
            }
        }
    }
    Ok(())
}

/// How many events in which window a threshold is, where events are counted.
fn counted(query: &Query, threshold: f64) -> Option<(f64, Duration)> {
    match query {
        Query::Rate { of, per } => Some((threshold * of.over.as_secs_f64() / per.as_secs_f64(), of.over)),
        Query::Increase(of) => Some((threshold, of.over)),
        Query::Quantile { .. } | Query::Share { .. } | Query::Value { .. } | Query::PromQl(_) => None,
    }
}

/// Whether it takes more events than there may be.
fn hinders(comparison: Comparison, counts: f64, least: f64) -> bool {
    least > 0.0
        && match comparison {
            Comparison::Above => false,
            Comparison::Below => least >= counts,
            Comparison::Equals => least > counts,
        }
}

fn round(events: f64) -> f64 {
    (events * 100.0).round() / 100.0
}

/// What a query can yield: from zero on, up to `most`.
struct Range {
    most: f64,
}

fn range(query: &Query) -> Option<(&'static str, Range)> {
    match query {
        Query::Rate { .. } => Some(("a rate is 0 or more", Range { most: f64::INFINITY })),
        Query::Increase(_) => Some(("an increase is 0 or more", Range { most: f64::INFINITY })),
        Query::Value { aggregate: Aggregate::Count, .. } => {
            Some(("a count is 0 or more", Range { most: f64::INFINITY }))
        }
        Query::Share { .. } => Some(("a share is between 0 and 1", Range { most: 1.0 })),
        Query::Quantile { .. } | Query::Value { .. } | Query::PromQl(_) => None,
    }
}

impl Range {
    /// Whether the comparison holds for every value or for none; nothing if it depends.
    fn decides(&self, comparison: Comparison, threshold: f64) -> Option<bool> {
        let never = match comparison {
            Comparison::Above => threshold >= self.most,
            Comparison::Below => threshold <= 0.0,
            Comparison::Equals => threshold < 0.0 || threshold > self.most,
        };
        let always = match comparison {
            Comparison::Above => threshold < 0.0,
            Comparison::Below => threshold > self.most,
            Comparison::Equals => false,
        };
        (always || never).then_some(always)
    }
}

/// Where the first `{{` without its `}}` is.
fn unclosed(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(open) = text.get(from..)?.find("{{").map(|at| from + at) {
        match text.get(open..)?.find("}}") {
            Some(close) => from = open + close + 2,
            None => return Some(open),
        }
    }
    None
}
