//! `rules` and `default_rule`.

use tracing_core::Level;

use lapwing_document::Place;

use super::{boundaries, label};
use crate::{
    Instrument, InstrumentType, MAX_CARDINALITY, Match, Matched, Measure, Outcome, Rule, Timing,
    cursor::{Context, Field, Mapping},
    keys::{DEFAULT_RULE, DURATION, FIELD_COUNTER, FIELD_HISTOGRAM, INSTRUMENT, OUTCOME, Object, RULE},
};

/// An instrument as a rule or gauge declares it: what is written, and where.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) owner: Owner,
    pub(crate) name: String,
    pub(crate) kind: InstrumentType,
    /// Whether it measures time, so that its unit must be one of time.
    pub(crate) is_duration: bool,
    /// Where the name stands.
    pub(crate) place: Place,
    pub(crate) unit: Option<(String, Place)>,
    pub(crate) description: Option<(String, Place)>,
    pub(crate) boundaries: Option<(Vec<f64>, Place)>,
}

/// Whose declaration it is; of a rule's measures, in the order they were declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Rule(usize),
    DefaultRule,
    Gauge(usize),
}

pub(super) fn rule(cx: &Context, field: Field<'_>, owner: Owner, declared: &mut Vec<Declared>) -> Option<Rule> {
    let mapping = Mapping::open(cx, Field { key: "rule", ..field }, &RULE)?;
    let (kind, name) = match (mapping.field("span"), mapping.field("event")) {
        (Some(span), None) => (Matched::Span, span.text(cx)?),
        (None, Some(event)) => (Matched::Event, event.text(cx)?),
        (Some(_), Some(event)) => {
            let help = "write two rules".to_owned();
            cx.error(event.key_place, "a rule measures a `span` or an `event`, not both", Some(help));
            return None;
        }
        (None, None) => {
            let help = "add `span: NAME` or `event: NAME`; `*` matches all, and `default_rule` the rest".to_owned();
            cx.error(mapping.place, "a rule needs `span` or `event`", Some(help));
            return None;
        }
    };
    if kind == Matched::Event {
        for key in ["duration", "in_flight", "timing", "log_over"] {
            if let Some(field) = mapping.field(key) {
                let help = "only spans take time: measure a `span`, or leave it out".to_owned();
                cx.error(field.key_place, format!("`{key}` does not go with `event`"), Some(help));
            }
        }
    }
    finish(&mapping, kind, Some(name.to_owned()), owner, declared)
}

pub(super) fn default_rule(cx: &Context, field: Field<'_>, declared: &mut Vec<Declared>) -> Option<Rule> {
    let mapping = Mapping::open(cx, field, &DEFAULT_RULE)?;
    finish(&mapping, Matched::Span, None, Owner::DefaultRule, declared)
}

fn finish(
    mapping: &Mapping<'_, '_>,
    kind: Matched,
    name: Option<String>,
    owner: Owner,
    declared: &mut Vec<Declared>,
) -> Option<Rule> {
    let cx = mapping.cx;
    let levels = [
        ("trace", Level::TRACE),
        ("debug", Level::DEBUG),
        ("info", Level::INFO),
        ("warn", Level::WARN),
        ("error", Level::ERROR),
    ];
    let matches = Match { kind, name, target: mapping.text("target"), level: mapping.word("level", &levels) };
    let outcome = mapping.field("outcome").and_then(|field| outcome(cx, field)).unwrap_or_default();
    let timing = mapping.word("timing", &[("elapsed", Timing::Elapsed), ("busy", Timing::Busy)]).unwrap_or_default();
    let log_over = mapping.field("log_over").map(|_| mapping.milliseconds("log_over", 1, 1));
    let measures = measures(mapping, owner, declared);
    let nothing = ["duration", "calls", "errors", "in_flight", "histograms", "counters"];
    if measures.is_empty() && log_over.is_none() && !nothing.iter().any(|key| mapping.has(key)) {
        let help = format!("add `{}`", nothing.join("`, `"));
        cx.error(mapping.place, "this rule measures nothing", Some(help));
    }
    Some(Rule { matches, outcome, timing, log_over, measures })
}

fn outcome(cx: &Context, field: Field<'_>) -> Option<Outcome> {
    let mapping = Mapping::open(cx, field, &OUTCOME)?;
    let name = mapping.required("field").and_then(|field| field.text(cx));
    let errors = mapping.strings("errors").unwrap_or_default();
    Some(Outcome::Field { name: name?.to_owned(), errors })
}

fn measures(mapping: &Mapping<'_, '_>, owner: Owner, declared: &mut Vec<Declared>) -> Vec<Measure> {
    let cx = mapping.cx;
    let mut measures = Vec::new();
    for (key, kind) in [
        ("duration", InstrumentType::Histogram),
        ("calls", InstrumentType::Counter),
        ("errors", InstrumentType::Counter),
        ("in_flight", InstrumentType::UpDownCounter),
    ] {
        let is_duration = key == "duration";
        let object = if is_duration { &DURATION } else { &INSTRUMENT };
        let Some(mapping) = mapping.field(key).and_then(|field| Mapping::open(cx, field, object)) else { continue };
        let Some(instrument) = instrument(&mapping, object, kind, is_duration, owner, declared) else { continue };
        measures.push(match key {
            "duration" => Measure::Duration(instrument),
            "calls" => Measure::Calls(instrument),
            "errors" => Measure::Errors(instrument),
            _ => Measure::InFlight(instrument),
        });
    }
    for (key, kind, object) in [
        ("histograms", InstrumentType::Histogram, &FIELD_HISTOGRAM),
        ("counters", InstrumentType::Counter, &FIELD_COUNTER),
    ] {
        let Some((list, items)) = mapping.items(key) else { continue };
        for node in items {
            let Some(mapping) = Mapping::open(cx, list.item(node), object) else { continue };
            let name = mapping.required("field").and_then(|field| field.text(cx));
            let instrument = instrument(&mapping, object, kind, false, owner, declared);
            let Some((field, instrument)) = name.map(str::to_owned).zip(instrument) else { continue };
            measures.push(match kind {
                InstrumentType::Histogram => Measure::Histogram { field, instrument },
                _ => Measure::Counter { field, instrument },
            });
        }
    }
    measures
}

fn instrument(
    mapping: &Mapping<'_, '_>,
    object: &Object,
    kind: InstrumentType,
    is_duration: bool,
    owner: Owner,
    declared: &mut Vec<Declared>,
) -> Option<Instrument> {
    let cx = mapping.cx;
    let named = instrument_name(mapping);
    let unit = mapping.field("unit").and_then(|field| unit(cx, field));
    let description =
        mapping.field("description").and_then(|field| Some((field.string(cx)?.to_owned(), field.place())));
    let labels = mapping.field("labels").map(|field| label::labels(cx, field)).unwrap_or_default();
    let series_limit = mapping.limit("series_limit", MAX_CARDINALITY);
    let bounds = object.key("boundaries").and_then(|_| mapping.field("boundaries"));
    let bounds = bounds.and_then(|field| Some((boundaries(cx, field)?, field.key_place)));
    let (name, field) = named?;
    declared.push(Declared {
        owner,
        name: name.clone(),
        kind,
        is_duration,
        place: field.place(),
        unit,
        description,
        boundaries: bounds,
    });
    // Unit, description and boundaries are settled when all declarations of the name are known.
    Some(Instrument { name, labels, series_limit, ..Instrument::default() })
}

/// The name under `instrument`, by OpenTelemetry's syntax.
pub(super) fn instrument_name<'t>(mapping: &Mapping<'t, '_>) -> Option<(String, Field<'t>)> {
    let field = mapping.required("instrument")?;
    let name = field.text(mapping.cx)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if name.len() > 255 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(allowed) {
        let help = "a letter, then letters, digits, `_`, `.`, `-`, `/`; 255 characters at most".to_owned();
        mapping.cx.error(field.place(), "this is no instrument name", Some(help));
        return None;
    }
    Some((name.to_owned(), field))
}

pub(super) fn unit(cx: &Context, field: Field<'_>) -> Option<(String, Place)> {
    let text = field.string(cx)?;
    if text.len() > 63 || !text.chars().all(|c| c.is_ascii_graphic()) {
        let help = "63 ASCII characters at most, such as `s`, `By`, `1` or `{request}`".to_owned();
        cx.error(field.place(), format!("{} is no unit", cx.shown(text)), Some(help));
        return None;
    }
    Some((text.to_owned(), field.place()))
}
