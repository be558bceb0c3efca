//! Top level.

use lapwing_document::{Node, Place, Resolved, Value, quote};

use super::{Declared, PlacedView, empty, lapwing, metric, resource, trace};
use crate::{
    Configuration, Propagator,
    cursor::{Context, Field, Mapping},
    keys::{
        ATTRIBUTE_LIMITS, BAGGAGE, Edition, INSTRUMENTATION, LEVELS, PROPAGATOR, PROPAGATOR_ENTRY, ROOT, RUST,
        TRACECONTEXT,
    },
    nearest,
};

/// What is declared more than once or refers to each other, and where it stands.
#[derive(Debug, Default)]
pub(crate) struct Declarations {
    pub(crate) instruments: Vec<Declared>,
    pub(crate) views: Vec<PlacedView>,
}

/// Decodes a whole document; findings gather in `cx`.
pub(crate) fn configuration(cx: &Context, root: Option<&Node>) -> (Configuration, Declarations) {
    let (mut configuration, mut declarations) = (Configuration::default(), Declarations::default());
    let Some(root) = root.filter(|node| !node.is_null()) else {
        let place = Place { line: 1, column: 1, width: 1 };
        cx.error(place, "the configuration is empty", Some("begin with file_format: \"1.1\"".to_owned()));
        return (configuration, declarations);
    };
    let field = Field { key: "", key_place: root.place, node: root };
    let Value::Mapping(entries) = &root.value else {
        let message = format!("the configuration must be a mapping, found {}", root.noun());
        cx.error(root.place, message, Some("begin with file_format: \"1.1\"".to_owned()));
        return (configuration, declarations);
    };
    // The edition says which keys there are, so it is read before anything is checked.
    let format = entries.iter().find(|entry| entry.key == "file_format").map(Field::of);
    if let Some(format) = format.filter(|field| !field.node.is_null()) {
        file_format(cx, format);
    }
    let Some(top) = Mapping::open(cx, field, &ROOT) else { return (configuration, declarations) };
    top.required("file_format");
    configuration.disabled = top.bool("disabled", false);
    configuration.log_level = top.field("log_level").and_then(|field| log_level(cx, field));
    if let Some(field) = top.field("resource") {
        resource::resource(cx, field, &mut configuration);
    }
    configuration.propagators = top.field("propagator").map(|field| propagators(cx, field)).unwrap_or_default();
    let count = top.field("attribute_limits").and_then(|field| Mapping::open(cx, field, &ATTRIBUTE_LIMITS));
    let count = count.and_then(|limits| limits.integer("attribute_count_limit", 0..=i64::from(u32::MAX)));
    configuration.tracer = top.field("tracer_provider").and_then(|field| trace::tracer(cx, field));
    if let (Some(tracer), Some(count)) = (&mut configuration.tracer, count) {
        tracer.limits.attribute_count = tracer.limits.attribute_count.or(u32::try_from(count).ok());
    }
    if let Some((meter, views)) = top.field("meter_provider").and_then(|field| metric::meter(cx, field)) {
        configuration.meter = Some(meter);
        declarations.views = views;
    }
    let instrumentation = top.field("instrumentation/development");
    let instrumentation = instrumentation.and_then(|field| Mapping::open(cx, field, &INSTRUMENTATION));
    let rust = instrumentation.and_then(|mapping| mapping.field("rust"));
    let rust = rust.and_then(|field| Mapping::open(cx, field, &RUST));
    if let Some(field) = rust.and_then(|mapping| mapping.field("lapwing")) {
        configuration.lapwing = lapwing::lapwing(cx, field, &mut declarations.instruments);
    }
    let enabled = declarations.instruments.first().filter(|_| !configuration.disabled);
    if let (None, Some(first)) = (top.field("meter_provider"), enabled) {
        let help = "add one with a reader, such as `pull`".to_owned();
        cx.warning(first.place, "nothing is measured without a `meter_provider`", Some(help));
    }
    (configuration, declarations)
}

fn file_format(cx: &Context, field: Field<'_>) {
    let Some(scalar) = field.node.scalar() else { return field.wrong_type(cx, "a string") };
    if let Resolved::Int(_) | Resolved::Float(_) = scalar.resolved {
        let help = "write it in quotes: a version is no number, and `1.10` is not `1.1`".to_owned();
        cx.warning(field.place(), "`file_format` is a string in the standard", Some(help));
    } else if scalar.resolved != Resolved::Str {
        return field.wrong_type(cx, "a string");
    }
    let help = Some("write file_format: \"1.1\"".to_owned());
    let (version, meta) = match scalar.text.split_once('-') {
        Some((version, meta)) => (version, Some(meta)),
        None => (scalar.text.as_str(), None),
    };
    let shown = if scalar.written.is_some() { "the given one".to_owned() } else { quote(&scalar.text) };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let parsed = version.split_once('.').and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
    match parsed {
        None => cx.error(field.place(), format!("`file_format` must be a version, not {shown}"), help),
        Some((1, minor)) => {
            let edition = if minor == 0 { Edition::V1_0 } else { Edition::V1_1 };
            cx.set_edition(edition, meta.is_some());
            if minor > 1 {
                let message = format!("`file_format` {shown} is newer than 1.1, the newest known here");
                let help = "keys that came later are unknown and refused".to_owned();
                cx.warning(field.place(), message, Some(help));
            } else if meta.is_some() {
                let message = format!("`file_format` {shown} is a pre-release and read as {edition}");
                cx.warning(field.place(), message, help);
            }
        }
        Some((major, _)) => {
            let message = format!("`file_format` {shown} has major version {major}; only 1 is known");
            cx.error(field.place(), message, help);
        }
    }
}

/// The level as a log filter has it: those have five levels, the standard 24.
fn log_level(cx: &Context, field: Field<'_>) -> Option<String> {
    let level = field.word(cx, &LEVELS.map(|level| (level, level)))?;
    let level = level.trim_end_matches(|c: char| c.is_ascii_digit());
    Some(if level == "fatal" { "error" } else { level }.to_owned())
}

fn propagators(cx: &Context, field: Field<'_>) -> Vec<Propagator> {
    let mut propagators = Vec::new();
    let Some(mapping) = Mapping::open(cx, field, &PROPAGATOR) else { return propagators };
    let mut add = |propagator| {
        if !propagators.contains(&propagator) {
            propagators.push(propagator);
        }
    };
    if let Some((list, items)) = mapping.items("composite") {
        for node in items {
            let entry = Mapping::open(cx, list.item(node), &PROPAGATOR_ENTRY).and_then(|entry| entry.choice());
            if let Some((propagator, field)) = entry.and_then(|field| known(field.key).map(|known| (known, field))) {
                let object = if propagator == Propagator::Baggage { &BAGGAGE } else { &TRACECONTEXT };
                empty(cx, field, object);
                add(propagator);
            }
        }
    }
    if let Some((field, text)) = mapping.field("composite_list").and_then(|f| Some((f, f.string(cx)?))) {
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "none") {
            match known(name) {
                Some(propagator) => add(propagator),
                None => listed_propagator(cx, field, name),
            }
        }
    }
    propagators
}

fn known(name: &str) -> Option<Propagator> {
    match name {
        "tracecontext" => Some(Propagator::TraceContext),
        "baggage" => Some(Propagator::Baggage),
        _ => None,
    }
}

/// A name in `composite_list` that is not served: known elsewhere, or a mistake.
fn listed_propagator(cx: &Context, field: Field<'_>, name: &str) {
    let substituted = field.node.scalar().is_some_and(|scalar| scalar.written.is_some());
    let shown = if substituted { "a propagator".to_owned() } else { quote(name) };
    let names = || PROPAGATOR_ENTRY.names(cx.edition());
    if names().any(|known| known == name) {
        let message = format!("{shown} in `composite_list` has no effect: Lapwing has `tracecontext` and `baggage`");
        cx.warning(field.place(), message, None);
    } else {
        let help = match nearest(name, names()).filter(|_| !substituted) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "known names: `tracecontext`, `baggage`".to_owned(),
        };
        cx.error(field.place(), format!("{shown} in `composite_list` is unknown"), Some(help));
    }
}
