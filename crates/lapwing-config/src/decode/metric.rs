//! `meter_provider`.

use std::time::Duration;

use super::{
    exporter, include_exclude,
    view::{self, PlacedView},
};
use crate::{
    CardinalityLimits, ExemplarFilter, MAX_CARDINALITY, Meter, Periodic, Prometheus, Translation,
    cursor::{Context, Field, Mapping},
    keys::{CARDINALITY_LIMITS, Edition, METER_PROVIDER, METRIC_READER, PERIODIC, PROMETHEUS, PULL, PULL_EXPORTER},
};

pub(super) fn meter(cx: &Context, field: Field<'_>) -> Option<(Meter, Vec<PlacedView>)> {
    let mapping = Mapping::open(cx, field, &METER_PROVIDER)?;
    let mut meter = Meter::default();
    mapping.required("readers");
    if let Some((list, items)) = mapping.items("readers") {
        let mut first_pull = None;
        for node in items {
            let Some(mapping) = Mapping::open(cx, list.item(node), &METRIC_READER) else { continue };
            let Some(choice) = mapping.choice() else { continue };
            if choice.key == "periodic" {
                meter.periodic.extend(periodic(cx, choice, &mut meter.cardinality));
                continue;
            }
            if let Some(line) = first_pull {
                let help = format!("the first is on line {line}: Lapwing serves one Prometheus endpoint");
                cx.error(choice.key_place, "a second `pull` reader", Some(help));
                continue;
            }
            first_pull = Some(choice.key_place.line);
            meter.prometheus = pull(cx, choice, &mut meter.cardinality);
        }
    }
    let filters = [
        ("always_on", ExemplarFilter::AlwaysOn),
        ("always_off", ExemplarFilter::AlwaysOff),
        ("trace_based", ExemplarFilter::TraceBased),
    ];
    meter.exemplar_filter = mapping.word("exemplar_filter", &filters).unwrap_or_default();
    let mut views = Vec::new();
    if let Some((list, items)) = mapping.items("views") {
        views.extend(items.iter().filter_map(|node| view::view(cx, list.item(node))));
    }
    meter.views = views.iter().map(|placed| placed.view.clone()).collect();
    Some((meter, views))
}

fn periodic(cx: &Context, field: Field<'_>, limits: &mut CardinalityLimits) -> Option<Periodic> {
    let mapping = Mapping::open(cx, field, &PERIODIC)?;
    cardinality(&mapping, limits);
    let interval = mapping.milliseconds("interval", 0, 60_000).max(Duration::from_millis(1));
    let timeout = mapping.timeout("timeout", 30_000);
    let exporter = exporter::metric(cx, mapping.required("exporter")?)?;
    Some(Periodic { exporter, interval, timeout })
}

fn pull(cx: &Context, field: Field<'_>, limits: &mut CardinalityLimits) -> Option<Prometheus> {
    let mapping = Mapping::open(cx, field, &PULL)?;
    cardinality(&mapping, limits);
    let choice = Mapping::open(cx, mapping.required("exporter")?, &PULL_EXPORTER)?.choice()?;
    let mapping = Mapping::open(cx, choice, &PROMETHEUS)?;
    let (scope_info, target_info, labels) = if cx.edition() == Edition::V1_0 {
        (
            !mapping.bool("without_scope_info", false),
            !mapping.bool("without_target_info/development", false),
            mapping.field("with_resource_constant_labels"),
        )
    } else {
        (
            mapping.bool("scope_info_enabled", true),
            mapping.bool("target_info_enabled/development", true),
            mapping.field("resource_constant_labels"),
        )
    };
    let (included, excluded) = labels.map_or((None, None), |field| include_exclude(cx, field));
    // Without the key no resource attribute becomes a label; with it, and no `included`, all do.
    let included = included.or_else(|| labels.map(|_| vec!["*".to_owned()]));
    let port = mapping.integer("port", 0..=65_535).and_then(|port| u16::try_from(port).ok());
    Some(Prometheus {
        host: mapping.text("host").unwrap_or_else(|| "localhost".to_owned()),
        port: port.unwrap_or(9464),
        scope_info,
        target_info,
        resource_labels_included: included.unwrap_or_default(),
        resource_labels_excluded: excluded.unwrap_or_default(),
        translation: mapping.field("translation_strategy").and_then(|field| translation(cx, field)).unwrap_or_default(),
    })
}

fn translation(cx: &Context, field: Field<'_>) -> Option<Translation> {
    const WORDS: [(&str, Translation); 4] = [
        ("underscore_escaping_with_suffixes", Translation::UnderscoreEscapingWithSuffixes),
        ("underscore_escaping_without_suffixes/development", Translation::UnderscoreEscapingWithoutSuffixes),
        ("no_utf8_escaping_with_suffixes/development", Translation::NoUtf8EscapingWithSuffixes),
        ("no_translation/development", Translation::NoTranslation),
    ];
    const PRERELEASE: [&str; 4] = [
        "UnderscoreEscapingWithSuffixes",
        "UnderscoreEscapingWithoutSuffixes",
        "NoUTF8EscapingWithSuffixes",
        "NoTranslation",
    ];
    let text = field.node.scalar().map_or("", |scalar| &scalar.text);
    if let Some(index) = PRERELEASE.iter().position(|old| *old == text) {
        if cx.is_prerelease() {
            return Some(WORDS[index].1);
        }
        let message = format!("`{text}` is the spelling of a pre-release of the standard");
        cx.error(field.place(), message, Some(format!("write `{}`", WORDS[index].0)));
        return None;
    }
    field.word(cx, &WORDS)
}

/// Merges a reader's limits: the SDK has one limit for a stream, whatever reads it, so the smallest counts.
fn cardinality(reader: &Mapping<'_, '_>, limits: &mut CardinalityLimits) {
    let Some(field) = reader.field("cardinality_limits") else { return };
    let Some(mapping) = Mapping::open(reader.cx, field, &CARDINALITY_LIMITS) else { return };
    let merge = |held: &mut Option<usize>, key| {
        if let Some(limit) = mapping.limit(key, MAX_CARDINALITY) {
            *held = Some(held.map_or(limit, |held| held.min(limit)));
        }
    };
    merge(&mut limits.default, "default");
    merge(&mut limits.counter, "counter");
    merge(&mut limits.gauge, "gauge");
    merge(&mut limits.histogram, "histogram");
    merge(&mut limits.observable_counter, "observable_counter");
    merge(&mut limits.observable_gauge, "observable_gauge");
    merge(&mut limits.observable_up_down_counter, "observable_up_down_counter");
    merge(&mut limits.up_down_counter, "up_down_counter");
}
