//! The standard's views and limits, as the SDK understands them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use lapwing_config::{Aggregation, CardinalityLimits, Configuration, InstrumentType, Measure, View};
use lapwing_exposition::{InstrumentKind as Exported, StreamName};
use opentelemetry::{InstrumentationScope, Key};
use opentelemetry_sdk::metrics::{Aggregation as SdkAggregation, Instrument, InstrumentKind, Stream};

use crate::{build_info, faults};

/// What the SDK's limit of a span instrument exceeds the layer's: the layer's own overflow series (one per outcome)
/// must still fit, or the SDK would fold them again and lose the outcome.
const HEADROOM: usize = 8;

/// Marks a series that stands for all beyond a limit; a view that filters attributes keeps it.
const OVERFLOW: &str = "otel.metric.overflow";

/// An instrument as selectors see it.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: InstrumentType,
    pub(crate) unit: &'a str,
    pub(crate) scope: &'a InstrumentationScope,
}

/// What is known of an instrument before it exists.
#[derive(Clone, Debug, Default)]
struct Known {
    keys: BTreeSet<String>,
    /// Limit that `lapwing-spans` holds itself.
    series_limit: Option<usize>,
}

/// Views, limits, and what rules and gauges tell of their instruments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Views {
    views: Arc<Vec<View>>,
    limits: CardinalityLimits,
    known: Arc<HashMap<String, Known>>,
}

impl Views {
    pub(crate) fn new(configuration: &Configuration) -> Views {
        let mut known: HashMap<String, Known> = HashMap::new();
        for instrument in configuration
            .lapwing
            .rules
            .iter()
            .chain(&configuration.lapwing.default_rule)
            .flat_map(|rule| &rule.measures)
            .map(Measure::instrument)
        {
            let entry = known.entry(instrument.name.clone()).or_default();
            entry.keys.extend(instrument.labels.iter().map(|label| label.name.clone()));
            // The configuration has filled it from the view or the readers where the rule names none.
            let limit = instrument.series_limit.unwrap_or(lapwing_config::Instrument::DEFAULT_SERIES_LIMIT);
            entry.series_limit = entry.series_limit.max(Some(limit));
        }
        for gauge in &configuration.lapwing.gauges {
            known.entry(gauge.instrument.clone()).or_default().keys.extend(gauge.labels.iter().cloned());
        }
        known.entry(faults::INSTRUMENT.to_owned()).or_default().keys.insert(faults::REASON.to_owned());
        known.entry(build_info::INSTRUMENT.to_owned()).or_default().keys.extend(build_info::LABELS.map(str::to_owned));
        let meter = configuration.meter.as_ref();
        Views {
            views: Arc::new(meter.map(|meter| meter.views.clone()).unwrap_or_default()),
            limits: meter.map(|meter| meter.cardinality).unwrap_or_default(),
            known: Arc::new(known),
        }
    }

    /// Number of configured views.
    pub(crate) fn len(&self) -> usize {
        self.views.len()
    }

    fn reader_limit(&self, kind: InstrumentType) -> Option<usize> {
        let limits = &self.limits;
        let own = match kind {
            InstrumentType::Counter => limits.counter,
            InstrumentType::Gauge => limits.gauge,
            InstrumentType::Histogram => limits.histogram,
            InstrumentType::ObservableCounter => limits.observable_counter,
            InstrumentType::ObservableGauge => limits.observable_gauge,
            InstrumentType::ObservableUpDownCounter => limits.observable_up_down_counter,
            InstrumentType::UpDownCounter => limits.up_down_counter,
        };
        own.or(limits.default)
    }

    /// The SDK's limit for a stream of this instrument under `view`.
    fn stream_limit(&self, view: Option<&View>, subject: &Subject<'_>) -> Option<usize> {
        match self.known.get(subject.name).and_then(|known| known.series_limit) {
            Some(limit) => Some(limit.saturating_add(HEADROOM)),
            None => view.and_then(|view| view.cardinality_limit).or_else(|| self.reader_limit(subject.kind)),
        }
    }

    /// What the view at `index` makes of an instrument.
    pub(crate) fn stream(&self, index: usize, instrument: &Instrument) -> Option<Stream> {
        let subject = subject(instrument);
        let view = self.views.get(index).filter(|view| selects(view, &subject))?;
        let streams = self.views_of(&subject);
        // Without any stream the instrument is dropped, which has to be told to the SDK.
        let makes_one = streams.is_empty() || streams.iter().any(|(_, by)| by.is_some_and(|by| std::ptr::eq(by, view)));
        if makes_one { self.build(view, &subject).ok() } else { None }
    }

    /// The stream of an instrument that no view selects: the SDK's default, with its limit.
    pub(crate) fn unselected(&self, instrument: &Instrument) -> Option<Stream> {
        let subject = subject(instrument);
        if self.views.iter().any(|view| selects(view, &subject)) {
            return None;
        }
        Stream::builder().with_cardinality_limit(self.stream_limit(None, &subject)?).build().ok()
    }

    /// Finds what the SDK would refuse of a view only when an instrument is made, and silently.
    pub(crate) fn check(&self) -> Result<(), (String, String)> {
        let scope = InstrumentationScope::builder("").build();
        let subject = Subject { name: "", kind: InstrumentType::Histogram, unit: "", scope: &scope };
        for (index, view) in self.views.iter().enumerate() {
            self.build(view, &subject).map_err(|problem| (format!("meter_provider.views[{index}].stream"), problem))?;
        }
        Ok(())
    }

    fn build(&self, view: &View, subject: &Subject<'_>) -> Result<Stream, String> {
        let mut stream = Stream::builder();
        if let Some(name) = &view.name {
            stream = stream.with_name(name.clone());
        }
        if let Some(description) = &view.description {
            stream = stream.with_description(description.clone());
        }
        if let Some(aggregation) = view.aggregation.as_ref().and_then(aggregation) {
            stream = stream.with_aggregation(aggregation);
        }
        if let Some(limit) = self.stream_limit(Some(view), subject) {
            stream = stream.with_cardinality_limit(limit);
        }
        if let Some(keys) = self.kept_keys(view, subject.name) {
            stream = stream.with_allowed_attribute_keys(keys.into_iter().map(Key::from));
        }
        stream.build().map_err(|error| error.to_string())
    }

    /// Attribute keys a stream keeps; `None` for all.
    ///
    /// The SDK takes a list of keys only, so patterns and exclusions are resolved against the keys that rules and gauges
    /// declare. Of an instrument that is made by hand no keys are known: then only what `included` names in full is kept,
    /// and an exclusion without `included` can't be served. Both are said once.
    pub(crate) fn kept_keys(&self, view: &View, instrument: &str) -> Option<BTreeSet<String>> {
        let mut kept: BTreeSet<String> = match (&view.attributes_included, self.known.get(instrument)) {
            (None, _) if view.attributes_excluded.is_empty() => return None,
            (_, Some(known)) => known.keys.iter().filter(|key| view.keeps_attribute(key)).cloned().collect(),
            (Some(included), None) => {
                if !instrument.is_empty() && included.iter().any(|pattern| is_open(pattern)) {
                    tracing::warn!(
                        target: "lapwing",
                        instrument,
                        "the patterns of a view's attribute_keys can't be served for an instrument made by hand: only the keys named in full are kept"
                    );
                }
                included.iter().filter(|key| !is_open(key) && view.keeps_attribute(key)).cloned().collect()
            }
            (None, None) => {
                if !instrument.is_empty() {
                    tracing::warn!(
                        target: "lapwing",
                        instrument,
                        "a view excludes attribute_keys of an instrument made by hand, which can't be served: name the keys to keep under `included`"
                    );
                }
                return None;
            }
        };
        kept.insert(OVERFLOW.to_owned());
        Some(kept)
    }

    /// What the views make of an instrument, for the provider that watches over names.
    pub(crate) fn exported(&self, scope: &InstrumentationScope, declared: &StreamName) -> Vec<StreamName> {
        let kinds: &[InstrumentType] = match declared.kind {
            Exported::Counter => &[InstrumentType::Counter, InstrumentType::ObservableCounter],
            Exported::Gauge => &[InstrumentType::Gauge, InstrumentType::ObservableGauge],
            Exported::UpDownCounter => &[InstrumentType::UpDownCounter, InstrumentType::ObservableUpDownCounter],
            Exported::Histogram => &[InstrumentType::Histogram],
        };
        let selected = |view: &&View| {
            kinds
                .iter()
                .any(|&kind| selects(view, &Subject { name: &declared.name, kind, unit: &declared.unit, scope }))
        };
        let mut selecting = self.views.iter().filter(selected).peekable();
        if selecting.peek().is_none() {
            return vec![declared.clone()];
        }
        let mut streams: Vec<StreamName> = Vec::new();
        for view in selecting.filter(|view| view.aggregation != Some(Aggregation::Drop)) {
            let name = view.name.as_ref().unwrap_or(&declared.name);
            if streams.iter().all(|stream| stream.name != *name) {
                let kind = exported_kind(view.aggregation.as_ref(), declared.kind);
                streams.push(StreamName { name: name.clone(), unit: declared.unit.clone(), kind });
            }
        }
        streams
    }

    /// Every stream that carries exemplars of an instrument: its name and the attribute keys it keeps.
    pub(crate) fn streams_of(&self, subject: &Subject<'_>) -> Vec<(String, Option<BTreeSet<String>>)> {
        let streams = self.views_of(subject).into_iter();
        streams.map(|(name, view)| (name, view.and_then(|view| self.kept_keys(view, subject.name)))).collect()
    }

    /// The streams of an instrument by name, each with the view that makes it, if one does.
    pub(crate) fn views_of(&self, subject: &Subject<'_>) -> Vec<(String, Option<&View>)> {
        let selecting: Vec<&View> = self.views.iter().filter(|view| selects(view, subject)).collect();
        if selecting.is_empty() {
            return vec![(subject.name.to_owned(), None)];
        }
        let mut streams: Vec<(String, Option<&View>)> = Vec::new();
        for view in selecting.into_iter().filter(|view| view.aggregation != Some(Aggregation::Drop)) {
            let name = view.name.as_deref().unwrap_or(subject.name);
            // Of two views with one stream name the first stays. The SDK takes them for two streams if their descriptions
            // differ, and every measurement would count twice.
            if streams.iter().all(|(known, _)| known != name) {
                streams.push((name.to_owned(), Some(view)));
            }
        }
        streams
    }
}

/// Whether a pattern can match more than itself.
fn is_open(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether all parts of the selector hold.
fn selects(view: &View, subject: &Subject<'_>) -> bool {
    let scope = subject.scope;
    view.selects(subject.name, subject.kind, subject.unit)
        && view.selects_meter(scope.name(), scope.version(), scope.schema_url())
}

fn exported_kind(aggregation: Option<&Aggregation>, declared: Exported) -> Exported {
    match (aggregation, declared) {
        (
            Some(Aggregation::ExplicitBucketHistogram { .. } | Aggregation::Base2ExponentialBucketHistogram { .. }),
            _,
        ) => Exported::Histogram,
        (Some(Aggregation::Sum), Exported::Histogram) => Exported::Counter,
        (_, declared) => declared,
    }
}

fn subject(instrument: &Instrument) -> Subject<'_> {
    let kind = match instrument.kind() {
        InstrumentKind::Counter => InstrumentType::Counter,
        InstrumentKind::UpDownCounter => InstrumentType::UpDownCounter,
        InstrumentKind::Histogram => InstrumentType::Histogram,
        InstrumentKind::ObservableCounter => InstrumentType::ObservableCounter,
        InstrumentKind::ObservableUpDownCounter => InstrumentType::ObservableUpDownCounter,
        InstrumentKind::Gauge => InstrumentType::Gauge,
        InstrumentKind::ObservableGauge => InstrumentType::ObservableGauge,
    };
    Subject { name: instrument.name(), kind, unit: instrument.unit(), scope: instrument.scope() }
}

/// Which instrument a measure creates.
pub(crate) fn kind(measure: &Measure) -> InstrumentType {
    match measure {
        Measure::Duration(_) | Measure::Histogram { .. } => InstrumentType::Histogram,
        Measure::Calls(_) | Measure::Errors(_) | Measure::Counter { .. } => InstrumentType::Counter,
        Measure::InFlight(_) => InstrumentType::UpDownCounter,
    }
}

/// Finer scales overflow the SDK's 32-bit bucket indices when one series holds both ends of the range of f64. At 18 the
/// relative error is a quarter of a millionth, and the SDK coarsens by itself from there.
const MAX_SCALE: i8 = 18;

/// `default` stays unset: an explicit default would make the SDK forget the boundaries an instrument advises.
fn aggregation(aggregation: &Aggregation) -> Option<SdkAggregation> {
    match aggregation {
        Aggregation::Default => None,
        Aggregation::Drop => Some(SdkAggregation::Drop),
        Aggregation::Sum => Some(SdkAggregation::Sum),
        Aggregation::LastValue => Some(SdkAggregation::LastValue),
        Aggregation::ExplicitBucketHistogram { boundaries, record_min_max } => {
            Some(SdkAggregation::ExplicitBucketHistogram {
                boundaries: boundaries.clone(),
                record_min_max: *record_min_max,
            })
        }
        Aggregation::Base2ExponentialBucketHistogram { max_size, max_scale, record_min_max } => {
            Some(SdkAggregation::Base2ExponentialHistogram {
                max_size: *max_size,
                max_scale: (*max_scale).min(MAX_SCALE),
                record_min_max: *record_min_max,
            })
        }
    }
}
