//! `views`.

use lapwing_document::Place;

use super::{boundaries, empty, include_exclude};
use crate::{
    Aggregation, InstrumentType, MAX_CARDINALITY, View,
    cursor::{Context, Field, Mapping},
    glob::is_glob,
    keys::{
        AGGREGATION, DEFAULT_AGGREGATION, DROP_AGGREGATION, EXPLICIT_BUCKETS, EXPONENTIAL_BUCKETS,
        LAST_VALUE_AGGREGATION, SELECTOR, STREAM, SUM_AGGREGATION, VIEW,
    },
};

/// The standard's boundaries where none are given.
const DEFAULT_BOUNDARIES: [f64; 15] =
    [0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10_000.0];

const INSTRUMENT_TYPES: [(&str, InstrumentType); 7] = [
    ("counter", InstrumentType::Counter),
    ("gauge", InstrumentType::Gauge),
    ("histogram", InstrumentType::Histogram),
    ("observable_counter", InstrumentType::ObservableCounter),
    ("observable_gauge", InstrumentType::ObservableGauge),
    ("observable_up_down_counter", InstrumentType::ObservableUpDownCounter),
    ("up_down_counter", InstrumentType::UpDownCounter),
];

/// A view and where it can be pointed at.
#[derive(Debug)]
pub(crate) struct PlacedView {
    pub(crate) view: View,
    /// The name it selects by, or the selector.
    pub(crate) selector: Place,
    /// Its boundaries, or its aggregation, or its stream.
    pub(crate) aggregation: Place,
}

pub(super) fn view(cx: &Context, field: Field<'_>) -> Option<PlacedView> {
    let mapping = Mapping::open(cx, field, &VIEW)?;
    let (selector_field, stream_field) = (mapping.required("selector"), mapping.required("stream"));
    let selector = Mapping::open(cx, selector_field?, &SELECTOR)?;
    let stream = Mapping::open(cx, stream_field?, &STREAM)?;
    let mut view = View {
        instrument_name: selector.text("instrument_name"),
        instrument_type: selector.word("instrument_type", &INSTRUMENT_TYPES),
        unit: selector.string("unit"),
        meter_name: selector.string("meter_name"),
        meter_version: selector.string("meter_version"),
        meter_schema_url: selector.string("meter_schema_url"),
        name: stream.text("name"),
        description: stream.string("description"),
        aggregation: None,
        cardinality_limit: stream.limit("aggregation_cardinality_limit", MAX_CARDINALITY),
        attributes_included: None,
        attributes_excluded: Vec::new(),
    };
    if let Some(field) = stream.field("attribute_keys") {
        let (included, excluded) = include_exclude(cx, field);
        view.attributes_included = included;
        view.attributes_excluded = excluded.unwrap_or_default();
    }
    let mut place = stream.place;
    if let Some(field) = stream.field("aggregation") {
        place = field.key_place;
        if let Some((aggregation, at)) = aggregation(cx, field) {
            view.aggregation = Some(aggregation);
            place = at;
        }
    }
    if let (Some(name), true) = (stream.field("name"), view.instrument_name.as_deref().is_none_or(is_glob)) {
        let help = "select one instrument by its whole name".to_owned();
        cx.warning(name.place(), "every instrument this view selects gets the same name", Some(help));
    }
    let selector = selector.field("instrument_name").map_or(selector.place, |field| field.place());
    Some(PlacedView { view, selector, aggregation: place })
}

fn aggregation(cx: &Context, field: Field<'_>) -> Option<(Aggregation, Place)> {
    let choice = Mapping::open(cx, field, &AGGREGATION)?.choice()?;
    let mut place = choice.key_place;
    let simple = |aggregation, object| {
        empty(cx, choice, object);
        Some((aggregation, place))
    };
    match choice.key {
        "default" => simple(Aggregation::Default, &DEFAULT_AGGREGATION),
        "drop" => simple(Aggregation::Drop, &DROP_AGGREGATION),
        "sum" => simple(Aggregation::Sum, &SUM_AGGREGATION),
        "last_value" => simple(Aggregation::LastValue, &LAST_VALUE_AGGREGATION),
        "explicit_bucket_histogram" => {
            let mapping = Mapping::open(cx, choice, &EXPLICIT_BUCKETS)?;
            let given = mapping.field("boundaries");
            place = given.map_or(place, |field| field.key_place);
            let boundaries = match given {
                Some(field) => boundaries(cx, field)?,
                None => DEFAULT_BOUNDARIES.to_vec(),
            };
            let record_min_max = mapping.bool("record_min_max", true);
            Some((Aggregation::ExplicitBucketHistogram { boundaries, record_min_max }, place))
        }
        _ => {
            let mapping = Mapping::open(cx, choice, &EXPONENTIAL_BUCKETS)?;
            let max_size = mapping.integer("max_size", 2..=16_384).and_then(|size| u32::try_from(size).ok());
            let max_scale = mapping.integer("max_scale", -10..=20).and_then(|scale| i8::try_from(scale).ok());
            let aggregation = Aggregation::Base2ExponentialBucketHistogram {
                max_size: max_size.unwrap_or(160),
                max_scale: max_scale.unwrap_or(20),
                record_min_max: mapping.bool("record_min_max", true),
            };
            Some((aggregation, place))
        }
    }
}
