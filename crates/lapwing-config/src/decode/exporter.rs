//! Exporters of spans and metrics.

use std::path::PathBuf;

use super::empty;
use crate::{
    Exporter, Otlp, Temporality,
    cursor::{Context, Field, Mapping},
    keys::{
        CONSOLE, CONSOLE_METRIC, GRPC_TLS, HEADER, HTTP_TLS, OTLP_GRPC, OTLP_GRPC_METRIC, OTLP_HTTP, OTLP_HTTP_METRIC,
        PUSH_EXPORTER, SPAN_EXPORTER,
    },
    percent::pairs,
};

pub(super) fn span(cx: &Context, field: Field<'_>) -> Option<Exporter> {
    let choice = Mapping::open(cx, field, &SPAN_EXPORTER)?.choice()?;
    match choice.key {
        "otlp_http" => Some(Exporter::OtlpHttp(otlp(&Mapping::open(cx, choice, &OTLP_HTTP)?, Protocol::Http, false))),
        "otlp_grpc" => Some(Exporter::OtlpGrpc(otlp(&Mapping::open(cx, choice, &OTLP_GRPC)?, Protocol::Grpc, false))),
        _ => {
            empty(cx, choice, &CONSOLE);
            Some(Exporter::Console { temporality: Temporality::Cumulative })
        }
    }
}

pub(super) fn metric(cx: &Context, field: Field<'_>) -> Option<Exporter> {
    let choice = Mapping::open(cx, field, &PUSH_EXPORTER)?.choice()?;
    match choice.key {
        "otlp_http" => {
            Some(Exporter::OtlpHttp(otlp(&Mapping::open(cx, choice, &OTLP_HTTP_METRIC)?, Protocol::Http, true)))
        }
        "otlp_grpc" => {
            Some(Exporter::OtlpGrpc(otlp(&Mapping::open(cx, choice, &OTLP_GRPC_METRIC)?, Protocol::Grpc, true)))
        }
        _ => Some(Exporter::Console { temporality: temporality(&Mapping::open(cx, choice, &CONSOLE_METRIC)?) }),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Protocol {
    Http,
    Grpc,
}

fn otlp(mapping: &Mapping<'_, '_>, protocol: Protocol, metrics: bool) -> Otlp {
    let cx = mapping.cx;
    let mut otlp = Otlp {
        endpoint: mapping.field("endpoint").and_then(|field| endpoint(cx, field, protocol)),
        headers: headers(mapping),
        gzip: mapping.word("compression", &[("gzip", true), ("none", false)]).unwrap_or(false),
        timeout: mapping.timeout("timeout", 10_000),
        json: protocol == Protocol::Http
            && mapping.word("encoding", &[("protobuf", false), ("json", true)]).unwrap_or(false),
        temporality: if metrics { temporality(mapping) } else { Temporality::Cumulative },
        ca_file: None,
        cert_file: None,
        key_file: None,
        insecure: false,
    };
    let table = if protocol == Protocol::Http { &HTTP_TLS } else { &GRPC_TLS };
    let Some(tls) = mapping.field("tls").and_then(|field| Mapping::open(cx, field, table)) else { return otlp };
    let file = |key| tls.text(key).map(PathBuf::from);
    (otlp.ca_file, otlp.cert_file, otlp.key_file) = (file("ca_file"), file("cert_file"), file("key_file"));
    if protocol == Protocol::Grpc {
        otlp.insecure = tls.bool("insecure", false);
    }
    for (one, other) in [("cert_file", "key_file"), ("key_file", "cert_file")] {
        if tls.has(one) && !tls.has(other) {
            let help = format!("a client certificate and its key go together: add `{other}`");
            cx.error(tls.place, format!("`{one}` in `tls` needs `{other}`"), Some(help));
        }
    }
    otlp
}

fn temporality(mapping: &Mapping<'_, '_>) -> Temporality {
    let histogram = [("explicit_bucket_histogram", false), ("base2_exponential_bucket_histogram", true)];
    if mapping.word("default_histogram_aggregation", &histogram) == Some(true)
        && let Some(field) = mapping.field("default_histogram_aggregation")
    {
        let message = "`default_histogram_aggregation` has no effect: the Rust SDK's exporters cannot choose it";
        let help = "write a view with `base2_exponential_bucket_histogram`".to_owned();
        mapping.cx.warning(field.key_place, message, Some(help));
    }
    let words = [
        ("cumulative", Temporality::Cumulative),
        ("delta", Temporality::Delta),
        ("low_memory", Temporality::LowMemory),
    ];
    mapping.word("temporality_preference", &words).unwrap_or_default()
}

/// A URL with a scheme and a host; of gRPC also `host:port`. It is never shown: it may hold a user's password.
fn endpoint(cx: &Context, field: Field<'_>, protocol: Protocol) -> Option<String> {
    let text = field.text(cx)?;
    let (scheme, example) = match protocol {
        Protocol::Http => ("must begin with `http://` or `https://`", "such as http://localhost:4318/v1/traces"),
        Protocol::Grpc => {
            ("must be `host:port`, or begin with `http://` or `https://`", "such as http://localhost:4317")
        }
    };
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let bare = || (protocol == Protocol::Grpc && text.contains(':') && !text.contains(['/', '@', '?'])).then_some(text);
    let authority = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or("")).or_else(bare);
    let host = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    let port = host.and_then(|host| host.rsplit_once(':')).filter(|(_, port)| !port.ends_with(']'));
    let flaw = match (host, port) {
        (None, _) => Some((scheme, example)),
        (Some(host), _) if host.is_empty() || host.starts_with(':') => Some(("has no host", example)),
        (_, Some((_, port))) if port.parse::<u16>().is_err() => Some(("has a port out of range", "ports go to 65535")),
        _ if text.contains(char::is_whitespace) => Some(("has a blank in it", "encode it as %20")),
        _ => None,
    };
    if let Some((flaw, help)) = flaw {
        let help = field.unset_help().unwrap_or_else(|| help.to_owned());
        cx.error(field.place(), format!("`endpoint` {flaw}"), Some(help));
        return None;
    }
    Some(text.to_owned())
}

/// `headers` and those of `headers_list` that they leave.
fn headers(mapping: &Mapping<'_, '_>) -> Vec<(String, String)> {
    let cx = mapping.cx;
    let mut headers: Vec<(String, String)> = Vec::new();
    if let Some((list, items)) = mapping.items("headers") {
        for node in items {
            let Some(entry) = Mapping::open(cx, list.item(node), &HEADER) else { continue };
            let name = entry.required("name").and_then(|field| Some((field, field.text(cx)?)));
            if entry.present("value").is_none() {
                entry.required("value");
            }
            let value = entry.field("value").and_then(|field| Some((field, field.string(cx)?)));
            let Some((field, name)) = name else { continue };
            if headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                cx.error(field.place(), "this header is given twice", Some("keep one".to_owned()));
            } else if !is_header_name(name) {
                let help = "letters, digits and `-` make a name".to_owned();
                cx.error(field.place(), "this is no name of an HTTP header", Some(help));
            } else if let Some((field, value)) = value {
                if is_header_value(value) {
                    headers.push((name.to_owned(), value.to_owned()));
                } else {
                    let help = "control characters, such as a line break, cannot be sent".to_owned();
                    cx.error(field.place(), "this is no value of an HTTP header", Some(help));
                }
            }
        }
    }
    let Some((field, text)) = mapping.field("headers_list").and_then(|f| Some((f, f.string(cx)?))) else {
        return headers;
    };
    let flaw = match pairs(text) {
        Ok(pairs) if !pairs.iter().all(|(name, value)| is_header_name(name) && is_header_value(value)) => {
            "has an entry that is no HTTP header"
        }
        Ok(pairs) => {
            for (name, value) in pairs {
                if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                    headers.push((name, value));
                }
            }
            return headers;
        }
        Err(flaw) => flaw,
    };
    let help = "write `name=value,name=value`, with `,` `=` `%` in values percent-encoded".to_owned();
    cx.error(field.place(), format!("`headers_list` {flaw}"), Some(help));
    headers
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn is_header_value(value: &str) -> bool {
    !value.chars().any(|c| c.is_control() && c != '\t')
}
