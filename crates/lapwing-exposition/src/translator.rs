//! From the SDK's data to families.

mod kept;
mod plain;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::{
    Resource,
    metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics},
};

use crate::{
    DeclaredHistogram, Family, InstrumentKind, Kind, Number, Problems, Series, Snapshot, Translation, Value,
    assembly::{self, Joining, Part},
    catalogue::{Catalogue, Place},
    exemplar::Exemplars,
    label_name::LabelNames,
    labels::{Label, Labels},
    name,
    own_metrics::OwnMetrics,
    pattern::Patterns,
    snapshot::join_equal_names,
    tables::Tables,
};

/// What the reader was told to do.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) translation: Translation,
    pub(crate) scope_labels: bool,
    pub(crate) target_info: bool,
    pub(crate) resource_labels: Patterns,
    pub(crate) created_samples: bool,
    pub(crate) declared: Arc<[DeclaredHistogram]>,
}

/// Translates what the SDK collected; remembers names and series between gathers.
pub(crate) struct Translator {
    settings: Settings,
    names: LabelNames,
    catalogue: Catalogue,
    own: OwnMetrics,
    tables: Tables,
}

/// A label with the key it comes from: labels of one name are joined in the order of their keys.
type Keyed<'a> = (Label, &'a str);

/// What the data points of one gather have in common.
struct Context<'a> {
    exemplars: &'a Exemplars,
    problems: &'a Problems,
    /// Which one it is.
    gather: u64,
}

impl Translator {
    pub(crate) fn new(settings: Settings) -> Translator {
        let names = LabelNames::new(!settings.translation.escapes());
        let own = OwnMetrics::new(settings.translation);
        Translator { settings, names, catalogue: Catalogue::default(), own, tables: Tables::default() }
    }

    pub(crate) fn snapshot(
        &mut self,
        metrics: &ResourceMetrics,
        exemplars: &Exemplars,
        gathers: u64,
        problems: &Problems,
    ) -> Snapshot {
        self.names.next_round();
        let context = Context { exemplars, problems, gather: gathers };
        let resource = metrics.resource();
        let wanted = self.settings.resource_labels.clone();
        let resource_labels: Vec<Keyed<'_>> = resource
            .iter()
            .filter(|(key, _)| wanted.want(key.as_str()))
            .map(|(key, value)| (self.label(key.as_str(), value, problems), key.as_str()))
            .collect();
        let mut parts = self.target_info(resource, problems);
        // The SDK keeps scopes in a hash map; a fixed order makes the first of two rivals the same in every process.
        let mut scopes: Vec<_> = metrics.scope_metrics().collect();
        scopes.sort_by_key(|scope| (scope.scope().name(), scope.scope().version(), scope.scope().schema_url()));
        for scope in scopes {
            let mut base = self.scope_labels(scope.scope(), problems);
            base.extend(resource_labels.iter().cloned());
            for metric in scope.metrics() {
                let place = Place { instrument: metric.name().to_owned(), scope: scope.scope().name().to_owned() };
                let labels = if OwnMetrics::joined_by(metric.name()) { &resource_labels } else { &base };
                parts.push(self.part(metric, scope.scope(), place, labels, &context));
            }
        }
        self.tables.drop_others(gathers);
        self.add_declared(&mut parts, &resource_labels, problems);
        let own_labels = self.labels(&resource_labels, [].iter(), &mut 0, problems);
        // Last, so that what this gather counted is in it; but first of its name, so that its help text stays.
        let own = self.own.parts(&own_labels, gathers, problems);
        let families = assembly::assemble(own.into_iter().chain(parts), &mut self.catalogue, problems);
        Snapshot::assembled(families, problems.clone()).with_created_samples(self.settings.created_samples)
    }

    /// After the SDK's own parts, which it must not double.
    fn add_declared(&mut self, parts: &mut Vec<Part>, resource_labels: &[Keyed<'_>], problems: &Problems) {
        let (declared, translation) = (Arc::clone(&self.settings.declared), self.settings.translation);
        for histogram in &*declared {
            let (name, unit) =
                name::translate(&histogram.stream, &histogram.unit, InstrumentKind::Histogram, translation);
            let mut base = self.scope_labels(&histogram.scope, problems);
            base.extend_from_slice(resource_labels);
            let labels = self.labels(&base, [].iter(), &mut 0, problems);
            let at_zero = histogram.at_zero(name, unit, labels, parts);
            parts.extend(at_zero);
        }
    }

    fn target_info(&mut self, resource: &Resource, problems: &Problems) -> Vec<Part> {
        if !self.settings.target_info || resource.is_empty() {
            return Vec::new();
        }
        let keyed: Vec<Keyed<'_>> =
            resource.iter().map(|(key, value)| (self.label(key.as_str(), value, problems), key.as_str())).collect();
        let labels = self.labels(&keyed, [].iter(), &mut 0, problems);
        let series = Series { labels, value: Value::Number(Number::Unsigned(1)), created: None };
        let family = Family {
            name: "target_info".to_owned(),
            help: "Target metadata".to_owned(),
            unit: String::new(),
            kind: Kind::Info,
            series: vec![series],
        };
        vec![Part {
            family,
            table: None,
            place: Place { instrument: String::new(), scope: "the resource".to_owned() },
            joining: Joining::First,
        }]
    }

    fn scope_labels<'a>(&mut self, scope: &'a InstrumentationScope, problems: &Problems) -> Vec<Keyed<'a>> {
        if !self.settings.scope_labels {
            return Vec::new();
        }
        const FIXED: [&str; 3] = ["otel_scope_name", "otel_scope_version", "otel_scope_schema_url"];
        let values = [Some(scope.name()), scope.version(), scope.schema_url()];
        let fixed = FIXED.iter().zip(values).filter_map(|(name, value)| Some((*name, value?)));
        let mut labels: Vec<Keyed<'a>> = fixed
            .map(|(name, value)| (Label { name: self.names.get(name, problems), value: value.into() }, name))
            .collect();
        for KeyValue { key, value, .. } in scope.attributes() {
            let name = self.names.get(&format!("otel_scope_{key}"), problems);
            if !FIXED.contains(&&*name) {
                labels.push((Label { name, value: value.as_str().into() }, key.as_str()));
            }
        }
        labels
    }

    fn label(&mut self, key: &str, value: &opentelemetry::Value, problems: &Problems) -> Label {
        Label { name: self.names.get(key, problems), value: value.as_str().into() }
    }

    fn labels<'a>(
        &mut self,
        base: &[Keyed<'a>],
        attributes: impl Iterator<Item = &'a KeyValue>,
        joined: &mut usize,
        problems: &Problems,
    ) -> Labels {
        let mut keyed: Vec<Keyed<'a>> = Vec::with_capacity(base.len() + attributes.size_hint().0);
        keyed.extend_from_slice(base);
        for KeyValue { key, value, .. } in attributes {
            keyed.push((self.label(key.as_str(), value, problems), key.as_str()));
        }
        if !keyed.is_sorted_by(|a, b| a.0.name < b.0.name) {
            keyed.sort_by(|a, b| (&a.0.name, a.1).cmp(&(&b.0.name, b.1)));
        }
        let mut labels = keyed.into_iter().map(|(label, _)| label).collect();
        *joined += join_equal_names(&mut labels);
        Labels::from_sorted(&mut labels)
    }

    fn part<'a>(
        &mut self,
        metric: &'a Metric,
        scope: &InstrumentationScope,
        place: Place,
        base: &[Keyed<'a>],
        context: &Context<'_>,
    ) -> Part {
        match metric.data() {
            AggregatedMetrics::F64(data) => self.data(metric, data, scope, place, base, context),
            AggregatedMetrics::U64(data) => self.data(metric, data, scope, place, base, context),
            AggregatedMetrics::I64(data) => self.data(metric, data, scope, place, base, context),
        }
    }

    fn data<'a, T: Copy + Into<Number>>(
        &mut self,
        metric: &'a Metric,
        data: &'a MetricData<T>,
        scope: &InstrumentationScope,
        place: Place,
        base: &[Keyed<'a>],
        context: &Context<'_>,
    ) -> Part {
        let stream = metric.name();
        let (instrument, kind) = match data {
            MetricData::Gauge(_) => (InstrumentKind::Gauge, Kind::Gauge),
            MetricData::Sum(sum) if !sum.is_monotonic() => (InstrumentKind::UpDownCounter, Kind::Gauge),
            MetricData::Sum(_) => (InstrumentKind::Counter, Kind::Counter),
            MetricData::Histogram(_) | MetricData::ExponentialHistogram(_) => {
                (InstrumentKind::Histogram, Kind::Histogram)
            }
        };
        let (name, unit) = name::translate(stream, metric.unit(), instrument, self.settings.translation);
        let (name, own) = self.own.named(name);
        let help = if own { String::new() } else { metric.description().to_owned() };
        let mut family = Family { name, help, unit, kind, series: Vec::new() };
        let joining = match instrument {
            InstrumentKind::Gauge => Joining::First,
            _ => Joining::Additive,
        };
        let table = self.table(&family, (scope, stream), data, base, context);
        if table.is_none() {
            family.series = self.series(stream, data, base, context);
        }
        Part { family, table, place, joining }
    }
}
