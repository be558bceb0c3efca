//! Exporters of spans and metrics.

use super::{Key, Object, object, served};

const ENDPOINT: &str = "URL, `http://…` or `https://…`";
const GRPC_ENDPOINT: &str = "URL, `http://…` or `https://…`, or `host:port`: with TLS unless `tls` says `insecure`";
const HEADERS: Key = served("headers", "list of header; values are secret", "");
const HEADERS_LIST: Key = served("headers_list", "string, `name=value,…`, values percent-encoded; `headers` win", "");
const COMPRESSION: Key = served("compression", "`gzip` or `none`", "`none`");
const TIMEOUT: Key = served("timeout", "integer ≥ 0, ms; 0: no limit", "10000");
const ENCODING: Key = served("encoding", "`protobuf` or `json`", "`protobuf`");
const TEMPORALITY: Key = served("temporality_preference", "`cumulative`, `delta` or `low_memory`", "`cumulative`");
const HISTOGRAM: Key = served(
    "default_histogram_aggregation",
    "`explicit_bucket_histogram`; `base2_exponential_bucket_histogram` is not served: write a view",
    "`explicit_bucket_histogram`",
);

pub(crate) static OTLP_HTTP: Object = object(
    "otlp_http",
    "OtlpHttpExporter",
    &[
        served("endpoint", ENDPOINT, "`http://localhost:4318/v1/traces`"),
        served("tls", "tls", "the system's certificates"),
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
        served("endpoint", GRPC_ENDPOINT, "`http://localhost:4317`"),
        served("tls", "tls (gRPC)", "the system's certificates"),
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
        served("endpoint", ENDPOINT, "`http://localhost:4318/v1/metrics`"),
        served("tls", "tls", "the system's certificates"),
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
        served("endpoint", GRPC_ENDPOINT, "`http://localhost:4317`"),
        served("tls", "tls (gRPC)", "the system's certificates"),
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

const CA_FILE: Key = served("ca_file", "path", "the system's certificates");
const KEY_FILE: Key = served("key_file", "path; needs `cert_file`", "no client certificate");
const CERT_FILE: Key = served("cert_file", "path; needs `key_file`", "no client certificate");

pub(crate) static HTTP_TLS: Object = object("tls", "HttpTls", &[CA_FILE, KEY_FILE, CERT_FILE]);

pub(crate) static GRPC_TLS: Object = object(
    "tls (gRPC)",
    "GrpcTls",
    &[
        CA_FILE,
        KEY_FILE,
        CERT_FILE,
        served("insecure", "boolean; `true`: no TLS where the endpoint names no scheme", "`false`"),
    ],
);

pub(crate) static HEADER: Object = object(
    "header",
    "NameStringValuePair",
    &[
        served("name", "string, an HTTP header's name", "required"),
        served("value", "string; null: left out", "required"),
    ],
);
