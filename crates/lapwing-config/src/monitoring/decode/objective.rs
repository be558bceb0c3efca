//! Objectives, and runbooks, which alerts have too.

use std::time::Duration;

use super::value;
use crate::{
    cursor::{Context, Field, Mapping},
    keys::{GOOD, OBJECTIVE, RUNBOOK},
    monitoring::{Good, Objective, Runbook},
};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn objective(cx: &Context, field: Field<'_>) -> Option<Objective> {
    let mapping = Mapping::open(cx, field, &OBJECTIVE)?;
    let name = mapping.required("name").and_then(|field| value::kebab(cx, field));
    let summary = mapping.required("summary").and_then(|field| field.text(cx));
    let target = mapping.required("target");
    let target = target.and_then(|field| value::between(cx, field, 0.0, 100.0, "percent of events, such as 99.9"));
    let window = value::at_least(&mapping, "window", DAY, "at least a day, `1d`", DAY * 30);
    let good = mapping.required("good").and_then(|field| good(cx, field));
    let min_events = value::events(&mapping, "min_events", 10);
    let runbook = runbook(&mapping);
    let (summary, target) = (summary?.to_owned(), target?);
    Some(Objective { name: name?, summary, target, window, good: good?, min_events, runbook })
}

fn good(cx: &Context, field: Field<'_>) -> Option<Good> {
    let mapping = Mapping::open(cx, field, &GOOD)?;
    let instrument = mapping.required("instrument").and_then(|field| value::text(cx, field));
    let labels = |key| mapping.field(key).map(|field| value::filter(cx, field)).unwrap_or_default();
    let (good, of) = (labels("where"), labels("of"));
    let Some(within) = mapping.field("within") else {
        if mapping.field("where").is_none() {
            let help = "add `where`: the labels of a good event, or `within`: the longest it may take".to_owned();
            cx.error(mapping.place, "`good` does not say what a good event is", Some(help));
            return None;
        }
        return Some(Good::Events { instrument: instrument?, good, of });
    };
    let bound = value::number(cx, within)?;
    if bound.value <= 0.0 {
        cx.error(within.place(), "`within` must be above 0", None);
        return None;
    }
    Some(Good::Within { instrument: instrument?, within: bound, good, of })
}

pub(super) fn runbook(mapping: &Mapping<'_, '_>) -> Runbook {
    let field = mapping.field("runbook");
    let Some(mapping) = field.and_then(|field| Mapping::open(mapping.cx, field, &RUNBOOK)) else {
        return Runbook::default();
    };
    Runbook {
        meaning: mapping.text("meaning").unwrap_or_default(),
        steps: mapping.strings("steps").unwrap_or_default(),
        tuning: mapping.text("tuning").unwrap_or_default(),
    }
}
