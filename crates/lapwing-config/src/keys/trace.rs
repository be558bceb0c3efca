//! `tracer_provider`.

use super::{Object, choice, object, served, unserved};

pub(crate) static TRACER_PROVIDER: Object = object(
    "tracer_provider",
    "TracerProvider",
    &[
        served("processors", "list of processor", "required"),
        served("limits", "limits", ""),
        served("sampler", "sampler", "`parent_based` with root `always_on`"),
        served("id_generator", "id_generator", "`random`"),
        unserved(
            "tracer_configurator/development",
            "the Rust SDK cannot configure single tracers; use `filter` of `log`",
        ),
    ],
);

pub(crate) static SPAN_PROCESSOR: Object =
    choice("processors", "SpanProcessor", &[served("batch", "batch", ""), served("simple", "simple", "")]);

pub(crate) static BATCH: Object = object(
    "batch",
    "BatchSpanProcessor",
    &[
        served("schedule_delay", "integer ≥ 0, ms; 0 counts as 1", "5000"),
        served("export_timeout", "integer ≥ 0, ms; 0: no limit", "30000"),
        served("max_queue_size", "integer, 1 to 1000000", "2048"),
        served("max_export_batch_size", "integer, 1 to `max_queue_size`", "512"),
        served("exporter", "span exporter", "required"),
    ],
);

pub(crate) static SIMPLE: Object =
    object("simple", "SimpleSpanProcessor", &[served("exporter", "span exporter", "required")]);

const NO_EXPORTER: &str = "Lapwing exports by `otlp_http`, `otlp_grpc` and `console`; this processor is left out";

pub(crate) static SPAN_EXPORTER: Object = choice(
    "span exporter",
    "SpanExporter",
    &[
        served("otlp_http", "otlp_http", ""),
        served("otlp_grpc", "otlp_grpc", ""),
        unserved("otlp_file/development", NO_EXPORTER),
        served("console", "null or empty mapping", ""),
        unserved("zipkin", NO_EXPORTER),
    ],
);

const NO_SAMPLER: &str = "the Rust SDK has no such sampler; the default one is used";

pub(crate) static SAMPLER: Object = choice(
    "sampler",
    "Sampler",
    &[
        served("always_off", "null or empty mapping", ""),
        served("always_on", "null or empty mapping", ""),
        unserved("composite/development", NO_SAMPLER),
        unserved("jaeger_remote/development", NO_SAMPLER),
        unserved("jaeger_remote", NO_SAMPLER),
        served("parent_based", "parent_based", ""),
        unserved("probability/development", NO_SAMPLER),
        served("trace_id_ratio_based", "trace_id_ratio_based", ""),
    ],
);

pub(crate) static PARENT_BASED: Object = object(
    "parent_based",
    "ParentBasedSampler",
    &[
        served("root", "sampler", "`always_on`"),
        served("remote_parent_sampled", "sampler; only the default is served", "`always_on`"),
        served("remote_parent_not_sampled", "sampler; only the default is served", "`always_off`"),
        served("local_parent_sampled", "sampler; only the default is served", "`always_on`"),
        served("local_parent_not_sampled", "sampler; only the default is served", "`always_off`"),
    ],
);

pub(crate) static TRACE_ID_RATIO: Object =
    object("trace_id_ratio_based", "TraceIdRatioBasedSampler", &[served("ratio", "number, 0 to 1", "1.0")]);

pub(crate) static ALWAYS_ON: Object = object("always_on", "AlwaysOnSampler", &[]);
pub(crate) static ALWAYS_OFF: Object = object("always_off", "AlwaysOffSampler", &[]);

pub(crate) static SPAN_LIMITS: Object = object(
    "limits",
    "SpanLimits",
    &[
        unserved("attribute_value_length_limit", "the Rust SDK does not limit the length of values"),
        served("attribute_count_limit", "integer ≥ 0", "128"),
        served("event_count_limit", "integer ≥ 0", "128"),
        served("link_count_limit", "integer ≥ 0", "128"),
        served("event_attribute_count_limit", "integer ≥ 0", "128"),
        served("link_attribute_count_limit", "integer ≥ 0", "128"),
    ],
);

pub(crate) static ID_GENERATOR: Object =
    choice("id_generator", "IdGenerator", &[served("random", "null or empty mapping", "")]);

pub(crate) static RANDOM: Object = object("random", "RandomIdGenerator", &[]);
