//! Top level, resource, propagators, instrumentation.

use super::{Object, choice, ignored, object, served, unserved};

pub(crate) static ROOT: Object = object(
    "configuration",
    "",
    &[
        served("file_format", "string, `\"1.0\"` or `\"1.1\"`", "required"),
        served("disabled", "boolean; `true`: no SDK, spans are only logged", "`false`"),
        served(
            "log_level",
            "`trace`, `debug`, `info`, `warn`, `error`, `fatal`, each also with 2, 3 or 4 behind, which counts as without; `fatal` as `error`",
            "`info`",
        ),
        served("attribute_limits", "attribute_limits", ""),
        unserved("logger_provider", "logs are written to standard error, see `log` of `lapwing`"),
        served("meter_provider", "meter_provider", "no metrics"),
        served("propagator", "propagator", "none"),
        served("tracer_provider", "tracer_provider", "no traces"),
        served("resource", "resource", "the SDK's"),
        served("instrumentation/development", "instrumentation", ""),
        unserved("distribution", "Lapwing's own settings are under `instrumentation/development`"),
    ],
);

pub(crate) static RESOURCE: Object = object(
    "resource",
    "Resource",
    &[
        served("attributes", "list of attribute", ""),
        unserved("detection/development", "the Rust SDK has no resource detectors that can be configured"),
        served("schema_url", "string", ""),
        served("attributes_list", "string, `key=value,…`, values percent-encoded; `attributes` win", ""),
    ],
);

pub(crate) static ATTRIBUTE: Object = object(
    "attribute",
    "AttributeNameValue",
    &[
        served("name", "string", "required"),
        served("value", "of the type that `type` says; null: the entry is left out", "required"),
        served(
            "type",
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
        served("attribute_count_limit", "integer ≥ 0; `limits` of `tracer_provider` win", "128"),
    ],
);

pub(crate) static PROPAGATOR: Object = object(
    "propagator",
    "Propagator",
    &[
        served("composite", "list of composite", ""),
        served("composite_list", "string, `tracecontext,baggage`; appended to `composite`, each once", ""),
    ],
);

const NO_PROPAGATOR: &str = "Lapwing has the propagators `tracecontext` and `baggage`";

pub(crate) static PROPAGATOR_ENTRY: Object = choice(
    "composite",
    "TextMapPropagator",
    &[
        served("tracecontext", "null or empty mapping", ""),
        served("baggage", "null or empty mapping", ""),
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
        served("rust", "rust", ""),
        ignored("swift", OTHERS),
    ],
);

pub(crate) static RUST: Object = Object {
    extensible: true,
    ..object("rust", "ExperimentalLanguageSpecificInstrumentation", &[served("lapwing", "lapwing", "")])
};
