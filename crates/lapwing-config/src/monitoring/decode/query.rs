//! Queries, which conditions and panels share.

use std::time::Duration;

use super::value;
use crate::{
    cursor::{Context, Field, Mapping},
    keys::{INCREASE, QUANTILE, RATE, SHARE, VALUE},
    monitoring::{Aggregate, Query, Series},
};

const OVER: Duration = Duration::from_secs(300);

/// The query under the key that was chosen; `key` is that of the table.
pub(super) fn query(cx: &Context, key: &'static str, field: Field<'_>) -> Option<Query> {
    match key {
        "quantile" => {
            let mapping = Mapping::open(cx, field, &QUANTILE)?;
            let q = mapping.required("q");
            let q = q.and_then(|q| value::between(cx, q, 0.0, 1.0, "0.95 asks for what 95 % do not exceed"));
            let of = series(&mapping, true);
            Some(Query::Quantile { of: of?, q: q? })
        }
        "rate" => {
            let mapping = Mapping::open(cx, field, &RATE)?;
            let per = value::positive(&mapping, "per", Duration::from_secs(1));
            Some(Query::Rate { of: series(&mapping, true)?, per })
        }
        "increase" => Some(Query::Increase(series(&Mapping::open(cx, field, &INCREASE)?, true)?)),
        "share" => {
            let mapping = Mapping::open(cx, field, &SHARE)?;
            let part = mapping.required("part").map(|field| value::filter(cx, field));
            let of = series(&mapping, true);
            Some(Query::Share { of: of?, part: part? })
        }
        "value" => {
            let mapping = Mapping::open(cx, field, &VALUE)?;
            let words = [
                ("sum", Aggregate::Sum),
                ("max", Aggregate::Max),
                ("min", Aggregate::Min),
                ("avg", Aggregate::Avg),
                ("count", Aggregate::Count),
            ];
            let aggregate = mapping.word("aggregate", &words).unwrap_or_default();
            Some(Query::Value { of: series(&mapping, false)?, aggregate })
        }
        _ => value::text(cx, field).map(Query::PromQl),
    }
}

fn series(mapping: &Mapping<'_, '_>, has_window: bool) -> Option<Series> {
    let cx = mapping.cx;
    let instrument = mapping.required("instrument").and_then(|field| value::text(cx, field));
    let over = if has_window { value::positive(mapping, "over", OVER) } else { OVER };
    let by = value::distinct(mapping, "by");
    let filter = mapping.field("where").map(|field| value::filter(cx, field)).unwrap_or_default();
    Some(Series { instrument: instrument?, over, by, filter })
}
