//! `monitoring.yaml`: queries on declared signals, which conditions and panels share.

use super::{Bound, Key, Object, Type, own, served};

const QUANTILE_KEY: Key =
    served("quantile", Type::Object(&QUANTILE), "quantile of a histogram, in the instrument's unit", "");
const RATE_KEY: Key = served("rate", Type::Object(&RATE), "rate: events in a time", "");
const INCREASE_KEY: Key = served("increase", Type::Object(&INCREASE), "increase: events in the window", "");
const SHARE_KEY: Key = served("share", Type::Object(&SHARE), "share: which part of the events, 0 to 1", "");
const VALUE_KEY: Key = served("value", Type::Object(&VALUE), "value of a gauge, now", "");
const PROMQL_KEY: Key = served("promql", Type::Text, "string: any expression of PromQL", "");

const QUERIES: &[&str] = &["quantile", "rate", "increase", "share", "value", "promql"];
const THRESHOLD: Type = Type::NumberOrDuration;

pub(crate) static CONDITION: Object = Object {
    groups: &[QUERIES, &["promql", "above", "below", "equals"]],
    ..own(
        "condition",
        &[
            QUANTILE_KEY,
            RATE_KEY,
            INCREASE_KEY,
            SHARE_KEY,
            VALUE_KEY,
            served("promql", Type::Text, "string: any expression of PromQL, which says its threshold itself", ""),
            served(
                "above",
                THRESHOLD,
                "number in the unit of what is asked, or duration, which is converted to it",
                "",
            ),
            served(
                "below",
                THRESHOLD,
                "number in the unit of what is asked, or duration, which is converted to it",
                "",
            ),
            served(
                "equals",
                THRESHOLD,
                "number in the unit of what is asked, or duration, which is converted to it",
                "",
            ),
            served("min_events", Type::Integer(0, i64::MAX), "integer ≥ 0: how many events the window must have", "0"),
        ],
    )
};

pub(crate) static PANEL_QUERY: Object = Object {
    groups: &[QUERIES],
    ..own(
        "query",
        &[
            QUANTILE_KEY,
            RATE_KEY,
            INCREASE_KEY,
            SHARE_KEY,
            VALUE_KEY,
            PROMQL_KEY,
            served("legend", Type::Form("", "{{backend}}"), "string, a template of Grafana", "Grafana's"),
        ],
    )
};

const INSTRUMENT: Key = served(
    "instrument",
    Type::Text,
    "string: its OpenTelemetry name, or the Prometheus name of a metric that Lapwing exports itself",
    "required",
);
const OVER: Key = served("over", Type::Duration, "duration, the window", "`5m`");
const BY: Key = served(
    "by",
    Type::List(&Type::Text),
    "list of string: labels that stay apart, also those of the target, such as `instance`",
    "none",
);
const WHERE: Key = served(
    "where",
    Type::Filter,
    "labels that series must have, also those of the target, each with its value or a list of them",
    "all series",
);

pub(crate) static QUANTILE: Object = own(
    "quantile",
    &[
        INSTRUMENT,
        served("q", Type::Number(Bound::Beyond(0.0), Bound::Beyond(1.0)), "number above 0 and below 1", "required"),
        OVER,
        BY,
        WHERE,
    ],
);

pub(crate) static RATE: Object =
    own("rate", &[INSTRUMENT, OVER, served("per", Type::Duration, "duration: events in this time", "`1s`"), BY, WHERE]);

pub(crate) static INCREASE: Object = own("increase", &[INSTRUMENT, OVER, BY, WHERE]);

pub(crate) static SHARE: Object = own(
    "share",
    &[
        INSTRUMENT,
        served("part", Type::Filter, "labels that the part has, each with its value or a list of them", "required"),
        OVER,
        BY,
        WHERE,
    ],
);

pub(crate) static VALUE: Object = own(
    "value",
    &[
        INSTRUMENT,
        served(
            "aggregate",
            Type::Words(&["sum", "max", "min", "avg", "count"]),
            "`sum`, `max`, `min`, `avg` or `count`: how series are joined that `by` does not tell apart",
            "`max`",
        ),
        BY,
        WHERE,
    ],
);
