//! Exporters of spans and metrics.

use super::{Key, Object, Type, object, served};

const ENDPOINT: &str = "URL, `http://…` or `https://…`";
const GRPC_ENDPOINT: &str = "URL, `http://…` or `https://…`, or `host:port`: with TLS unless `tls` says `insecure`";
const HEADERS: Key = served("headers", Type::Objects(&HEADER), "list of header; values are secret", "");
const HEADERS_LIST: Key =
    served("headers_list", Type::Text, "string, `name=value,…`, values percent-encoded; `headers` win", "");
const COMPRESSION: Key = served("compression", Type::Words(&["gzip", "none"]), "`gzip` or `none`", "`none`");
const TIMEOUT: Key = served("timeout", Type::Integer(0, i64::MAX), "integer ≥ 0, ms; 0: no limit", "10000");
const ENCODING: Key = served("encoding", Type::Words(&["protobuf", "json"]), "`protobuf` or `json`", "`protobuf`");
const TEMPORALITY: Key = served(
    "temporality_preference",
    Type::Words(&["cumulative", "delta", "low_memory"]),
    "`cumulative`, `delta` or `low_memory`",
    "`cumulative`",
);
const HISTOGRAM: Key = served(
    "default_histogram_aggregation",
    Type::Words(&["explicit_bucket_histogram"]),
    "`explicit_bucket_histogram`; `base2_exponential_bucket_histogram` is not served: write a view",
    "`explicit_bucket_histogram`",
);

pub(crate) static OTLP_HTTP: Object = object(
    "otlp_http",
    "OtlpHttpExporter",
    &[
        served("endpoint", Type::Text, ENDPOINT, "`http://localhost:4318/v1/traces`"),
        served("tls", Type::Object(&HTTP_TLS), "tls", "the system's certificates"),
        HEADERS,
        HEADERS_LIST,
        COMPRESSION,
        TIMEOUT,
        ENCODING,
    ],
);

pub(crate) static OTLP_GRPC: Object = object(
    "otlp_grpc",
    "OtlpGrpcExporter",
    &[
        served("endpoint", Type::Text, GRPC_ENDPOINT, "`http://localhost:4317`"),
        served("tls", Type::Object(&GRPC_TLS), "tls (gRPC)", "the system's certificates"),
        HEADERS,
        HEADERS_LIST,
        COMPRESSION,
        TIMEOUT,
    ],
);

pub(crate) static CONSOLE: Object = object("console", "ConsoleExporter", &[]);

pub(crate) static OTLP_HTTP_METRIC: Object = object(
    "otlp_http of metrics",
    "OtlpHttpMetricExporter",
    &[
        served("endpoint", Type::Text, ENDPOINT, "`http://localhost:4318/v1/metrics`"),
        served("tls", Type::Object(&HTTP_TLS), "tls", "the system's certificates"),
        HEADERS,
        HEADERS_LIST,
        COMPRESSION,
        TIMEOUT,
        ENCODING,
        TEMPORALITY,
        HISTOGRAM,
    ],
);

pub(crate) static OTLP_GRPC_METRIC: Object = object(
    "otlp_grpc of metrics",
    "OtlpGrpcMetricExporter",
    &[
        served("endpoint", Type::Text, GRPC_ENDPOINT, "`http://localhost:4317`"),
        served("tls", Type::Object(&GRPC_TLS), "tls (gRPC)", "the system's certificates"),
        HEADERS,
        HEADERS_LIST,
        COMPRESSION,
        TIMEOUT,
        TEMPORALITY,
        HISTOGRAM,
    ],
);

pub(crate) static CONSOLE_METRIC: Object =
    object("console of metrics", "ConsoleMetricExporter", &[TEMPORALITY, HISTOGRAM]);

const CA_FILE: Key = served("ca_file", Type::Text, "path", "the system's certificates");
const KEY_FILE: Key = served("key_file", Type::Text, "path; needs `cert_file`", "no client certificate");
const CERT_FILE: Key = served("cert_file", Type::Text, "path; needs `key_file`", "no client certificate");

pub(crate) static HTTP_TLS: Object = object("tls", "HttpTls", &[CA_FILE, KEY_FILE, CERT_FILE]);

pub(crate) static GRPC_TLS: Object = object(
    "tls (gRPC)",
    "GrpcTls",
    &[
        CA_FILE,
        KEY_FILE,
        CERT_FILE,
        served("insecure", Type::Boolean, "boolean; `true`: no TLS where the endpoint names no scheme", "`false`"),
    ],
);

pub(crate) static HEADER: Object = object(
    "header",
    "NameStringValuePair",
    &[
        served("name", Type::Text, "string, an HTTP header's name", "required"),
        served("value", Type::TextOrNull, "string; null: left out", "required"),
    ],
);
