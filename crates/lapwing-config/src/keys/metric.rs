//! `meter_provider`.

use super::{
    Bound, CONSOLE_METRIC, Edition, Key, OTLP_GRPC_METRIC, OTLP_HTTP_METRIC, Object, Type, choice, object, served,
    unserved,
};

pub(crate) static METER_PROVIDER: Object = object(
    "meter_provider",
    "MeterProvider",
    &[
        served("readers", Type::Objects(&METRIC_READER), "list of reader; at most one `pull`", "required"),
        served("views", Type::Objects(&VIEW), "list of view", ""),
        served(
            "exemplar_filter",
            Type::Words(&["always_on", "always_off", "trace_based"]),
            "`always_on`, `always_off` or `trace_based`",
            "`trace_based`",
        ),
        unserved("meter_configurator/development", "the Rust SDK cannot configure single meters; a view can `drop`"),
    ],
);

pub(crate) static METRIC_READER: Object = choice(
    "readers",
    "MetricReader",
    &[served("periodic", Type::Object(&PERIODIC), "periodic", ""), served("pull", Type::Object(&PULL), "pull", "")],
);

const PRODUCERS: Key = unserved("producers", "the Rust SDK has no metric producers");
const CARDINALITY: Key = served(
    "cardinality_limits",
    Type::Object(&CARDINALITY_LIMITS),
    "cardinality_limits; of several readers the smallest limit counts",
    "",
);

pub(crate) static PULL: Object = object(
    "pull",
    "PullMetricReader",
    &[served("exporter", Type::Object(&PULL_EXPORTER), "pull exporter", "required"), PRODUCERS, CARDINALITY],
);

pub(crate) static PULL_EXPORTER: Object = choice(
    "pull exporter",
    "PullMetricExporter",
    &[served("prometheus/development", Type::Object(&PROMETHEUS), "prometheus/development", "")],
);

pub(crate) static PROMETHEUS: Object = object(
    "prometheus/development",
    "ExperimentalPrometheusMetricExporter",
    &[
        served("host", Type::Text, "string", "`localhost`"),
        served("port", Type::Integer(0, 65535), "integer, 0 to 65535; 0: any free one", "9464"),
        served("scope_info_enabled", Type::Boolean, "boolean", "`true`")
            .only(Edition::V1_1, "write `without_scope_info`, which means the opposite, or set file_format: \"1.1\""),
        served("target_info_enabled/development", Type::Boolean, "boolean", "`true`").only(
            Edition::V1_1,
            "write `without_target_info/development`, which means the opposite, or set file_format: \"1.1\"",
        ),
        served(
            "resource_constant_labels",
            Type::Object(&INCLUDE_EXCLUDE),
            "include_exclude over keys of resource attributes",
            "none",
        )
        .only(Edition::V1_1, "write `with_resource_constant_labels`, or set file_format: \"1.1\""),
        served(
            "translation_strategy",
            Type::Words(&[
                "underscore_escaping_with_suffixes",
                "underscore_escaping_without_suffixes/development",
                "no_utf8_escaping_with_suffixes/development",
                "no_translation/development",
            ]),
            "`underscore_escaping_with_suffixes`, `underscore_escaping_without_suffixes/development`, \
             `no_utf8_escaping_with_suffixes/development` or `no_translation/development`",
            "`underscore_escaping_with_suffixes`",
        ),
        served("without_scope_info", Type::Boolean, "boolean", "`false`")
            .only(Edition::V1_0, "write `scope_info_enabled`, which means the opposite"),
        served("without_target_info/development", Type::Boolean, "boolean", "`false`")
            .only(Edition::V1_0, "write `target_info_enabled/development`, which means the opposite"),
        served(
            "with_resource_constant_labels",
            Type::Object(&INCLUDE_EXCLUDE),
            "include_exclude over keys of resource attributes",
            "none",
        )
        .only(Edition::V1_0, "write `resource_constant_labels`"),
    ],
);

pub(crate) static PERIODIC: Object = object(
    "periodic",
    "PeriodicMetricReader",
    &[
        served("interval", Type::Integer(0, i64::MAX), "integer ≥ 0, ms; 0 counts as 1", "60000"),
        served("timeout", Type::Integer(0, i64::MAX), "integer ≥ 0, ms; 0: no limit", "30000"),
        unserved("max_export_batch_size/development", "the Rust SDK exports all metrics at once"),
        served("exporter", Type::Object(&PUSH_EXPORTER), "push exporter", "required"),
        PRODUCERS,
        CARDINALITY,
    ],
);

pub(crate) static PUSH_EXPORTER: Object = choice(
    "push exporter",
    "PushMetricExporter",
    &[
        served("otlp_http", Type::Object(&OTLP_HTTP_METRIC), "otlp_http of metrics", ""),
        served("otlp_grpc", Type::Object(&OTLP_GRPC_METRIC), "otlp_grpc of metrics", ""),
        unserved(
            "otlp_file/development",
            "Lapwing exports by `otlp_http`, `otlp_grpc` and `console`; this reader is left out",
        ),
        served("console", Type::Object(&CONSOLE_METRIC), "console of metrics", ""),
    ],
);

const LIMIT: &str = "integer, 1 to 100000";
const FROM_DEFAULT: &str = "that of `default`";

pub(crate) static CARDINALITY_LIMITS: Object = object(
    "cardinality_limits",
    "CardinalityLimits",
    &[
        served("default", Type::Integer(1, 100000), LIMIT, "2000"),
        served("counter", Type::Integer(1, 100000), LIMIT, FROM_DEFAULT),
        served("gauge", Type::Integer(1, 100000), LIMIT, FROM_DEFAULT),
        served("histogram", Type::Integer(1, 100000), LIMIT, FROM_DEFAULT),
        served("observable_counter", Type::Integer(1, 100000), LIMIT, FROM_DEFAULT),
        served("observable_gauge", Type::Integer(1, 100000), LIMIT, FROM_DEFAULT),
        served("observable_up_down_counter", Type::Integer(1, 100000), LIMIT, FROM_DEFAULT),
        served("up_down_counter", Type::Integer(1, 100000), LIMIT, FROM_DEFAULT),
    ],
);

pub(crate) static VIEW: Object = object(
    "views",
    "View",
    &[
        served("selector", Type::Object(&SELECTOR), "selector", "required"),
        served("stream", Type::Object(&STREAM), "stream", "required"),
    ],
);

pub(crate) static SELECTOR: Object = object(
    "selector",
    "ViewSelector",
    &[
        served("instrument_name", Type::Text, "glob", "all"),
        served(
            "instrument_type",
            Type::Words(&[
                "counter",
                "gauge",
                "histogram",
                "observable_counter",
                "observable_gauge",
                "observable_up_down_counter",
                "up_down_counter",
            ]),
            "`counter`, `gauge`, `histogram`, `observable_counter`, `observable_gauge`, \
             `observable_up_down_counter` or `up_down_counter`",
            "all",
        ),
        served("unit", Type::Text, "string", "all"),
        served("meter_name", Type::Text, "string", "all"),
        served("meter_version", Type::Text, "string", "all"),
        served("meter_schema_url", Type::Text, "string", "all"),
    ],
);

pub(crate) static STREAM: Object = object(
    "stream",
    "ViewStream",
    &[
        served("name", Type::Text, "string", "the instrument's"),
        served("description", Type::Text, "string", "the instrument's"),
        served("aggregation", Type::Object(&AGGREGATION), "aggregation", "`default`"),
        served("aggregation_cardinality_limit", Type::Integer(1, 100000), LIMIT, "the reader's"),
        served("attribute_keys", Type::Object(&INCLUDE_EXCLUDE), "include_exclude over attribute keys", "all"),
    ],
);

pub(crate) static AGGREGATION: Object = choice(
    "aggregation",
    "Aggregation",
    &[
        served(
            "default",
            Type::Object(&DEFAULT_AGGREGATION),
            "null or empty mapping: by the instrument's kind and its own boundaries",
            "",
        ),
        served("drop", Type::Object(&DROP_AGGREGATION), "null or empty mapping", ""),
        served("explicit_bucket_histogram", Type::Object(&EXPLICIT_BUCKETS), "explicit_bucket_histogram", ""),
        served(
            "base2_exponential_bucket_histogram",
            Type::Object(&EXPONENTIAL_BUCKETS),
            "base2_exponential_bucket_histogram",
            "",
        ),
        served("last_value", Type::Object(&LAST_VALUE_AGGREGATION), "null or empty mapping", ""),
        served("sum", Type::Object(&SUM_AGGREGATION), "null or empty mapping", ""),
    ],
);

pub(crate) static DEFAULT_AGGREGATION: Object = object("default", "DefaultAggregation", &[]);
pub(crate) static DROP_AGGREGATION: Object = object("drop", "DropAggregation", &[]);
pub(crate) static SUM_AGGREGATION: Object = object("sum", "SumAggregation", &[]);
pub(crate) static LAST_VALUE_AGGREGATION: Object = object("last_value", "LastValueAggregation", &[]);

pub(crate) static EXPLICIT_BUCKETS: Object = object(
    "explicit_bucket_histogram",
    "ExplicitBucketHistogramAggregation",
    &[
        served(
            "boundaries",
            Type::List(&Type::Number(Bound::None, Bound::None)),
            "list of finite numbers, rising, each once; may be empty",
            "[0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000]",
        ),
        served("record_min_max", Type::Boolean, "boolean", "`true`"),
    ],
);

pub(crate) static EXPONENTIAL_BUCKETS: Object = object(
    "base2_exponential_bucket_histogram",
    "Base2ExponentialBucketHistogramAggregation",
    &[
        served("max_scale", Type::Integer(-10, 20), "integer, -10 to 20", "20"),
        served("max_size", Type::Integer(2, 16384), "integer, 2 to 16384", "160"),
        served("record_min_max", Type::Boolean, "boolean", "`true`"),
    ],
);

pub(crate) static INCLUDE_EXCLUDE: Object = object(
    "include_exclude",
    "IncludeExclude",
    &[
        served("included", Type::List(&Type::Text), "list of glob", "all"),
        served("excluded", Type::List(&Type::Text), "list of glob; wins over `included`", "none"),
    ],
);
