//! Lapwing's own keys, `instrumentation/development.rust.lapwing`.

use super::{Bound, Key, Object, Type, own, served};

pub(crate) static LAPWING: Object = own(
    "lapwing",
    &[
        served("rules", Type::Objects(&RULE), "list of rule", ""),
        served("default_rule", Type::Object(&DEFAULT_RULE), "default_rule: measures spans that no rule matches", ""),
        served("gauges", Type::Objects(&GAUGE), "list of gauge", ""),
        served("endpoint", Type::Object(&ENDPOINT), "endpoint", ""),
        served("log", Type::Object(&LOG), "log", ""),
        served("created_samples", Type::Boolean, "boolean: `_created` samples in OpenMetrics", "`false`"),
        served("process_metrics", Type::Boolean, "boolean: `process_*` metrics", "`true`"),
    ],
);

const TARGET: Key = served("target", Type::Text, "glob over the target (module path)", "all");
const LEVEL: Key = served(
    "level",
    Type::Words(&["trace", "debug", "info", "warn", "error"]),
    "`trace`, `debug`, `info`, `warn` or `error`: the least severe level that matches",
    "all",
);
const OUTCOME_KEY: Key = served("outcome", Type::Object(&OUTCOME), "outcome", "`otel.status_code`, then ERROR events");
const TIMING: Key = served(
    "timing",
    Type::Words(&["elapsed", "busy"]),
    "`elapsed` (creation to close) or `busy` (entered)",
    "`elapsed`",
);
const LOG_OVER: Key = served(
    "log_over",
    Type::Integer(1, i64::MAX),
    "integer ≥ 1, ms: spans that took as long are logged at WARN",
    "none",
);
const DURATION_KEY: Key = served("duration", Type::Object(&DURATION), "duration: histogram of how long spans took", "");
const CALLS: Key =
    served("calls", Type::Object(&INSTRUMENT), "instrument: counter of closed spans or emitted events", "");
const ERRORS: Key =
    served("errors", Type::Object(&INSTRUMENT), "instrument: counter of those with outcome `error`", "");
const IN_FLIGHT: Key =
    served("in_flight", Type::Object(&INSTRUMENT), "instrument: up/down counter of spans not yet closed", "");
const HISTOGRAMS: Key = served("histograms", Type::Objects(&FIELD_HISTOGRAM), "list of field histogram", "");
const COUNTERS: Key = served("counters", Type::Objects(&FIELD_COUNTER), "list of field counter", "");

pub(crate) static RULE: Object = own(
    "rule",
    &[
        served("span", Type::Text, "glob over span names; this or `event`", ""),
        served("event", Type::Text, "glob over event names; this or `span`", ""),
        TARGET,
        LEVEL,
        OUTCOME_KEY,
        TIMING,
        LOG_OVER,
        DURATION_KEY,
        CALLS,
        ERRORS,
        IN_FLIGHT,
        HISTOGRAMS,
        COUNTERS,
    ],
);

pub(crate) static DEFAULT_RULE: Object = own(
    "default_rule",
    &[TARGET, LEVEL, OUTCOME_KEY, TIMING, LOG_OVER, DURATION_KEY, CALLS, ERRORS, IN_FLIGHT, HISTOGRAMS, COUNTERS],
);

pub(crate) static OUTCOME: Object = own(
    "outcome",
    &[
        served("field", Type::Text, "string: the field that says it", "required"),
        served(
            "errors",
            Type::List(&Type::Text),
            "list of string: its values that mean `error`",
            "`error`, `err`, `failed`, `failure`, `false`, `ERROR`",
        ),
    ],
);

const NAME: Key = served("instrument", Type::Text, "string, an OpenTelemetry instrument name", "required");
const DESCRIPTION: Key =
    served("description", Type::Text, "string, the metric's HELP", "of another rule's same instrument");
const UNIT: Key = served("unit", Type::Text, "string, UCUM", "of another rule's same instrument");
const LABELS: Key =
    served("labels", Type::Mixed(&LABEL), "list of field name, `outcome`, `span_name` or label", "none");
const BOUNDARIES: Key = served(
    "boundaries",
    Type::List(&Type::Number(Bound::None, Bound::None)),
    "list of finite numbers, rising, each once; a view wins",
    "the view's, else the SDK's",
);
const DURATION_BOUNDARIES: Key = served(
    "boundaries",
    Type::List(&Type::Number(Bound::None, Bound::None)),
    "list of finite numbers, rising, each once; a view wins",
    "the view's, else 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10 s in the unit",
);
const SERIES_LIMIT: Key = served(
    "series_limit",
    Type::Integer(1, 100000),
    "integer, 1 to 100000: label sets before overflow",
    "the view's, else the reader's limit, else 2000",
);
const FIELD: Key = served("field", Type::Text, "string: the numeric field", "required");

pub(crate) static DURATION: Object = own(
    "duration",
    &[
        NAME,
        served("unit", Type::Words(&["s", "ms", "us", "ns"]), "`s`, `ms`, `us` or `ns`", "`s`"),
        DESCRIPTION,
        LABELS,
        DURATION_BOUNDARIES,
        SERIES_LIMIT,
    ],
);

pub(crate) static INSTRUMENT: Object = own("instrument", &[NAME, UNIT, DESCRIPTION, LABELS, SERIES_LIMIT]);

pub(crate) static FIELD_HISTOGRAM: Object =
    own("field histogram", &[FIELD, NAME, UNIT, DESCRIPTION, LABELS, BOUNDARIES, SERIES_LIMIT]);

pub(crate) static FIELD_COUNTER: Object = own("field counter", &[FIELD, NAME, UNIT, DESCRIPTION, LABELS, SERIES_LIMIT]);

pub(crate) static LABEL: Object = own(
    "label",
    &[
        served("name", Type::Text, "string", "required"),
        served(
            "field",
            Type::Text,
            "string: the field with the value; one of `field`, `value`, `from`",
            "the label's name",
        ),
        served("value", Type::Text, "string: always this value", ""),
        served("from", Type::Words(&["outcome", "span_name"]), "`outcome` or `span_name`", ""),
        served("default", Type::Text, "string: where the field is missing", "the label is left out"),
        served("values", Type::List(&Type::Text), "list of string: any other value becomes `other`", "all"),
    ],
);

pub(crate) static GAUGE: Object = own(
    "gauge",
    &[
        served("source", Type::Text, "string: the name that code registers", "required"),
        served("instrument", Type::Text, "string, an OpenTelemetry instrument name", "required"),
        served("unit", Type::Text, "string, UCUM", "none"),
        served("description", Type::Text, "string, the metric's HELP", "none"),
        served("labels", Type::List(&Type::Text), "list of string: labels the source may set", "none"),
    ],
);

pub(crate) static ENDPOINT: Object = own(
    "endpoint",
    &[
        served(
            "serve",
            Type::Words(&["listener", "mounted"]),
            "`listener` (own port) or `mounted` (by the service)",
            "`listener`",
        ),
        served("path", Type::Text, "string, beginning with `/`", "`/metrics`"),
        served("token_file", Type::Text, "path of a bearer token, re-read on change; never the token itself", "none"),
        served("allow", Type::List(&Type::Text), "list of network (CIDR) or address that may scrape", "all"),
        served(
            "trusted_proxies",
            Type::List(&Type::Text),
            "list of network (CIDR) or address of proxies whose `X-Forwarded-For` and `Forwarded` count",
            "none",
        ),
        served("max_in_flight", Type::Integer(1, 1024), "integer, 1 to 1024", "8"),
        served("timeout", Type::Integer(1, i64::MAX), "integer ≥ 1, ms", "10000"),
        served(
            "rate_limit",
            Type::Number(Bound::Beyond(0.0), Bound::None),
            "number > 0, requests a second per client",
            "none",
        ),
    ],
);

pub(crate) static LOG: Object = own(
    "log",
    &[
        served("filter", Type::Text, "string, as in `RUST_LOG`, which wins over it", "`info`"),
        served("format", Type::Words(&["text", "json", "off"]), "`text`, `json` or `off`", "`text`"),
    ],
);
