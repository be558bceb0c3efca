//! `meter_provider`.

use super::{Edition, Key, Object, choice, object, served, unserved};

pub(crate) static METER_PROVIDER: Object = object(
    "meter_provider",
    "MeterProvider",
    &[
        served("readers", "list of reader; at most one `pull`", "required"),
        served("views", "list of view", ""),
        served("exemplar_filter", "`always_on`, `always_off` or `trace_based`", "`trace_based`"),
        unserved("meter_configurator/development", "the Rust SDK cannot configure single meters; a view can `drop`"),
    ],
);

pub(crate) static METRIC_READER: Object =
    choice("readers", "MetricReader", &[served("periodic", "periodic", ""), served("pull", "pull", "")]);

const PRODUCERS: Key = unserved("producers", "the Rust SDK has no metric producers");
const CARDINALITY: Key =
    served("cardinality_limits", "cardinality_limits; of several readers the smallest limit counts", "");

pub(crate) static PULL: Object =
    object("pull", "PullMetricReader", &[served("exporter", "pull exporter", "required"), PRODUCERS, CARDINALITY]);

pub(crate) static PULL_EXPORTER: Object =
    choice("pull exporter", "PullMetricExporter", &[served("prometheus/development", "prometheus/development", "")]);

pub(crate) static PROMETHEUS: Object = object(
    "prometheus/development",
    "ExperimentalPrometheusMetricExporter",
    &[
        served("host", "string", "`localhost`"),
        served("port", "integer, 0 to 65535; 0: any free one", "9464"),
        served("scope_info_enabled", "boolean", "`true`")
            .only(Edition::V1_1, "write `without_scope_info`, which means the opposite, or set file_format: \"1.1\""),
        served("target_info_enabled/development", "boolean", "`true`").only(
            Edition::V1_1,
            "write `without_target_info/development`, which means the opposite, or set file_format: \"1.1\"",
        ),
        served("resource_constant_labels", "include_exclude over keys of resource attributes", "none")
            .only(Edition::V1_1, "write `with_resource_constant_labels`, or set file_format: \"1.1\""),
        served(
            "translation_strategy",
            "`underscore_escaping_with_suffixes`, `underscore_escaping_without_suffixes/development`, \
             `no_utf8_escaping_with_suffixes/development` or `no_translation/development`",
            "`underscore_escaping_with_suffixes`",
        ),
        served("without_scope_info", "boolean", "`false`")
            .only(Edition::V1_0, "write `scope_info_enabled`, which means the opposite"),
        served("without_target_info/development", "boolean", "`false`")
            .only(Edition::V1_0, "write `target_info_enabled/development`, which means the opposite"),
        served("with_resource_constant_labels", "include_exclude over keys of resource attributes", "none")
            .only(Edition::V1_0, "write `resource_constant_labels`"),
    ],
);

pub(crate) static PERIODIC: Object = object(
    "periodic",
    "PeriodicMetricReader",
    &[
        served("interval", "integer ≥ 0, ms; 0 counts as 1", "60000"),
        served("timeout", "integer ≥ 0, ms; 0: no limit", "30000"),
        unserved("max_export_batch_size/development", "the Rust SDK exports all metrics at once"),
        served("exporter", "push exporter", "required"),
        PRODUCERS,
        CARDINALITY,
    ],
);

pub(crate) static PUSH_EXPORTER: Object = choice(
    "push exporter",
    "PushMetricExporter",
    &[
        served("otlp_http", "otlp_http of metrics", ""),
        served("otlp_grpc", "otlp_grpc of metrics", ""),
        unserved(
            "otlp_file/development",
            "Lapwing exports by `otlp_http`, `otlp_grpc` and `console`; this reader is left out",
        ),
        served("console", "console of metrics", ""),
    ],
);

const LIMIT: &str = "integer, 1 to 100000";
const FROM_DEFAULT: &str = "that of `default`";

pub(crate) static CARDINALITY_LIMITS: Object = object(
    "cardinality_limits",
    "CardinalityLimits",
    &[
        served("default", LIMIT, "2000"),
        served("counter", LIMIT, FROM_DEFAULT),
        served("gauge", LIMIT, FROM_DEFAULT),
        served("histogram", LIMIT, FROM_DEFAULT),
        served("observable_counter", LIMIT, FROM_DEFAULT),
        served("observable_gauge", LIMIT, FROM_DEFAULT),
        served("observable_up_down_counter", LIMIT, FROM_DEFAULT),
        served("up_down_counter", LIMIT, FROM_DEFAULT),
    ],
);

pub(crate) static VIEW: Object =
    object("views", "View", &[served("selector", "selector", "required"), served("stream", "stream", "required")]);

pub(crate) static SELECTOR: Object = object(
    "selector",
    "ViewSelector",
    &[
        served("instrument_name", "glob", "all"),
        served(
            "instrument_type",
            "`counter`, `gauge`, `histogram`, `observable_counter`, `observable_gauge`, \
             `observable_up_down_counter` or `up_down_counter`",
            "all",
        ),
        served("unit", "string", "all"),
        served("meter_name", "string", "all"),
        served("meter_version", "string", "all"),
        served("meter_schema_url", "string", "all"),
    ],
);

pub(crate) static STREAM: Object = object(
    "stream",
    "ViewStream",
    &[
        served("name", "string", "the instrument's"),
        served("description", "string", "the instrument's"),
        served("aggregation", "aggregation", "`default`"),
        served("aggregation_cardinality_limit", LIMIT, "the reader's"),
        served("attribute_keys", "include_exclude over attribute keys", "all"),
    ],
);

pub(crate) static AGGREGATION: Object = choice(
    "aggregation",
    "Aggregation",
    &[
        served("default", "null or empty mapping: by the instrument's kind and its own boundaries", ""),
        served("drop", "null or empty mapping", ""),
        served("explicit_bucket_histogram", "explicit_bucket_histogram", ""),
        served("base2_exponential_bucket_histogram", "base2_exponential_bucket_histogram", ""),
        served("last_value", "null or empty mapping", ""),
        served("sum", "null or empty mapping", ""),
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
            "list of finite numbers, rising, each once; may be empty",
            "[0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000]",
        ),
        served("record_min_max", "boolean", "`true`"),
    ],
);

pub(crate) static EXPONENTIAL_BUCKETS: Object = object(
    "base2_exponential_bucket_histogram",
    "Base2ExponentialBucketHistogramAggregation",
    &[
        served("max_scale", "integer, -10 to 20", "20"),
        served("max_size", "integer, 2 to 16384", "160"),
        served("record_min_max", "boolean", "`true`"),
    ],
);

pub(crate) static INCLUDE_EXCLUDE: Object = object(
    "include_exclude",
    "IncludeExclude",
    &[served("included", "list of glob", "all"), served("excluded", "list of glob; wins over `included`", "none")],
);
