//! Declarations of instruments: one name means one instrument, wherever it is declared.

use std::collections::HashMap;

use lapwing_document::Place;

use crate::{InstrumentType, cursor::Context, decode::Declared};

/// A declaration with what other declarations of the name add to it.
pub(super) struct Settled<'d> {
    pub(super) declared: &'d Declared,
    pub(super) unit: String,
    pub(super) description: String,
    pub(super) boundaries: Option<Vec<f64>>,
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
