//! What is refused, where, and with which way out.

use crate::support::{bad, errors, lapwing};

fn view(stream: &str) -> String {
    format!(
        "meter_provider:\n  readers: [{{pull: {{exporter: {{prometheus/development: }}}}}}]\n  views:\n    - selector: {{instrument_name: a}}\n      stream:\n        {stream}\n"
    )
}

fn reader(exporter: &str) -> String {
    format!(
        "meter_provider:\n  readers:\n    - pull:\n        exporter:\n          prometheus/development: {exporter}\n"
    )
}

fn rule(body: &str) -> Vec<String> {
    errors(&lapwing(&format!("rules:\n  - {body}")))
}

#[test]
fn an_unknown_key_is_shown_with_the_nearest_one() {
    let error = bad(&view("aggregation:\n          explicit_bucket_histogram:\n            boundries: [0.1, 1]"));
    assert_eq!(error.len(), 1);
    assert_eq!(
        error[0].to_string(),
        "\
error: unknown key `boundries` in `explicit_bucket_histogram`
 --> t.yaml:9:13
  |
9 |             boundries: [0.1, 1]
  |             ^^^^^^^^^
  = help: did you mean `boundaries`?"
    );
}

#[test]
fn an_unknown_key_that_is_near_nothing_gets_the_list() {
    assert_eq!(
        errors("resource: {colour: red}\n"),
        [
            "2:12 unknown key `colour` in `resource` (known keys: `attributes`, `detection/development`, `schema_url`, `attributes_list`)"
        ]
    );
    assert_eq!(
        errors("tracer_provider: {processors: [{simple: {exporter: {console: {x: 1}}}}]}\n"),
        ["2:63 unknown key `x` in `console` (`console` has no keys)"]
    );
    assert_eq!(
        errors("disabeld: true\n"),
        ["2:1 unknown key `disabeld` in `configuration` (did you mean `disabled`?)"]
    );
}

#[test]
fn all_errors_come_at_once_in_file_order() {
    let found = errors(
        "\
disabled: 7
resource: {attributes: [{name: a}]}
meter_provider: {readers: [], exemplar_filter: allways_on}
nonsense: 1
",
    );
    assert_eq!(
        found,
        [
            "2:11 `disabled` must be `true` or `false`, found an integer",
            "3:25 `value` is missing in `attributes` (add `value`: of the type that `type` says; null: the entry is left out)",
            "4:27 `readers` is an empty list (leave `readers` out, or give it an entry)",
            "4:48 `allways_on` is no `exemplar_filter` (did you mean `always_on`?)",
            "5:1 unknown key `nonsense` in `configuration` (known keys: `file_format`, `disabled`, `log_level`, \
             `attribute_limits`, `logger_provider`, `meter_provider`, `propagator`, `tracer_provider`, `resource`, \
             `instrumentation/development`, `distribution`)",
        ]
    );
}

#[test]
fn wrong_types_say_what_is_wanted_and_what_is_there() {
    for (body, error) in [
        (
            "disabled: \"true\"",
            "2:11 `disabled` must be `true` or `false`, found a string (quotes make it a string: leave them out)",
        ),
        ("resource: [1]", "2:11 `resource` must be a mapping, found a list"),
        ("resource: {schema_url: 1.5}", "2:24 `schema_url` must be a string, found a number (put it in quotes)"),
        ("resource: {attributes: {a: b}}", "2:24 `attributes` must be a list, found a mapping"),
        (
            "log_level: loud",
            "2:12 `loud` is no `log_level` (one of `trace`, `trace2`, `trace3`, `trace4`, `debug`, `debug2`, `debug3`, `debug4`, `info`, `info2`, `info3`, `info4`, `warn`, `warn2`, `warn3`, `warn4`, `error`, `error2`, `error3`, `error4`, `fatal`, `fatal2`, `fatal3`, `fatal4`)",
        ),
        (
            "resource: {attributes: [{name: a, value: 3}]}",
            "2:42 `value` must be a string, found an integer (put it in quotes, or add `type: int`)",
        ),
        ("resource: {attributes: [{name: a, value: x, type: int}]}", "2:42 `value` must be an integer, found a string"),
        (
            "resource: {attributes: [{name: a, value: [1, x], type: int_array}]}",
            "2:46 `value` must be an integer, found a string",
        ),
        (
            "resource: {attributes: [{name: a, value: x, type: text}]}",
            "2:51 `text` is no `type` (one of `string`, `bool`, `int`, `double`, `string_array`, `bool_array`, `int_array`, `double_array`)",
        ),
        (
            "resource: {attributes_list: a}",
            "2:29 `attributes_list` has an entry without `=` (write `key=value,key=value`, with `,` `=` `%` in values percent-encoded)",
        ),
        (
            "resource: {attributes: [{name: a, value: x}, {name: a, value: y}]}",
            "2:53 duplicate attribute `a` (it is first given on line 2: keep one)",
        ),
    ] {
        assert_eq!(errors(body), [error]);
    }
}

#[test]
fn a_required_key_without_its_variable_names_the_variable() {
    assert_eq!(
        errors("resource:\n  attributes:\n    - name: ${SERVICE}\n      value: x\n"),
        ["4:7 `name` in `attributes` must have a value (environment variable `SERVICE` is not set)"]
    );
    assert_eq!(
        errors(
            "tracer_provider:\n  processors:\n    - simple:\n        exporter:\n          otlp_http:\n            endpoint: ${BASE}/v1/traces\n"
        ),
        ["7:23 `endpoint` must begin with `http://` or `https://` (environment variable `BASE` is not set)"]
    );
    assert_eq!(
        errors("disabled: ${GONE:?tell me}\n"),
        [
            "2:11 environment variable `GONE` is not set: tell me (set `GONE`, and write `${GONE}`: the standard has no `:?`)"
        ]
    );
}

#[test]
fn a_malformed_substitution_is_underlined() {
    let found = bad("log_level: info ${1A} and ${B-c}\n");
    assert_eq!(
        found[0].to_string(),
        "\
error: malformed substitution: a variable's name begins with a letter or `_`
 --> t.yaml:2:17
  |
2 | log_level: info ${1A} and ${B-c}
  |                 ^^^^^
  = help: write `${NAME}`, or `$${` for a literal `${`"
    );
    assert_eq!((found[1].position.column, found[1].width), (27, 6));
}

#[test]
fn a_choice_needs_exactly_one_key() {
    let sampler = |text: &str| {
        errors(&format!("tracer_provider: {{processors: [{{simple: {{exporter: {{console: }}}}}}], sampler: {text}}}"))
    };
    assert_eq!(
        sampler("{}"),
        ["2:68 `sampler` is empty (choose one of `always_off`, `always_on`, `composite/development`, \
          `jaeger_remote/development`, `jaeger_remote`, `parent_based`, `probability/development`, `trace_id_ratio_based`)"]
    );
    assert_eq!(
        sampler("{always_on: , always_off: }"),
        ["2:91 `sampler` has `always_on` and `always_off` (exactly one key is allowed here)"]
    );
    assert_eq!(
        errors("tracer_provider: {processors: [{simple: {exporter: {console: , otlp_http: }}}]}"),
        ["2:64 `exporter` has `console` and `otlp_http` (exactly one key is allowed here)"]
    );
    assert_eq!(
        errors("tracer_provider: {processors: [{batch: {}}]}"),
        ["2:33 `exporter` is missing in `batch` (add `exporter`: span exporter)"]
    );
    assert_eq!(
        errors("tracer_provider: {}"),
        ["2:1 `processors` is missing in `tracer_provider` (add `processors`: list of processor)"]
    );
}

#[test]
fn numbers_are_held_in_their_ranges() {
    for (body, error) in [
        (reader("{port: 65536}"), "6:42 `port` must be from 0 to 65535"),
        (reader("{port: -1}"), "6:42 `port` must be from 0 to 65535"),
        (reader("{port: 94.64}"), "6:42 `port` must be an integer, found a number"),
        (
            "tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {trace_id_ratio_based: {ratio: 1.5}}}"
                .to_owned(),
            "2:108 `ratio` must be from 0 to 1 (0.01 samples one trace in a hundred)",
        ),
        (
            "tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {trace_id_ratio_based: {ratio: .nan}}}"
                .to_owned(),
            "2:108 `ratio` must be from 0 to 1 (0.01 samples one trace in a hundred)",
        ),
        (
            "tracer_provider: {processors: [{batch: {exporter: {console: }, max_queue_size: 4}}]}".to_owned(),
            "2:80 `max_export_batch_size` (512) is larger than `max_queue_size` (4) (a batch comes out of the queue and cannot be larger)",
        ),
        (
            "tracer_provider: {processors: [{batch: {exporter: {console: }, export_timeout: -1}}]}".to_owned(),
            "2:80 `export_timeout` must be at least 0",
        ),
        (
            view("aggregation: {base2_exponential_bucket_histogram: {max_scale: 21}}"),
            "7:71 `max_scale` must be from -10 to 20",
        ),
        (
            view("aggregation: {base2_exponential_bucket_histogram: {max_size: 1}}"),
            "7:70 `max_size` must be from 2 to 16384",
        ),
    ] {
        assert_eq!(errors(&body), [error]);
    }
}

#[test]
fn boundaries_must_rise_and_be_finite() {
    let boundaries =
        |list: &str| errors(&view(&format!("aggregation: {{explicit_bucket_histogram: {{boundaries: {list}}}}}")));
    assert_eq!(boundaries("[1, 3, 2]"), ["7:70 boundaries must rise (sort them)"]);
    assert_eq!(boundaries("[1, 1.0]"), ["7:67 duplicate boundary (give each boundary once)"]);
    for infinite in [".nan", ".inf", "-.Inf", "1e999"] {
        assert_eq!(
            boundaries(&format!("[{infinite}]")),
            ["7:64 a boundary must be finite (the last bucket reaches to infinity by itself: leave it out)"]
        );
    }
    assert_eq!(boundaries("[a]"), ["7:64 `boundaries` must be a number, found a string"]);
    assert_eq!(boundaries("1"), ["7:63 `boundaries` must be a list, found an integer"]);
    assert_eq!(
        rule("span: a\n    duration: {instrument: x, boundaries: [2, 1]}"),
        ["7:53 boundaries must rise (sort them)"]
    );
}

#[test]
fn a_second_pull_reader_is_refused() {
    let found = errors(
        "\
meter_provider:
  readers:
    - pull: {exporter: {prometheus/development: }}
    - pull: {exporter: {prometheus/development: {port: 1}}}
",
    );
    assert_eq!(found, ["5:7 a second `pull` reader (the first is on line 4: Lapwing serves one Prometheus endpoint)"]);
}

#[test]
fn endpoints_of_exporters_are_urls() {
    let endpoint = |url: &str| {
        errors(&format!(
            "tracer_provider: {{processors: [{{simple: {{exporter: {{otlp_http: {{endpoint: {url}}}}}}}}}]}}"
        ))
    };
    assert_eq!(
        endpoint("\"localhost:4317\""),
        ["2:75 `endpoint` must begin with `http://` or `https://` (such as http://localhost:4318/v1/traces)"]
    );
    assert_eq!(endpoint("\"http://\""), ["2:75 `endpoint` has no host (such as http://localhost:4318/v1/traces)"]);
    assert_eq!(endpoint("\"http://h:99999/\""), ["2:75 `endpoint` has a port out of range (ports go to 65535)"]);
    assert_eq!(endpoint("\"http://h/a b\""), ["2:75 `endpoint` has a blank in it (encode it as %20)"]);
    let grpc = |url: &str| {
        errors(&format!(
            "tracer_provider: {{processors: [{{simple: {{exporter: {{otlp_grpc: {{endpoint: {url}}}}}}}}}]}}"
        ))
    };
    let wrong =
        "2:75 `endpoint` must be `host:port`, or begin with `http://` or `https://` (such as http://localhost:4317)";
    for url in ["\"ftp://h:4317\"", "\"collector\"", "\"h:4317/path\"", "\"u@h:4317\""] {
        assert_eq!(grpc(url), [wrong], "{url}");
    }
    assert_eq!(grpc("\"h:99999\""), ["2:75 `endpoint` has a port out of range (ports go to 65535)"]);
    assert_eq!(grpc("\":4317\""), ["2:75 `endpoint` has no host (such as http://localhost:4317)"]);
}

#[test]
fn certificates_need_their_keys_and_headers_their_syntax() {
    let otlp = |body: &str| {
        errors(&format!("tracer_provider: {{processors: [{{simple: {{exporter: {{otlp_http: {body}}}}}}}]}}"))
    };
    assert_eq!(
        otlp("{tls: {cert_file: c}}"),
        ["2:65 `cert_file` in `tls` needs `key_file` (a client certificate and its key go together: add `key_file`)"]
    );
    assert_eq!(
        otlp("{tls: {insecure: true}}"),
        ["2:71 unknown key `insecure` in `tls` (known keys: `ca_file`, `key_file`, `cert_file`)"]
    );
    assert_eq!(
        otlp("{headers: [{name: \"a b\", value: x}]}"),
        ["2:82 this is no name of an HTTP header (letters, digits and `-` make a name)"]
    );
    assert_eq!(
        otlp("{headers: [{name: a, value: \"x\\ny\"}]}"),
        ["2:92 this is no value of an HTTP header (control characters, such as a line break, cannot be sent)"]
    );
    assert_eq!(
        otlp("{headers: [{name: a, value: x}, {name: A, value: y}]}"),
        ["2:103 this header is given twice (keep one)"]
    );
    assert_eq!(otlp("{compression: zstd}"), ["2:78 `zstd` is no `compression` (one of `gzip`, `none`)"]);
}

#[test]
fn propagators_and_their_lists_are_checked() {
    assert_eq!(
        errors("propagator: {composite: [{tracecontxt: }], composite_list: \"bagage\"}"),
        [
            "2:27 unknown key `tracecontxt` in `composite` (did you mean `tracecontext`?)",
            "2:60 `bagage` in `composite_list` is unknown (did you mean `baggage`?)",
        ]
    );
}

#[test]
fn rules_say_what_they_match_and_measure() {
    for (body, error) in [
        (
            "calls: {instrument: x}",
            "6:11 a rule needs `span` or `event` (add `span: NAME` or `event: NAME`; `*` matches all, and `default_rule` the rest)",
        ),
        (
            "span: a\n    event: b\n    calls: {instrument: x}",
            "7:11 a rule measures a `span` or an `event`, not both (write two rules)",
        ),
        (
            "span: a",
            "6:11 this rule measures nothing (add `duration`, `calls`, `errors`, `in_flight`, `histograms`, `counters`)",
        ),
        ("span: \"\"\n    calls: {instrument: x}", "6:17 `span` is empty"),
        ("span: a\n    target: \" \"\n    calls: {instrument: x}", "7:19 `target` is empty"),
        (
            "span: a\n    level: loud\n    calls: {instrument: x}",
            "7:18 `loud` is no `level` (one of `trace`, `debug`, `info`, `warn`, `error`)",
        ),
        (
            "event: a\n    duration: {instrument: x}",
            "7:11 `duration` does not go with `event` (only spans take time: measure a `span`, or leave it out)",
        ),
        ("span: a\n    log_over: 0", "7:21 `log_over` must be at least 1"),
        (
            "span: a\n    calls: {instrument: 1x}",
            "7:31 this is no instrument name (a letter, then letters, digits, `_`, `.`, `-`, `/`; 255 characters at most)",
        ),
        (
            "span: a\n    calls: {}",
            "7:11 `instrument` is missing in `calls` (add `instrument`: string, an OpenTelemetry instrument name)",
        ),
        (
            "span: a\n    calls: {instrument: x, boundaries: [1]}",
            "7:34 unknown key `boundaries` in `calls` (known keys: `instrument`, `unit`, `description`, `labels`, `series_limit`)",
        ),
        (
            "span: a\n    duration: {instrument: x, unit: By}",
            "7:43 `By` is no unit for a duration (one of `s`, `ms`, `us`, `ns`; `s` is Prometheus' way)",
        ),
        (
            "span: a\n    outcome: {field: f, erors: [x]}\n    calls: {instrument: x}",
            "7:31 unknown key `erors` in `outcome` (did you mean `errors`?)",
        ),
        (
            "span: a\n    histograms: [{instrument: x}]",
            "7:24 `field` is missing in `histograms` (add `field`: string: the numeric field)",
        ),
        (
            "span: a\n    calls: {instrument: x, unit: é}",
            "7:40 `é` is no unit (63 ASCII characters at most, such as `s`, `By`, `1` or `{request}`)",
        ),
    ] {
        assert_eq!(rule(body), [error], "{body}");
    }
}

#[test]
fn labels_are_each_there_once_with_one_source() {
    let labels = |list: &str| rule(&format!("span: a\n    calls: {{instrument: x, labels: {list}}}"));
    assert_eq!(
        labels("[kind, {name: kind, value: b}]"),
        ["7:56 duplicate label `kind` (it is first given at t.yaml:7:43: keep one)"]
    );
    assert_eq!(
        labels("[{name: a, field: b, value: c}]"),
        ["7:63 `value` is one source too many (a label has one source: `field`, `value` or `from`)"]
    );
    assert_eq!(labels("[{field: b}]"), ["7:43 `name` is missing in `label` (add `name`: string)"]);
    assert_eq!(labels("[{name: a, from: outcom}]"), ["7:59 `outcom` is no `from` (did you mean `outcome`?)"]);
    assert_eq!(labels("[{name: a, values: [x, y, x]}]"), ["7:68 duplicate value `x` (keep one)"]);
    assert_eq!(
        labels("[{name: a, value: x, default: y}]"),
        ["7:63 `default` has no effect beside `value` (a label with a `value` always has it)"]
    );
    assert_eq!(labels("[\"\"]"), ["7:43 `label` is empty"]);
}

#[test]
fn one_instrument_declared_in_two_ways_names_both_places() {
    let two = |first: &str, second: &str| {
        errors(&lapwing(&format!("rules:\n  - span: a\n    {first}\n  - span: b\n    {second}")))
    };
    for (first, second, error) in [
        (
            "duration: {instrument: x, unit: s}",
            "duration: {instrument: x, unit: ms}",
            "9:43 instrument `x` is declared with two units, `s` and `ms` (it is first declared at t.yaml:7:43: make both the same, or rename one)",
        ),
        (
            "calls: {instrument: x}",
            "in_flight: {instrument: x}",
            "9:35 instrument `x` is declared with two kinds, `counter` and `up/down counter` (it is first declared at t.yaml:7:31: make both the same, or rename one)",
        ),
        (
            "calls: {instrument: x, description: one}",
            "calls: {instrument: x, description: two}",
            "9:47 instrument `x` is declared with two descriptions (it is first declared at t.yaml:7:47: make both the same, or rename one)",
        ),
        (
            "duration: {instrument: x, boundaries: [1]}",
            "duration: {instrument: x, boundaries: [2]}",
            "9:37 instrument `x` is declared with two lists of boundaries (it is first declared at t.yaml:7:37: make both the same, or rename one)",
        ),
        (
            "calls: {instrument: x.y}",
            "calls: {instrument: X.y}",
            "9:31 instrument `X.y` is declared with two spellings, `x.y` and `X.y` (it is first declared at t.yaml:7:31: make both the same, or rename one)",
        ),
    ] {
        assert_eq!(two(first, second), [error]);
    }
}

#[test]
fn a_gauge_and_a_rule_cannot_share_a_name_nor_can_two_gauges() {
    assert_eq!(
        errors(&lapwing("rules: [{span: a, calls: {instrument: x}}]\ngauges: [{source: s, instrument: x}]")),
        [
            "6:40 instrument `x` is declared with two kinds, `counter` and `observable gauge` (it is first declared at t.yaml:5:45: make both the same, or rename one)"
        ]
    );
    assert_eq!(
        errors(&lapwing("gauges: [{source: s, instrument: x}, {source: t, instrument: x}]")),
        ["5:68 gauge `x` is declared twice (it is first declared at t.yaml:5:40: a gauge has one source)"]
    );
    assert_eq!(
        errors(&lapwing("gauges: [{source: s, instrument: x, labels: [a, a]}]")),
        ["5:55 duplicate label `a` (keep one)"]
    );
}

#[test]
fn the_endpoint_and_the_log_are_checked() {
    for (body, error) in [
        ("endpoint: {serve: listner}", "5:25 `listner` is no `serve` (did you mean `listener`?)"),
        (
            "endpoint: {path: metrics}",
            "5:24 `path` must begin with `/` and be a plain path (such as `/metrics`: letters, digits and `/` `-` `.` `_` `~`)",
        ),
        (
            "endpoint: {allow: [10.0.0.0/33]}",
            "5:26 this is neither a network in CIDR form nor an IP address (such as `10.0.0.0/8`, `fd00::/8` or `127.0.0.1`)",
        ),
        (
            "endpoint: {trusted_proxies: [proxy.local]}",
            "5:36 this is neither a network in CIDR form nor an IP address (such as `10.0.0.0/8`, `fd00::/8` or `127.0.0.1`)",
        ),
        ("endpoint: {max_in_flight: 0}", "5:33 `max_in_flight` must be from 1 to 1024"),
        ("endpoint: {max_in_flight: 1025}", "5:33 `max_in_flight` must be from 1 to 1024"),
        ("endpoint: {timeout: 0}", "5:27 `timeout` must be at least 1"),
        (
            "endpoint: {rate_limit: 0}",
            "5:30 `rate_limit` must be a positive number (requests a second per client; leave it out for no limit)",
        ),
        (
            "endpoint: {token: abc}",
            "5:18 unknown key `token` in `endpoint` (known keys: `serve`, `path`, `token_file`, `allow`, `trusted_proxies`, `max_in_flight`, `timeout`, `rate_limit`)",
        ),
        ("log: {filter: \"info,=[\"}", "5:21 this is no log filter (such as `info` or `warn,my_crate=debug`)"),
        ("log: {format: xml}", "5:21 `xml` is no `format` (one of `text`, `json`, `off`)"),
    ] {
        assert_eq!(errors(&lapwing(body)), [error]);
    }
}

#[test]
fn a_default_rule_names_no_span() {
    assert_eq!(
        errors(&lapwing("default_rule: {span: a, calls: {instrument: x}}")),
        ["5:22 unknown key `span` in `default_rule` (known keys: `target`, `level`, `outcome`, `timing`, `log_over`, \
          `duration`, `calls`, `errors`, `in_flight`, `histograms`, `counters`)"]
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = lapwing_config::load("/no/such/telemetry.yaml").expect_err("no file");
    assert!(error.to_string().starts_with("cannot read configuration `/no/such/telemetry.yaml`: "), "{error}");
    assert!(error.findings().is_empty());
}
