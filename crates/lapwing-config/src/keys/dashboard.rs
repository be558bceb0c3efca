//! `monitoring.yaml`: the dashboard.

use super::{Object, PANEL_QUERY, Type, own, served};

pub(crate) static DASHBOARD: Object = own(
    "dashboard",
    &[
        served("title", Type::Text, "string", "the service"),
        served(
            "uid",
            Type::Form("^[A-Za-z0-9_-]{1,40}$", "sigil-v2"),
            "string of letters, digits, `_`, `-`, at most 40: fixed, so that links stay",
            "the service",
        ),
        served("refresh", Type::Duration, "duration", "`30s`"),
        served("from", Type::Form("^now", "now-1h"), "string: start of the window that is shown first", "`now-1h`"),
        served("variables", Type::Objects(&VARIABLE), "list of variable", "none"),
        served("rows", Type::Objects(&ROW), "list of row", "none"),
    ],
);

pub(crate) static VARIABLE: Object = own(
    "variable",
    &[
        served(
            "label",
            Type::Text,
            "string, each once: the label, whose panels it filters, and its own name",
            "required",
        ),
        served("instrument", Type::Text, "string: whose series have the values", "required"),
    ],
);

pub(crate) static ROW: Object = own(
    "row",
    &[
        served("title", Type::Text, "string", "required"),
        served("collapsed", Type::Boolean, "boolean", "`false`"),
        served("panels", Type::Objects(&PANEL), "list of panel", "required"),
    ],
);

/// Words of `kind`.
pub(crate) const KINDS: [&str; 8] =
    ["time_series", "stat", "gauge", "bar_gauge", "state_timeline", "pie_chart", "heatmap", "table"];

pub(crate) static PANEL: Object = own(
    "panel",
    &[
        served("title", Type::Text, "string", "required"),
        served("description", Type::Text, "string", "none"),
        served(
            "kind",
            Type::Words(&KINDS),
            "`time_series`, `stat`, `gauge`, `bar_gauge`, `state_timeline`, `pie_chart`, `heatmap` or `table`",
            "required",
        ),
        served(
            "unit",
            Type::Form("", "percentunit"),
            "string: Grafana's id of a unit",
            "as the instrument's unit says",
        ),
        served("queries", Type::Objects(&PANEL_QUERY), "list of query", "required"),
        served(
            "thresholds",
            Type::Objects(&THRESHOLD),
            "list of threshold; the first is the base and has no `at`",
            "none",
        ),
        served("mappings", Type::Objects(&MAPPING), "list of mapping", "none"),
        served("width", Type::Integer(1, 24), "integer, 1 to 24: columns of Grafana's 24", "8"),
    ],
);

pub(crate) static THRESHOLD: Object = own(
    "threshold",
    &[
        served("at", Type::NumberOrDuration, "number, or duration in seconds, rising: from here on", ""),
        served("color", Type::Form("", "green"), "string: a colour of Grafana", "required"),
    ],
);

pub(crate) static MAPPING: Object = own(
    "mapping",
    &[
        served("value", Type::Number(super::Bound::None, super::Bound::None), "number", "required"),
        served("text", Type::Text, "string to show instead", "required"),
        served("color", Type::Form("", "green"), "string: a colour of Grafana", "none"),
    ],
);
