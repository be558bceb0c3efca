//! The metrics of the instruments that `telemetry.yaml` declares.

use lapwing_config::{
    Aggregation, Configuration, Instrument, InstrumentType, LabelSource, METER_NAME, Matched, Measure, Rule,
    Translation, View,
};
use lapwing_exposition::{InstrumentKind, prometheus_label, prometheus_name};

use super::{Kind, Label, Measured, Metric, Origin, Role, Values};

/// One use of an instrument, before views.
struct Use {
    instrument: String,
    kind: InstrumentType,
    is_duration: bool,
    unit: String,
    description: String,
    labels: Vec<Label>,
    bounds: Option<Vec<f64>>,
    series_limit: Option<usize>,
    origin: Origin,
    measured: Option<Measured>,
}

pub(super) fn metrics(configuration: &Configuration) -> Vec<Metric> {
    let lapwing = &configuration.lapwing;
    let rules = lapwing.rules.iter().chain(&lapwing.default_rule);
    let spans = rules.flat_map(|rule| rule.measures.iter().map(move |measure| of_rule(rule, measure)));
    let gauges = lapwing.gauges.iter().map(|gauge| Use {
        instrument: gauge.instrument.clone(),
        kind: InstrumentType::ObservableGauge,
        is_duration: false,
        unit: gauge.unit.clone(),
        description: gauge.description.clone(),
        labels: gauge.labels.iter().map(|name| open(name)).collect(),
        bounds: None,
        series_limit: None,
        origin: Origin::Observed(gauge.source.clone()),
        measured: None,
    });
    let mut metrics: Vec<Metric> = Vec::new();
    for used in spans.chain(gauges) {
        for metric in streams(configuration, &used) {
            match metrics.iter_mut().find(|known| known.name == metric.name) {
                Some(known) => join(known, metric),
                None => metrics.push(metric),
            }
        }
    }
    for metric in &mut metrics {
        metric.labels.sort_by(|a, b| a.name.cmp(&b.name));
    }
    metrics
}

fn of_rule(rule: &Rule, measure: &Measure) -> Use {
    let Instrument { name, unit, description, boundaries, labels, series_limit } = measure.instrument().clone();
    let (kind, is_duration) = match measure {
        Measure::Duration(_) => (InstrumentType::Histogram, true),
        Measure::Histogram { .. } => (InstrumentType::Histogram, false),
        Measure::Calls(_) | Measure::Errors(_) | Measure::Counter { .. } => (InstrumentType::Counter, false),
        Measure::InFlight(_) => (InstrumentType::UpDownCounter, false),
    };
    let pattern = rule.matches.name.clone().unwrap_or_else(|| "*".to_owned());
    let pattern = match rule.matches.kind {
        Matched::Span => pattern,
        Matched::Event => format!("event {pattern}"),
    };
    let origin = Origin::Spans(vec![pattern.clone()]);
    let role = match measure {
        Measure::Duration(_) => Role::Duration,
        Measure::Calls(_) => Role::Calls,
        Measure::Errors(_) => Role::Errors,
        Measure::InFlight(_) => Role::InFlight,
        Measure::Histogram { .. } | Measure::Counter { .. } => Role::Field,
    };
    let constants = labels.iter().filter_map(|label| match &label.source {
        LabelSource::Constant(value) => Some((label.name.clone(), value.clone())),
        _ => None,
    });
    let measured = Some(Measured { pattern, role, constants: constants.collect() });
    let labels = labels.iter().map(|label| label_of(label, rule, measure)).collect();
    Use {
        instrument: name,
        kind,
        is_duration,
        unit: if is_duration && unit.is_empty() { "s".to_owned() } else { unit },
        description,
        labels,
        bounds: boundaries,
        series_limit,
        origin,
        measured,
    }
}

fn label_of(label: &lapwing_config::Label, rule: &Rule, measure: &Measure) -> Label {
    let closed = |values: &[&str]| Values::Closed(values.iter().map(|&value| value.to_owned()).collect());
    let (values, optional) = match &label.source {
        LabelSource::Constant(value) => (closed(&[value]), false),
        LabelSource::Outcome if matches!(measure, Measure::Errors(_)) => (closed(&["error"]), false),
        // What is in flight has no outcome yet.
        LabelSource::Outcome if matches!(measure, Measure::InFlight(_)) => (closed(&[]), true),
        LabelSource::Outcome => (closed(&["error", "ok"]), false),
        LabelSource::SpanName => match rule.matches.name.as_deref().filter(|name| !name.contains(['*', '?'])) {
            Some(name) => (closed(&[name]), false),
            None => (Values::Open, false),
        },
        LabelSource::Field(_) => match &label.values {
            None => (Values::Open, label.default.is_none()),
            Some(values) => {
                let mut values = values.clone();
                values.extend(label.default.clone());
                values.push(lapwing_config::Label::OTHER.to_owned());
                values.sort();
                values.dedup();
                (Values::Closed(values), label.default.is_none())
            }
        },
    };
    Label { name: label.name.clone(), values, optional }
}

fn open(name: &str) -> Label {
    Label { name: name.to_owned(), values: Values::Open, optional: false }
}

/// What the views make of it: a stream for each that selects it, one if none does.
fn streams(configuration: &Configuration, used: &Use) -> Vec<Metric> {
    let views = configuration.meter.iter().flat_map(|meter| &meter.views);
    let selecting: Vec<&View> = views
        .filter(|view| {
            view.selects(&used.instrument, used.kind, &used.unit) && view.selects_meter(METER_NAME, None, None)
        })
        .collect();
    if selecting.is_empty() {
        return vec![stream(configuration, used, None)];
    }
    let kept = selecting.into_iter().filter(|view| !matches!(view.aggregation, Some(Aggregation::Drop)));
    kept.map(|view| stream(configuration, used, Some(view))).collect()
}

fn stream(configuration: &Configuration, used: &Use, view: Option<&View>) -> Metric {
    let prometheus = configuration.meter.as_ref().and_then(|meter| meter.prometheus.as_ref());
    let translation = prometheus.map_or_else(Translation::default, |prometheus| prometheus.translation);
    let named = view.and_then(|view| view.name.as_deref()).unwrap_or(&used.instrument);
    let instrument_kind = match used.kind {
        InstrumentType::Histogram => InstrumentKind::Histogram,
        InstrumentType::Counter | InstrumentType::ObservableCounter => InstrumentKind::Counter,
        InstrumentType::Gauge | InstrumentType::ObservableGauge => InstrumentKind::Gauge,
        InstrumentType::UpDownCounter | InstrumentType::ObservableUpDownCounter => InstrumentKind::UpDownCounter,
    };
    let kind = match instrument_kind {
        InstrumentKind::Counter => Kind::Counter,
        InstrumentKind::Histogram => Kind::Histogram,
        InstrumentKind::Gauge | InstrumentKind::UpDownCounter => Kind::Gauge,
    };
    let bounds = match view.and_then(|view| view.aggregation.as_ref()) {
        Some(Aggregation::Base2ExponentialBucketHistogram { .. }) => None,
        Some(Aggregation::ExplicitBucketHistogram { boundaries, .. }) => Some(boundaries.clone()),
        _ => Some(
            used.bounds
                .clone()
                .unwrap_or_else(|| Instrument::default_boundaries(used.is_duration.then_some(used.unit.as_str()))),
        ),
    };
    let mut labels: Vec<Label> = used
        .labels
        .iter()
        .filter(|label| view.is_none_or(|view| view.keeps_attribute(&label.name)))
        .map(|label| Label { name: prometheus_label(&label.name, translation), ..label.clone() })
        .collect();
    if prometheus.is_none_or(|prometheus| prometheus.scope_info) {
        labels.push(Label {
            name: "otel_scope_name".to_owned(),
            values: Values::Closed(vec![METER_NAME.to_owned()]),
            optional: true,
        });
    }
    if prometheus.is_some_and(|prometheus| !prometheus.resource_labels_included.is_empty()) {
        labels.extend(resource_labels(configuration, translation));
    }
    let kept = |name: &str| view.is_none_or(|view| view.keeps_attribute(name));
    let measured = used.measured.clone().map(|measured| Measured {
        constants: measured
            .constants
            .into_iter()
            .filter(|(name, _)| kept(name))
            .map(|(name, value)| (prometheus_label(&name, translation), value))
            .collect(),
        ..measured
    });
    Metric {
        name: prometheus_name(named, &used.unit, instrument_kind, translation),
        instrument: Some(used.instrument.clone()),
        kind,
        unit: used.unit.clone(),
        description: view.and_then(|view| view.description.clone()).unwrap_or_else(|| used.description.clone()),
        labels,
        bounds: if kind == Kind::Histogram { bounds } else { None },
        series_limit: used.series_limit,
        origin: used.origin.clone(),
        measured: measured.into_iter().collect(),
    }
}

pub(super) fn resource_labels(configuration: &Configuration, translation: Translation) -> Vec<Label> {
    let Some(prometheus) = configuration.meter.as_ref().and_then(|meter| meter.prometheus.as_ref()) else {
        return Vec::new();
    };
    let matches = |globs: &[String], key: &str| globs.iter().any(|glob| lapwing_config::glob_matches(glob, key));
    let kept = configuration.resource.iter().filter(|(key, _)| {
        matches(&prometheus.resource_labels_included, key) && !matches(&prometheus.resource_labels_excluded, key)
    });
    kept.map(|(key, _)| Label { name: prometheus_label(key, translation), values: Values::Open, optional: false })
        .collect()
}

/// Rules that share an instrument: what one adds to the other.
fn join(known: &mut Metric, other: Metric) {
    for label in &mut known.labels {
        label.optional |= other.label(&label.name).is_none();
    }
    for mut label in other.labels {
        match known.labels.iter_mut().find(|other| other.name == label.name) {
            None => {
                label.optional = true;
                known.labels.push(label);
            }
            Some(mine) => {
                mine.optional |= label.optional;
                mine.values = match (&mine.values, label.values) {
                    (Values::Closed(a), Values::Closed(b)) => {
                        let mut values = [a.clone(), b].concat();
                        values.sort();
                        values.dedup();
                        Values::Closed(values)
                    }
                    _ => Values::Open,
                };
            }
        }
    }
    if let (Origin::Spans(mine), Origin::Spans(others)) = (&mut known.origin, other.origin) {
        for pattern in others {
            if !mine.contains(&pattern) {
                mine.push(pattern);
            }
        }
    }
    known.measured.extend(other.measured);
    if known.description.is_empty() {
        known.description = other.description;
    }
    known.series_limit = known.series_limit.max(other.series_limit);
}
