//! `tracer_provider`.

use super::{Bound, CONSOLE, OTLP_GRPC, OTLP_HTTP, Object, Type, choice, object, served, unserved};

pub(crate) static TRACER_PROVIDER: Object = object(
    "tracer_provider",
    "TracerProvider",
    &[
        served("processors", Type::Objects(&SPAN_PROCESSOR), "list of processor", "required"),
        served("limits", Type::Object(&SPAN_LIMITS), "limits", ""),
        served("sampler", Type::Object(&SAMPLER), "sampler", "`parent_based` with root `always_on`"),
        served("id_generator", Type::Object(&ID_GENERATOR), "id_generator", "`random`"),
        unserved(
            "tracer_configurator/development",
            "the Rust SDK cannot configure single tracers; use `filter` of `log`",
        ),
    ],
);

pub(crate) static SPAN_PROCESSOR: Object = choice(
    "processors",
    "SpanProcessor",
    &[served("batch", Type::Object(&BATCH), "batch", ""), served("simple", Type::Object(&SIMPLE), "simple", "")],
);

pub(crate) static BATCH: Object = object(
    "batch",
    "BatchSpanProcessor",
    &[
        served("schedule_delay", Type::Integer(0, i64::MAX), "integer ≥ 0, ms; 0 counts as 1", "5000"),
        served("export_timeout", Type::Integer(0, i64::MAX), "integer ≥ 0, ms; 0: no limit", "30000"),
        served("max_queue_size", Type::Integer(1, 1000000), "integer, 1 to 1000000", "2048"),
        served("max_export_batch_size", Type::Integer(1, 1_000_000), "integer, 1 to `max_queue_size`", "512"),
        served("exporter", Type::Object(&SPAN_EXPORTER), "span exporter", "required"),
    ],
);

pub(crate) static SIMPLE: Object = object(
    "simple",
    "SimpleSpanProcessor",
    &[served("exporter", Type::Object(&SPAN_EXPORTER), "span exporter", "required")],
);

const NO_EXPORTER: &str = "Lapwing exports by `otlp_http`, `otlp_grpc` and `console`; this processor is left out";

pub(crate) static SPAN_EXPORTER: Object = choice(
    "span exporter",
    "SpanExporter",
    &[
        served("otlp_http", Type::Object(&OTLP_HTTP), "otlp_http", ""),
        served("otlp_grpc", Type::Object(&OTLP_GRPC), "otlp_grpc", ""),
        unserved("otlp_file/development", NO_EXPORTER),
        served("console", Type::Object(&CONSOLE), "null or empty mapping", ""),
        unserved("zipkin", NO_EXPORTER),
    ],
);

const NO_SAMPLER: &str = "the Rust SDK has no such sampler; the default one is used";

pub(crate) static SAMPLER: Object = choice(
    "sampler",
    "Sampler",
    &[
        served("always_off", Type::Object(&ALWAYS_OFF), "null or empty mapping", ""),
        served("always_on", Type::Object(&ALWAYS_ON), "null or empty mapping", ""),
        unserved("composite/development", NO_SAMPLER),
        unserved("jaeger_remote/development", NO_SAMPLER),
        unserved("jaeger_remote", NO_SAMPLER),
        served("parent_based", Type::Object(&PARENT_BASED), "parent_based", ""),
        unserved("probability/development", NO_SAMPLER),
        served("trace_id_ratio_based", Type::Object(&TRACE_ID_RATIO), "trace_id_ratio_based", ""),
    ],
);

pub(crate) static PARENT_BASED: Object = object(
    "parent_based",
    "ParentBasedSampler",
    &[
        served("root", Type::Object(&SAMPLER), "sampler", "`always_on`"),
        served("remote_parent_sampled", Type::Object(&SAMPLER), "sampler; only the default is served", "`always_on`"),
        served(
            "remote_parent_not_sampled",
            Type::Object(&SAMPLER),
            "sampler; only the default is served",
            "`always_off`",
        ),
        served("local_parent_sampled", Type::Object(&SAMPLER), "sampler; only the default is served", "`always_on`"),
        served(
            "local_parent_not_sampled",
            Type::Object(&SAMPLER),
            "sampler; only the default is served",
            "`always_off`",
        ),
    ],
);

pub(crate) static TRACE_ID_RATIO: Object = object(
    "trace_id_ratio_based",
    "TraceIdRatioBasedSampler",
    &[served("ratio", Type::Number(Bound::At(0.0), Bound::At(1.0)), "number, 0 to 1", "1.0")],
);

pub(crate) static ALWAYS_ON: Object = object("always_on", "AlwaysOnSampler", &[]);
pub(crate) static ALWAYS_OFF: Object = object("always_off", "AlwaysOffSampler", &[]);

pub(crate) static SPAN_LIMITS: Object = object(
    "limits",
    "SpanLimits",
    &[
        unserved("attribute_value_length_limit", "the Rust SDK does not limit the length of values"),
        served("attribute_count_limit", Type::Integer(0, i64::MAX), "integer ≥ 0", "128"),
        served("event_count_limit", Type::Integer(0, i64::MAX), "integer ≥ 0", "128"),
        served("link_count_limit", Type::Integer(0, i64::MAX), "integer ≥ 0", "128"),
        served("event_attribute_count_limit", Type::Integer(0, i64::MAX), "integer ≥ 0", "128"),
        served("link_attribute_count_limit", Type::Integer(0, i64::MAX), "integer ≥ 0", "128"),
    ],
);

pub(crate) static ID_GENERATOR: Object =
    choice("id_generator", "IdGenerator", &[served("random", Type::Object(&RANDOM), "null or empty mapping", "")]);

pub(crate) static RANDOM: Object = object("random", "RandomIdGenerator", &[]);
