//! Instruments of rules and gauges: one name means one instrument, wherever it is declared.

use std::collections::HashMap;

use lapwing_document::Place;

use super::views::fed;
use crate::{
    Aggregation, CardinalityLimits, Instrument, InstrumentType, Lapwing, Measure, Rule,
    cursor::Context,
    decode::{Declared, Owner, PlacedView},
};

/// A declaration with what other declarations of the name add to it.
pub(super) struct Settled<'d> {
    pub(super) declared: &'d Declared,
    pub(super) unit: String,
    description: String,
    boundaries: Option<Vec<f64>>,
}

/// Reports declarations of one name that disagree. What one leaves out is taken from the first that says it.
pub(super) fn agree<'d>(cx: &Context, declared: &'d [Declared]) -> Vec<Settled<'d>> {
    // OpenTelemetry's names ignore case.
    let mut groups: HashMap<String, Vec<&Declared>> = HashMap::new();
    for declaration in declared {
        groups.entry(declaration.name.to_lowercase()).or_default().push(declaration);
    }
    let settle = |declaration: &'d Declared| {
        let group = &groups[&declaration.name.to_lowercase()];
        conflicts(cx, group, declaration);
        let said = |get: fn(&Declared) -> Option<&String>| group.iter().find_map(|other| get(other)).cloned();
        let unit = said(|other| other.unit.as_ref().map(|(unit, _)| unit));
        let unit = unit.unwrap_or_else(|| if declaration.is_duration { "s".to_owned() } else { String::new() });
        if declaration.is_duration && !matches!(unit.as_str(), "s" | "ms" | "us" | "ns") {
            let place = declaration.unit.as_ref().map_or(declaration.place, |(_, place)| *place);
            let message = format!("{} is no unit for a duration", cx.shown(&unit));
            cx.error(place, message, Some("one of `s`, `ms`, `us`, `ns`; `s` is Prometheus' way".to_owned()));
        }
        let description = said(|other| other.description.as_ref().map(|(text, _)| text)).unwrap_or_default();
        let boundaries = group.iter().find_map(|other| other.boundaries.as_ref()).map(|(bounds, _)| bounds.clone());
        Settled { declared: declaration, unit, description, boundaries }
    };
    declared.iter().map(settle).collect()
}

/// Compares a declaration with the first of its name that says anything on the matter.
fn conflicts(cx: &Context, group: &[&Declared], declaration: &Declared) {
    let report = |what: &str, first: Place, second: Place, values: Option<(&str, &str)>| {
        if first == second {
            return;
        }
        let values = values.map(|(a, b)| format!(", {} and {}", cx.shown(a), cx.shown(b))).unwrap_or_default();
        let message = format!("instrument {} is declared with two {what}{values}", cx.shown(&declaration.name));
        let help = format!("it is first declared at {}: make both the same, or rename one", cx.name(first));
        cx.error(second, message, Some(help));
    };
    let first = group[0];
    if first.name != declaration.name {
        report("spellings", first.place, declaration.place, Some((&first.name, &declaration.name)));
    }
    if first.kind != declaration.kind {
        let names = (kind_name(first.kind), kind_name(declaration.kind));
        report("kinds", first.place, declaration.place, Some(names));
    }
    if let Some((text, place)) = &declaration.unit
        && let Some((other, first)) = group.iter().find_map(|other| other.unit.as_ref())
        && other != text
    {
        report("units", *first, *place, Some((other, text)));
    }
    if let Some((text, place)) = &declaration.description
        && let Some((other, first)) = group.iter().find_map(|other| other.description.as_ref())
        && other != text
    {
        report("descriptions", *first, *place, None);
    }
    if let Some((bounds, place)) = &declaration.boundaries
        && let Some((other, first)) = group.iter().find_map(|other| other.boundaries.as_ref())
        && other != bounds
    {
        report("lists of boundaries", *first, *place, None);
    }
}

fn kind_name(kind: InstrumentType) -> &'static str {
    match kind {
        InstrumentType::Counter => "counter",
        InstrumentType::Gauge => "gauge",
        InstrumentType::Histogram => "histogram",
        InstrumentType::ObservableCounter => "observable counter",
        InstrumentType::ObservableGauge => "observable gauge",
        InstrumentType::ObservableUpDownCounter => "observable up/down counter",
        InstrumentType::UpDownCounter => "up/down counter",
    }
}

/// Writes units, descriptions, boundaries and limits into the model.
pub(super) fn complete(
    lapwing: &mut Lapwing,
    settled: &[Settled<'_>],
    views: &[PlacedView],
    cardinality: CardinalityLimits,
) {
    let of = |owner: Owner| settled.iter().filter(move |settled| settled.declared.owner == owner);
    for (index, rule) in lapwing.rules.iter_mut().enumerate() {
        complete_rule(rule, of(Owner::Rule(index)), views, cardinality);
    }
    if let Some(rule) = &mut lapwing.default_rule {
        complete_rule(rule, of(Owner::DefaultRule), views, cardinality);
    }
    for (index, gauge) in lapwing.gauges.iter_mut().enumerate() {
        if let Some(settled) = of(Owner::Gauge(index)).next() {
            gauge.unit.clone_from(&settled.unit);
            gauge.description.clone_from(&settled.description);
        }
    }
}

fn complete_rule<'s>(
    rule: &mut Rule,
    settled: impl Iterator<Item = &'s Settled<'s>>,
    views: &[PlacedView],
    cardinality: CardinalityLimits,
) {
    let settled: Vec<&Settled<'_>> = settled.collect();
    for measure in &mut rule.measures {
        let kind = kind_of(measure);
        let instrument = instrument_of(measure);
        let Some(settled) = settled.iter().find(|s| s.declared.name == instrument.name && s.declared.kind == kind)
        else {
            continue;
        };
        instrument.unit.clone_from(&settled.unit);
        instrument.description.clone_from(&settled.description);
        let streams = fed(settled, views);
        // Exemplars have one set of buckets: that of the stream which keeps the name, else of the first.
        let stream = streams.iter().find(|(name, _)| *name == instrument.name).or_else(|| streams.first());
        let view = stream.map(|(_, placed)| &placed.view);
        if kind == InstrumentType::Histogram {
            instrument.boundaries = match view.and_then(|view| view.aggregation.as_ref()) {
                None | Some(Aggregation::Default) => settled.boundaries.clone(),
                Some(Aggregation::ExplicitBucketHistogram { boundaries, .. }) => Some(boundaries.clone()),
                Some(_) => None,
            };
        }
        let of_reader = match kind {
            InstrumentType::Counter => cardinality.counter,
            InstrumentType::Histogram => cardinality.histogram,
            _ => cardinality.up_down_counter,
        };
        instrument.series_limit = instrument
            .series_limit
            .or_else(|| view.and_then(|view| view.cardinality_limit))
            .or(of_reader)
            .or(cardinality.default);
    }
}

fn kind_of(measure: &Measure) -> InstrumentType {
    match measure {
        Measure::Duration(_) | Measure::Histogram { .. } => InstrumentType::Histogram,
        Measure::Calls(_) | Measure::Errors(_) | Measure::Counter { .. } => InstrumentType::Counter,
        Measure::InFlight(_) => InstrumentType::UpDownCounter,
    }
}

fn instrument_of(measure: &mut Measure) -> &mut Instrument {
    match measure {
        Measure::Duration(i) | Measure::Calls(i) | Measure::Errors(i) | Measure::InFlight(i) => i,
        Measure::Histogram { instrument, .. } | Measure::Counter { instrument, .. } => instrument,
    }
}
