//! Top level, resource, propagators, instrumentation.

use super::{LAPWING, METER_PROVIDER, Object, TRACER_PROVIDER, Type, choice, ignored, object, served, unserved};

/// Severities of the standard.
pub(crate) const LEVELS: [&str; 24] = [
    "trace", "trace2", "trace3", "trace4", "debug", "debug2", "debug3", "debug4", "info", "info2", "info3", "info4",
    "warn", "warn2", "warn3", "warn4", "error", "error2", "error3", "error4", "fatal", "fatal2", "fatal3", "fatal4",
];

pub(crate) static ROOT: Object = object(
    "configuration",
    "",
    &[
        served("file_format", Type::Form("^1\\.[0-9]+", "1.1"), "string, `\"1.0\"` or `\"1.1\"`", "required"),
        served("disabled", Type::Boolean, "boolean; `true`: no SDK, spans are only logged", "`false`"),
        served(
            "log_level",
            Type::Words(&LEVELS),
            "`trace`, `debug`, `info`, `warn`, `error`, `fatal`, each also with 2, 3 or 4 behind, which counts as without; `fatal` as `error`",
            "`info`",
        ),
        served("attribute_limits", Type::Object(&ATTRIBUTE_LIMITS), "attribute_limits", ""),
        unserved("logger_provider", "logs are written to standard error, see `log` of `lapwing`"),
        served("meter_provider", Type::Object(&METER_PROVIDER), "meter_provider", "no metrics"),
        served("propagator", Type::Object(&PROPAGATOR), "propagator", "none"),
        served("tracer_provider", Type::Object(&TRACER_PROVIDER), "tracer_provider", "no traces"),
        served("resource", Type::Object(&RESOURCE), "resource", "the SDK's"),
        served("instrumentation/development", Type::Object(&INSTRUMENTATION), "instrumentation", ""),
        unserved("distribution", "Lapwing's own settings are under `instrumentation/development`"),
    ],
);

pub(crate) static RESOURCE: Object = object(
    "resource",
    "Resource",
    &[
        served("attributes", Type::Objects(&ATTRIBUTE), "list of attribute", ""),
        unserved("detection/development", "the Rust SDK has no resource detectors that can be configured"),
        served("schema_url", Type::Text, "string", ""),
        served("attributes_list", Type::Text, "string, `key=value,…`, values percent-encoded; `attributes` win", ""),
    ],
);

pub(crate) static ATTRIBUTE: Object = object(
    "attribute",
    "AttributeNameValue",
    &[
        served("name", Type::Text, "string", "required"),
        served("value", Type::Any, "of the type that `type` says; null: the entry is left out", "required"),
        served(
            "type",
            Type::Words(&[
                "string",
                "bool",
                "int",
                "double",
                "string_array",
                "bool_array",
                "int_array",
                "double_array",
            ]),
            "`string`, `bool`, `int`, `double`, `string_array`, `bool_array`, `int_array`, `double_array`",
            "`string`",
        ),
    ],
);

pub(crate) static ATTRIBUTE_LIMITS: Object = object(
    "attribute_limits",
    "AttributeLimits",
    &[
        unserved("attribute_value_length_limit", "the Rust SDK does not limit the length of values"),
        served(
            "attribute_count_limit",
            Type::Integer(0, i64::MAX),
            "integer ≥ 0; `limits` of `tracer_provider` win",
            "128",
        ),
    ],
);

pub(crate) static PROPAGATOR: Object = object(
    "propagator",
    "Propagator",
    &[
        served("composite", Type::Objects(&PROPAGATOR_ENTRY), "list of composite", ""),
        served("composite_list", Type::Text, "string, `tracecontext,baggage`; appended to `composite`, each once", ""),
    ],
);

const NO_PROPAGATOR: &str = "Lapwing has the propagators `tracecontext` and `baggage`";

pub(crate) static PROPAGATOR_ENTRY: Object = choice(
    "composite",
    "TextMapPropagator",
    &[
        served("tracecontext", Type::Object(&TRACECONTEXT), "null or empty mapping", ""),
        served("baggage", Type::Object(&BAGGAGE), "null or empty mapping", ""),
        unserved("b3", NO_PROPAGATOR),
        unserved("b3multi", NO_PROPAGATOR),
        unserved("jaeger", NO_PROPAGATOR),
        unserved("ottrace", NO_PROPAGATOR),
        unserved("xray", NO_PROPAGATOR),
    ],
);

pub(crate) static TRACECONTEXT: Object = object("tracecontext", "TraceContextPropagator", &[]);
pub(crate) static BAGGAGE: Object = object("baggage", "BaggagePropagator", &[]);

const OTHERS: &str = "settings of another language";

pub(crate) static INSTRUMENTATION: Object = object(
    "instrumentation/development",
    "ExperimentalInstrumentation",
    &[
        unserved("general", "what is measured is said by `rules` of `lapwing`"),
        ignored("cpp", OTHERS),
        ignored("dotnet", OTHERS),
        ignored("erlang", OTHERS),
        ignored("go", OTHERS),
        ignored("java", OTHERS),
        ignored("js", OTHERS),
        ignored("php", OTHERS),
        ignored("python", OTHERS),
        ignored("ruby", OTHERS),
        served("rust", Type::Object(&RUST), "rust", ""),
        ignored("swift", OTHERS),
    ],
);

pub(crate) static RUST: Object = Object {
    extensible: true,
    ..object(
        "rust",
        "ExperimentalLanguageSpecificInstrumentation",
        &[served("lapwing", Type::Object(&LAPWING), "lapwing", "")],
    )
};
