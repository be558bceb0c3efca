//! Conditions in words.

use lapwing_config::monitoring::{Comparison, Condition, Filter, Good, Objective, Query, Series};

use crate::{Metric, Service, expression, expression::duration, words};

/// When the condition of an alert holds, in a sentence or two.
pub(super) fn said(service: &Service, condition: &Condition) -> String {
    let (query, comparison, threshold, min_events) = match condition {
        Condition::PromQl(_) => {
            return "The query below yields something; each series that it yields is an alert of its own.".to_owned();
        }
        Condition::Threshold { query, comparison, threshold, min_events } => {
            (query, *comparison, threshold.value, *min_events)
        }
    };
    let metric = expression::series(query).and_then(|of| service.signals.instrument(&of.instrument));
    let unit = metric.map_or("", |metric| metric.unit.as_str());
    let mut said = match query {
        Query::Quantile { of, q } => quantile(of, q.value, comparison, threshold, metric, unit),
        Query::Rate { of, per } => format!(
            "{} counts {} {} in {}, measured over {}.",
            series(of, metric),
            than(comparison),
            words::number(threshold),
            duration(*per),
            duration(of.over)
        ),
        Query::Increase(of) => format!(
            "{} counts {} {} in {}.",
            series(of, metric),
            than(comparison),
            words::number(threshold),
            duration(of.over)
        ),
        Query::Share { of, part } => format!(
            "Of {} {} {} % have {}, over {}.",
            series(of, metric),
            than(comparison),
            words::percent(threshold),
            labels(part),
            duration(of.over)
        ),
        Query::Value { of, .. } => {
            format!("{} is {} {}.", series(of, metric), against(comparison), words::with_unit(threshold, unit))
        }
        Query::PromQl(text) => {
            format!("`{}` is {} {}.", text.value.trim(), against(comparison), words::number(threshold))
        }
    };
    if let Some(of) = expression::series(query) {
        let by: Vec<String> = apart(service, of).iter().map(|label| format!("`{label}`")).collect();
        if !by.is_empty() {
            said += &format!(" Each {} is looked at by itself.", words::listed(&by));
        }
        if min_events > 0 {
            said += &format!(" With fewer than {min_events} events in {} it does not fire.", duration(of.over));
        }
    }
    said
}

/// The labels that a query keeps apart, as the alert has them.
pub(super) fn apart(service: &Service, of: &Series) -> Vec<String> {
    let metric = service.signals.instrument(&of.instrument);
    metric.map(|metric| expression::labels(metric, &of.by)).unwrap_or_default()
}

fn quantile(
    of: &Series,
    q: f64,
    comparison: Comparison,
    threshold: f64,
    metric: Option<&Metric>,
    unit: &str,
) -> String {
    let (all, over, limit) = (series(of, metric), duration(of.over), words::with_unit(threshold, unit));
    let is_bound = metric.and_then(|metric| metric.bounds.as_ref()).is_some_and(|bounds| bounds.contains(&threshold));
    match (is_bound, comparison) {
        (true, Comparison::Above) => format!(
            "More than {} % of {all} were above {limit}, over {over}: P{} is above it. {limit} is a bound of the histogram, so this is counted, not estimated.",
            words::percent(1.0 - q),
            words::percent(q)
        ),
        (true, Comparison::Below) => format!(
            "More than {} % of {all} were within {limit}, over {over}: P{} is below it. {limit} is a bound of the histogram, so this is counted, not estimated.",
            words::percent(q),
            words::percent(q)
        ),
        _ => format!(
            "P{} of {all} is {} {limit}, over {over}. {limit} is no bound of the histogram: P{} is estimated between two of them.",
            words::percent(q),
            against(comparison),
            words::percent(q)
        ),
    }
}

/// What a good event of an objective is.
pub(super) fn good(service: &Service, objective: &Objective) -> String {
    let metric = |instrument: &str| service.signals.instrument(instrument);
    let named = |instrument: &str, of: &Filter| {
        let name = metric(instrument).map_or(instrument, |metric| metric.name.as_str());
        if of.is_empty() { format!("`{name}`") } else { format!("`{name}` with {}", labels(of)) }
    };
    match &objective.good {
        Good::Events { instrument, good, of } => {
            format!("An event of {} is good if it has {}.", named(instrument, of), labels(good))
        }
        Good::Within { instrument, within, good, of } => {
            let unit = metric(instrument).map_or("", |metric| metric.unit.as_str());
            let more = if good.is_empty() { String::new() } else { format!(" and it has {}", labels(good)) };
            format!(
                "An event of {} is good if it is within {}{more}.",
                named(instrument, of),
                words::with_unit(within.value, unit)
            )
        }
    }
}

fn series(of: &Series, metric: Option<&Metric>) -> String {
    let name = metric.map_or(of.instrument.value.as_str(), |metric| metric.name.as_str());
    match &of.filter[..] {
        [] => format!("`{name}`"),
        filter => format!("`{name}` with {}", labels(&filter.to_vec())),
    }
}

/// `outcome` `ok`.
fn labels(filter: &Filter) -> String {
    let said = filter.iter().map(|(label, values)| {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        format!("{} {}", label.value, values.join(" or "))
    });
    words::listed(&said.collect::<Vec<_>>())
}

fn than(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Above => "more than",
        Comparison::Below => "fewer than",
        Comparison::Equals => "exactly",
    }
}

fn against(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Above => "above",
        Comparison::Below => "below",
        Comparison::Equals => "exactly",
    }
}
