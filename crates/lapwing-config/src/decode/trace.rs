//! `tracer_provider`.

use std::time::Duration;

use super::{empty, exporter};
use crate::{
    Sampler, SpanLimits, SpanProcessor, Tracer,
    cursor::{Context, Field, Mapping},
    keys::{
        ALWAYS_OFF, ALWAYS_ON, BATCH, ID_GENERATOR, PARENT_BASED, RANDOM, SAMPLER, SIMPLE, SPAN_LIMITS, SPAN_PROCESSOR,
        TRACE_ID_RATIO, TRACER_PROVIDER,
    },
};

/// The SDK sets aside memory for the whole queue.
const MAX_QUEUE: usize = 1_000_000;

pub(super) fn tracer(cx: &Context, field: Field<'_>) -> Option<Tracer> {
    let mapping = Mapping::open(cx, field, &TRACER_PROVIDER)?;
    let mut tracer = Tracer::default();
    mapping.required("processors");
    if let Some((list, items)) = mapping.items("processors") {
        tracer.processors = items.iter().filter_map(|node| processor(cx, list.item(node))).collect();
    }
    if let Some(field) = mapping.field("sampler") {
        tracer.sampler = sampler(cx, field).unwrap_or_default();
    }
    tracer.limits = mapping.field("limits").map(|field| limits(cx, field)).unwrap_or_default();
    let generator = mapping.field("id_generator").and_then(|field| Mapping::open(cx, field, &ID_GENERATOR));
    if let Some(random) = generator.and_then(|mapping| mapping.choice()) {
        empty(cx, random, &RANDOM);
    }
    Some(tracer)
}

fn processor(cx: &Context, field: Field<'_>) -> Option<SpanProcessor> {
    let choice = Mapping::open(cx, field, &SPAN_PROCESSOR)?.choice()?;
    if choice.key == "simple" {
        let simple = Mapping::open(cx, choice, &SIMPLE)?;
        let exporter = exporter::span(cx, simple.required("exporter")?)?;
        return Some(SpanProcessor::Simple { exporter });
    }
    let batch = Mapping::open(cx, choice, &BATCH)?;
    let max_queue_size = batch.limit("max_queue_size", MAX_QUEUE).unwrap_or(2048);
    let max_export_batch_size = batch.limit("max_export_batch_size", MAX_QUEUE).unwrap_or(512);
    if max_export_batch_size > max_queue_size {
        let given = batch.field("max_export_batch_size").or_else(|| batch.field("max_queue_size"));
        let message = format!(
            "`max_export_batch_size` ({max_export_batch_size}) is larger than `max_queue_size` ({max_queue_size})"
        );
        let help = "a batch comes out of the queue and cannot be larger".to_owned();
        cx.error(given.map_or(batch.place, |field| field.place()), message, Some(help));
    }
    let schedule_delay = batch.milliseconds("schedule_delay", 0, 5000).max(Duration::from_millis(1));
    let export_timeout = batch.timeout("export_timeout", 30_000);
    let exporter = exporter::span(cx, batch.required("exporter")?)?;
    Some(SpanProcessor::Batch { exporter, schedule_delay, export_timeout, max_queue_size, max_export_batch_size })
}

fn limits(cx: &Context, field: Field<'_>) -> SpanLimits {
    let Some(mapping) = Mapping::open(cx, field, &SPAN_LIMITS) else { return SpanLimits::default() };
    let limit = |key| mapping.integer(key, 0..=i64::from(u32::MAX)).and_then(|value| u32::try_from(value).ok());
    SpanLimits {
        attribute_count: limit("attribute_count_limit"),
        event_count: limit("event_count_limit"),
        link_count: limit("link_count_limit"),
        event_attribute_count: limit("event_attribute_count_limit"),
        link_attribute_count: limit("link_attribute_count_limit"),
    }
}

fn sampler(cx: &Context, field: Field<'_>) -> Option<Sampler> {
    let choice = Mapping::open(cx, field, &SAMPLER)?.choice()?;
    match choice.key {
        "always_on" => {
            empty(cx, choice, &ALWAYS_ON);
            Some(Sampler::AlwaysOn)
        }
        "always_off" => {
            empty(cx, choice, &ALWAYS_OFF);
            Some(Sampler::AlwaysOff)
        }
        "trace_id_ratio_based" => {
            let mapping = Mapping::open(cx, choice, &TRACE_ID_RATIO)?;
            let Some(field) = mapping.field("ratio") else { return Some(Sampler::TraceIdRatio(1.0)) };
            let ratio = field.number(cx)?;
            if !(0.0..=1.0).contains(&ratio) {
                let help = "0.01 samples one trace in a hundred".to_owned();
                cx.error(field.place(), "`ratio` must be from 0 to 1", Some(help));
                return None;
            }
            Some(Sampler::TraceIdRatio(ratio))
        }
        "parent_based" => {
            let mapping = Mapping::open(cx, choice, &PARENT_BASED)?;
            let root = match mapping.field("root") {
                Some(field) => sampler(cx, field).unwrap_or(Sampler::AlwaysOn),
                None => Sampler::AlwaysOn,
            };
            for (key, fixed, word) in [
                ("remote_parent_sampled", Sampler::AlwaysOn, "always_on"),
                ("remote_parent_not_sampled", Sampler::AlwaysOff, "always_off"),
                ("local_parent_sampled", Sampler::AlwaysOn, "always_on"),
                ("local_parent_not_sampled", Sampler::AlwaysOff, "always_off"),
            ] {
                let Some(field) = mapping.field(key) else { continue };
                if sampler(cx, field).is_some_and(|given| given != fixed) {
                    let message =
                        format!("`{key}` in `parent_based` has no effect: the Rust SDK always uses `{word}` here");
                    cx.warning(field.key_place, message, None);
                }
            }
            Some(Sampler::ParentBased(Box::new(root)))
        }
        _ => None,
    }
}
