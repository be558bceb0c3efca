//! Histograms without labels, which have to be at 0 before the SDK exports them.

use lapwing_config::{Aggregation, Configuration, Instrument, InstrumentType, Measure, View};
use lapwing_exposition::DeclaredHistogram;
use opentelemetry::InstrumentationScope;

use crate::views::{Subject, Views, kind};

/// Those that the rules declare, as the views make them; none while telemetry is disabled.
pub(crate) fn histograms(
    configuration: &Configuration,
    views: &Views,
    scope: &InstrumentationScope,
) -> Vec<DeclaredHistogram> {
    let Configuration { disabled: false, lapwing, .. } = configuration else { return Vec::new() };
    let measures = || lapwing.rules.iter().chain(&lapwing.default_rule).flat_map(|rule| &rule.measures);
    let histograms = measures().filter(|measure| kind(measure) == InstrumentType::Histogram).map(Measure::instrument);
    histograms
        .flat_map(|histogram| {
            // One instrument can take durations by one rule and fields by another.
            let duration = measures().any(|measure| match measure {
                Measure::Duration(other) => other.name.eq_ignore_ascii_case(&histogram.name),
                _ => false,
            });
            let default = Instrument::default_boundaries(duration.then_some(histogram.unit.as_str()));
            streams(histogram, &default, views, scope)
        })
        .collect()
}

/// The streams of a histogram that have explicit buckets and none of its labels. `default`: its boundaries if nothing gives
/// it any.
fn streams(
    histogram: &Instrument,
    default: &[f64],
    views: &Views,
    scope: &InstrumentationScope,
) -> Vec<DeclaredHistogram> {
    let Instrument { name, unit, labels, .. } = histogram;
    let subject = Subject { name, kind: InstrumentType::Histogram, unit, scope };
    let declared = |(stream, view): (String, Option<&View>)| {
        let kept = view.and_then(|view| views.kept_keys(view, name));
        if labels.iter().any(|label| kept.as_ref().is_none_or(|kept| kept.contains(&label.name))) {
            return None;
        }
        let boundaries = match view.and_then(|view| view.aggregation.as_ref()) {
            None | Some(Aggregation::Default) => histogram.boundaries.as_deref(),
            Some(Aggregation::ExplicitBucketHistogram { boundaries, .. }) => Some(&boundaries[..]),
            Some(_) => return None,
        };
        Some(DeclaredHistogram {
            scope: scope.clone(),
            stream,
            unit: unit.clone(),
            description: view.and_then(|view| view.description.as_ref()).unwrap_or(&histogram.description).clone(),
            boundaries: boundaries.unwrap_or(default).to_vec(),
        })
    };
    views.views_of(&subject).into_iter().filter_map(declared).collect()
}
