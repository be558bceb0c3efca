//! Completes the instruments of rules and gauges by what is declared elsewhere and by the views.

use super::{agreement::Settled, views::fed};
use crate::{
    Aggregation, CardinalityLimits, Instrument, InstrumentType, Lapwing, Measure, Rule,
    decode::{Owner, PlacedView},
};

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
