//! What is accepted with a warning.

use crate::support::{lapwing, read, warnings};

#[test]
fn each_standard_key_that_is_not_served_is_named_once() {
    let found = warnings(
        "\
logger_provider: {processors: [{batch: {exporter: {console: }}}]}
distribution: {vendor: {a: 1}}
attribute_limits: {attribute_value_length_limit: 5}
resource: {detection/development: {detectors: [{host: }]}}
propagator: {composite: [{tracecontext: }, {b3: }, {b3multi: }, {xray: }, {jaeger: }], composite_list: \"b3,baggage\"}
tracer_provider:
  processors:
    - simple: {exporter: {otlp_file/development: {output_stream: stdout}}}
    - simple: {exporter: {zipkin: {endpoint: \"http://x\"}}}
  sampler: {jaeger_remote/development: {endpoint: \"http://x\", initial_sampler: {always_on: }}}
  id_generator: {random: }
  tracer_configurator/development: {}
meter_provider:
  meter_configurator/development: {}
  readers:
    - periodic:
        max_export_batch_size/development: 4
        producers: [{opencensus: }]
        exporter: {console: {default_histogram_aggregation: base2_exponential_bucket_histogram}}
instrumentation/development: {general: {}, java: {x: {}}, rust: {other: {a: 1}, lapwin: {}}}
",
    );
    let expected = [
        "2:1 `logger_provider` in `configuration` has no effect: logs are written to standard error, see `log` of `lapwing`",
        "3:1 `distribution` in `configuration` has no effect: Lapwing's own settings are under `instrumentation/development`",
        "4:20 `attribute_value_length_limit` in `attribute_limits` has no effect: the Rust SDK does not limit the length of values",
        "5:12 `detection/development` in `resource` has no effect: the Rust SDK has no resource detectors that can be configured",
        "6:45 `b3` in `composite` has no effect: Lapwing has the propagators `tracecontext` and `baggage`",
        "6:53 `b3multi` in `composite` has no effect: Lapwing has the propagators `tracecontext` and `baggage`",
        "6:66 `xray` in `composite` has no effect: Lapwing has the propagators `tracecontext` and `baggage`",
        "6:76 `jaeger` in `composite` has no effect: Lapwing has the propagators `tracecontext` and `baggage`",
        "6:104 `b3` in `composite_list` has no effect: Lapwing has `tracecontext` and `baggage`",
        "9:27 `otlp_file/development` in `exporter` has no effect: Lapwing exports by `otlp_http`, `otlp_grpc` and `console`; this processor is left out",
        "10:27 `zipkin` in `exporter` has no effect: Lapwing exports by `otlp_http`, `otlp_grpc` and `console`; this processor is left out",
        "11:13 `jaeger_remote/development` in `sampler` has no effect: the Rust SDK has no such sampler; the default one is used",
        "13:3 `tracer_configurator/development` in `tracer_provider` has no effect: the Rust SDK cannot configure single tracers; use `filter` of `log`",
        "15:3 `meter_configurator/development` in `meter_provider` has no effect: the Rust SDK cannot configure single meters; a view can `drop`",
        "18:9 `max_export_batch_size/development` in `periodic` has no effect: the Rust SDK exports all metrics at once",
        "19:9 `producers` in `periodic` has no effect: the Rust SDK has no metric producers",
        "20:30 `default_histogram_aggregation` has no effect: the Rust SDK's exporters cannot choose it (write a view with `base2_exponential_bucket_histogram`)",
        "21:31 `general` in `instrumentation/development` has no effect: what is measured is said by `rules` of `lapwing`",
        "21:81 `lapwin` in `rust` is left to others (did you mean `lapwing`?)",
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn the_other_samplers_and_delegates_are_named() {
    for sampler in ["composite/development", "probability/development"] {
        let found = warnings(&format!(
            "tracer_provider: {{processors: [{{simple: {{exporter: {{console: }}}}}}], sampler: {{{sampler}: {{}}}}}}"
        ));
        assert_eq!(found.len(), 1, "{found:?}");
    }
    let found = warnings(
        "\
tracer_provider:
  processors: [{simple: {exporter: {console: }}}]
  sampler:
    parent_based:
      remote_parent_sampled: {always_off: }
      local_parent_sampled: {always_on: }
      local_parent_not_sampled: {trace_id_ratio_based: {ratio: 0.5}}
",
    );
    assert_eq!(
        found,
        [
            "6:7 `remote_parent_sampled` in `parent_based` has no effect: the Rust SDK always uses `always_on` here",
            "8:7 `local_parent_not_sampled` in `parent_based` has no effect: the Rust SDK always uses `always_off` here",
        ]
    );
}

fn views(views: &str, rules: &str) -> Vec<String> {
    let meter = "meter_provider:\n  readers: [{pull: {exporter: {prometheus/development: }}}]\n  views:\n";
    warnings(&format!("{meter}{views}{}", lapwing(rules)))
}

const RULE: &str = "rules: [{span: a, duration: {instrument: sign.duration}}]";

#[test]
fn a_view_that_nearly_names_an_instrument_is_a_slip_and_another_librarys_is_not() {
    let found = views(
        "    - {selector: {instrument_name: sing.duration}, stream: {}}\n    - {selector: {instrument_name: http.server.active}, stream: {}}\n    - {selector: {instrument_name: sign.durations, meter_name: http}, stream: {}}\n",
        RULE,
    );
    assert_eq!(found, ["5:36 no rule declares instrument `sing.duration` (did you mean `sign.duration`?)"]);
}

#[test]
fn a_view_that_names_an_instrument_but_does_not_select_it_is_named() {
    let found = views(
        "    - {selector: {instrument_name: sign.duration, unit: ms}, stream: {}}\n    - {selector: {instrument_name: sign.duration, instrument_type: counter}, stream: {}}\n",
        RULE,
    );
    assert_eq!(
        found,
        [
            "5:36 this view does not select instrument `sign.duration`: its `unit` is another (it is declared at t.yaml:10:48)",
            "6:36 this view does not select instrument `sign.duration`: its `instrument_type` is another (it is declared at t.yaml:10:48)",
        ]
    );
}

#[test]
fn two_views_with_other_buckets_for_one_stream_are_named_with_both_places() {
    let view = |name: &str, bounds: &str| {
        format!(
            "    - {{selector: {{instrument_name: {name}}}, stream: {{aggregation: {{explicit_bucket_histogram: {{boundaries: {bounds}}}}}}}}}\n"
        )
    };
    let found = views(&(view("\"sign.*\"", "[1]") + &view("sign.duration", "[2]")), RULE);
    assert_eq!(
        found,
        ["6:103 a second view of `sign.duration` has other buckets and no effect \
          (the SDK keeps the first one, at t.yaml:5:98: merge them, or name the streams)"]
    );
    assert!(views(&(view("\"sign.*\"", "[1]") + &view("sign.duration", "[1]")), RULE).is_empty());
    let rest = "    - {selector: {instrument_name: \"*\"}, stream: {aggregation_cardinality_limit: 100}}\n";
    assert!(views(&(view("sign.duration", "[1]") + rest), RULE).is_empty());
}

#[test]
fn a_view_that_gives_many_instruments_one_name_is_named() {
    let found = views("    - {selector: {instrument_name: \"sign.*\"}, stream: {name: all}}\n", RULE);
    assert_eq!(
        found,
        ["5:62 every instrument this view selects gets the same name (select one instrument by its whole name)"]
    );
}

#[test]
fn rules_without_a_meter_provider_are_named_once() {
    assert_eq!(
        warnings(&lapwing("rules: [{span: a, calls: {instrument: x}, errors: {instrument: y}}]")),
        ["5:45 nothing is measured without a `meter_provider` (add one with a reader, such as `pull`)"]
    );
}

#[test]
fn a_warning_is_rendered_like_an_error() {
    let configuration = read("logger_provider: {}\n").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        configuration.warnings[0].to_string(),
        "\
warning: `logger_provider` in `configuration` has no effect: logs are written to standard error, see `log` of `lapwing`
 --> t.yaml:2:1
  |
2 | logger_provider: {}
  | ^^^^^^^^^^^^^^^"
    );
}
