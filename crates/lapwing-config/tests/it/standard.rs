//! What a document of the standard becomes.

use std::time::Duration;

use lapwing_config::{
    Aggregation, AttributeValue, CardinalityLimits, Exporter, InstrumentType, NO_LIMIT, Propagator, Sampler,
    SpanProcessor, Temporality, Tracer, Translation, parse,
};

use crate::support::{good, no_env};

fn tracer(body: &str) -> Tracer {
    good(&format!("tracer_provider:\n{body}")).tracer.expect("a tracer")
}

fn exporter(body: &str) -> lapwing_config::Otlp {
    let tracer = tracer(&format!("  processors:\n    - simple:\n        exporter:\n{body}"));
    match tracer.processors.into_iter().next() {
        Some(SpanProcessor::Simple { exporter: Exporter::OtlpHttp(otlp) | Exporter::OtlpGrpc(otlp) }) => otlp,
        other => panic!("{other:?}"),
    }
}

#[test]
fn absent_parts_have_the_standards_defaults() {
    let configuration = good("");
    assert!(!configuration.disabled);
    assert_eq!((configuration.tracer, configuration.meter), (None, None));
    assert!(configuration.resource.is_empty() && configuration.propagators.is_empty());
    assert_eq!(configuration.log_level, None);
    assert_eq!(configuration.lapwing, lapwing_config::Lapwing::default());
}

#[test]
fn attributes_have_their_types_and_win_over_the_list() {
    let configuration = good(
        "\
resource:
  schema_url: https://opentelemetry.io/schemas/1.40.0
  attributes:
    - {name: s, value: text}
    - {name: b, value: true, type: bool}
    - {name: i, value: -3, type: int}
    - {name: d, value: 2, type: double}
    - {name: sa, value: [a, b], type: string_array}
    - {name: ba, value: [true, false], type: bool_array}
    - {name: ia, value: [1, 2], type: int_array}
    - {name: da, value: [1.5, 2], type: double_array}
    - {name: nothing, value: null}
  attributes_list: s=other,team=a%20b%2Cc,team=last
",
    );
    let expected = [
        ("s", AttributeValue::String("text".into())),
        ("b", AttributeValue::Bool(true)),
        ("i", AttributeValue::Int(-3)),
        ("d", AttributeValue::Double(2.0)),
        ("sa", AttributeValue::StringArray(vec!["a".into(), "b".into()])),
        ("ba", AttributeValue::BoolArray(vec![true, false])),
        ("ia", AttributeValue::IntArray(vec![1, 2])),
        ("da", AttributeValue::DoubleArray(vec![1.5, 2.0])),
        ("team", AttributeValue::String("last".into())),
    ];
    assert_eq!(configuration.resource, expected.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!(configuration.resource_schema_url.as_deref(), Some("https://opentelemetry.io/schemas/1.40.0"));
}

#[test]
fn propagators_come_once_in_order_from_both_lists() {
    let both = "propagator: {composite: [{baggage: {}}], composite_list: \"tracecontext, baggage\"}";
    assert_eq!(good(both).propagators, [Propagator::Baggage, Propagator::TraceContext]);
    let nulls = "propagator: {composite: [{tracecontext: }, {baggage: null}]}";
    assert_eq!(good(nulls).propagators, [Propagator::TraceContext, Propagator::Baggage]);
    assert!(good("propagator: {composite_list: none}").propagators.is_empty());
}

#[test]
fn processors_have_their_defaults_and_settings() {
    let tracer = tracer(
        "
  processors:
    - batch: {exporter: {console: }}
    - batch:
        schedule_delay: 0
        export_timeout: 0
        max_queue_size: 10
        max_export_batch_size: 5
        exporter: {console: {}}
    - simple: {exporter: {console: }}
",
    );
    let console = Exporter::Console { temporality: Temporality::Cumulative };
    let batch = |delay, timeout, queue, size| SpanProcessor::Batch {
        exporter: console.clone(),
        schedule_delay: Duration::from_millis(delay),
        export_timeout: timeout,
        max_queue_size: queue,
        max_export_batch_size: size,
    };
    assert_eq!(
        tracer.processors,
        [
            batch(5000, Duration::from_secs(30), 2048, 512),
            batch(1, NO_LIMIT, 10, 5),
            SpanProcessor::Simple { exporter: console.clone() }
        ]
    );
    assert_eq!(tracer.sampler, Sampler::ParentBased(Box::new(Sampler::AlwaysOn)));
}

#[test]
fn samplers_the_sdk_has_are_read() {
    let sampler = |text: &str| {
        tracer(&format!("  processors: [{{simple: {{exporter: {{console: }}}}}}]\n  sampler: {text}\n")).sampler
    };
    assert_eq!(sampler("{always_on: }"), Sampler::AlwaysOn);
    assert_eq!(sampler("{always_off: {}}"), Sampler::AlwaysOff);
    assert_eq!(sampler("{trace_id_ratio_based: {ratio: 0.25}}"), Sampler::TraceIdRatio(0.25));
    assert_eq!(sampler("{trace_id_ratio_based: }"), Sampler::TraceIdRatio(1.0));
    assert_eq!(sampler("{parent_based: }"), Sampler::default());
    assert_eq!(
        sampler("{parent_based: {root: {trace_id_ratio_based: {ratio: 1}}, remote_parent_sampled: {always_on: }}}"),
        Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(1.0)))
    );
}

#[test]
fn limits_of_spans_fall_back_to_the_general_one() {
    let configuration = good(
        "\
attribute_limits: {attribute_count_limit: 7}
tracer_provider:
  processors: [{simple: {exporter: {console: }}}]
  limits: {event_count_limit: 0, link_count_limit: 2, event_attribute_count_limit: 3, link_attribute_count_limit: 4}
",
    );
    let limits = configuration.tracer.expect("a tracer").limits;
    assert_eq!((limits.attribute_count, limits.event_count, limits.link_count), (Some(7), Some(0), Some(2)));
    assert_eq!((limits.event_attribute_count, limits.link_attribute_count), (Some(3), Some(4)));
}

#[test]
fn otlp_settings_are_read() {
    let http = exporter(
        "
          otlp_http:
            endpoint: https://collector:4318/v1/traces
            tls: {ca_file: ca.pem, cert_file: c.pem, key_file: k.pem}
            headers:
              - {name: X-One, value: a}
              - {name: X-Gone, value: null}
            headers_list: x-one=b,two=c%20d
            compression: gzip
            timeout: 250
            encoding: json
",
    );
    assert_eq!(http.endpoint.as_deref(), Some("https://collector:4318/v1/traces"));
    assert_eq!(http.headers, [("X-One", "a"), ("two", "c d")].map(|(n, v)| (n.to_owned(), v.to_owned())));
    assert!(http.gzip && http.json && !http.insecure);
    assert_eq!(http.timeout, Duration::from_millis(250));
    let files = [http.ca_file, http.cert_file, http.key_file].map(|file| file.expect("a file").display().to_string());
    assert_eq!(files, ["ca.pem", "c.pem", "k.pem"]);

    let grpc = exporter("          otlp_grpc: {endpoint: \"http://[::1]:4317\", tls: {insecure: true}, timeout: 0}\n");
    assert!(grpc.insecure && !grpc.gzip && !grpc.json);
    assert_eq!((grpc.endpoint.as_deref(), grpc.timeout), (Some("http://[::1]:4317"), NO_LIMIT));

    // `insecure` is for just this: an endpoint that does not say whether it is TLS.
    for endpoint in ["collector:4317", "[::1]:4317"] {
        let plain = exporter(&format!("          otlp_grpc: {{endpoint: \"{endpoint}\", tls: {{insecure: true}}}}\n"));
        assert_eq!((plain.endpoint.as_deref(), plain.insecure), (Some(endpoint), true));
    }

    let bare = exporter("          otlp_http:\n");
    assert_eq!((bare.endpoint, bare.timeout, bare.gzip), (None, Duration::from_secs(10), false));
}

#[test]
fn readers_are_read_and_the_smallest_limits_count() {
    let meter = good(
        "\
meter_provider:
  exemplar_filter: always_off
  readers:
    - pull:
        exporter:
          prometheus/development:
            host: 0.0.0.0
            port: 0
            scope_info_enabled: false
            target_info_enabled/development: false
            resource_constant_labels: {excluded: [process.*]}
            translation_strategy: no_translation/development
        cardinality_limits: {default: 100, histogram: 50}
    - periodic:
        interval: 1000
        timeout: 500
        exporter: {otlp_grpc: {temporality_preference: delta}}
        cardinality_limits: {histogram: 60, counter: 10}
    - periodic: {exporter: {console: {temporality_preference: low_memory}}}
",
    )
    .meter
    .expect("a meter");
    let prometheus = meter.prometheus.expect("a pull reader");
    assert_eq!((prometheus.host.as_str(), prometheus.port), ("0.0.0.0", 0));
    assert!(!prometheus.scope_info && !prometheus.target_info);
    assert_eq!(prometheus.resource_labels_included, ["*"]);
    assert_eq!(prometheus.resource_labels_excluded, ["process.*"]);
    assert_eq!(prometheus.translation, Translation::NoTranslation);
    let limits = CardinalityLimits { default: Some(100), histogram: Some(50), counter: Some(10), ..Default::default() };
    assert_eq!(meter.cardinality, limits);
    assert_eq!(meter.periodic[0].interval, Duration::from_secs(1));
    assert_eq!(meter.periodic[0].timeout, Duration::from_millis(500));
    assert!(matches!(&meter.periodic[0].exporter, Exporter::OtlpGrpc(otlp) if otlp.temporality == Temporality::Delta));
    assert_eq!(meter.periodic[1].exporter, Exporter::Console { temporality: Temporality::LowMemory });
    assert_eq!(meter.periodic[1].interval, Duration::from_secs(60));
}

#[test]
fn a_pull_reader_may_say_nothing() {
    let meter = good("meter_provider: {readers: [{pull: {exporter: {prometheus/development: }}}]}").meter;
    let prometheus = meter.expect("a meter").prometheus.expect("a pull reader");
    assert_eq!((prometheus.host.as_str(), prometheus.port), ("localhost", 9464));
    assert!(prometheus.scope_info && prometheus.target_info && prometheus.resource_labels_included.is_empty());
    assert_eq!(prometheus.translation, Translation::UnderscoreEscapingWithSuffixes);
}

#[test]
fn views_select_and_aggregate_in_every_way() {
    let views = good(
        "\
meter_provider:
  readers: [{pull: {exporter: {prometheus/development: }}}]
  views:
    - selector:
        instrument_name: a
        instrument_type: up_down_counter
        unit: By
        meter_name: m
        meter_version: '1'
        meter_schema_url: u
      stream:
        name: b
        description: d
        aggregation: {explicit_bucket_histogram: {boundaries: [-1, 0, .5, 1e3], record_min_max: false}}
        aggregation_cardinality_limit: 9
        attribute_keys: {included: [\"http.*\"], excluded: [\"http.user_?\"]}
    - {selector: {}, stream: {aggregation: {explicit_bucket_histogram: }}}
    - {selector: {}, stream: {aggregation: {base2_exponential_bucket_histogram: {max_scale: -10, max_size: 2}}}}
    - {selector: {}, stream: {aggregation: {base2_exponential_bucket_histogram: }}}
    - {selector: {}, stream: {aggregation: {default: }}}
    - {selector: {}, stream: {aggregation: {drop: {}}}}
    - {selector: {}, stream: {aggregation: {sum: }}}
    - {selector: {}, stream: {aggregation: {last_value: }}}
",
    )
    .meter
    .expect("a meter")
    .views;
    let view = &views[0];
    assert!(view.selects("a", InstrumentType::UpDownCounter, "By"));
    assert!(
        !view.selects("a", InstrumentType::Counter, "By") && !view.selects("a", InstrumentType::UpDownCounter, "s")
    );
    assert!(view.selects_meter("m", Some("1"), Some("u")) && !view.selects_meter("m", None, Some("u")));
    assert_eq!(
        (view.name.as_deref(), view.description.as_deref(), view.cardinality_limit),
        (Some("b"), Some("d"), Some(9))
    );
    assert!(view.keeps_attribute("http.route") && !view.keeps_attribute("http.user_x") && !view.keeps_attribute("db"));
    assert!(views[1].keeps_attribute("anything") && views[1].selects("x", InstrumentType::Gauge, ""));
    let aggregations: Vec<Aggregation> = views.into_iter().filter_map(|view| view.aggregation).collect();
    let exponential = |max_size, max_scale| Aggregation::Base2ExponentialBucketHistogram {
        max_size,
        max_scale,
        record_min_max: true,
    };
    let standard =
        vec![0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0];
    assert_eq!(
        aggregations,
        [
            Aggregation::ExplicitBucketHistogram { boundaries: vec![-1.0, 0.0, 0.5, 1000.0], record_min_max: false },
            Aggregation::ExplicitBucketHistogram { boundaries: standard, record_min_max: true },
            exponential(2, -10),
            exponential(160, 20),
            Aggregation::Default,
            Aggregation::Drop,
            Aggregation::Sum,
            Aggregation::LastValue,
        ]
    );
}

#[test]
fn types_resolve_after_substitution_and_nothing_is_injected() {
    let env = |name: &str| {
        Some(match name {
            "OFF" => "true".to_owned(),
            "PORT" => "0x10".to_owned(),
            "EVIL" => "a\nmeter_provider: {readers: []}\nb: \"${OFF}\"".to_owned(),
            _ => return None,
        })
    };
    let text = "\
file_format: \"1.1\"
disabled: ${OFF}
log_level: ${UNDEFINED}
resource:
  attributes:
    - name: ${OFF:-x}s
      value: ${EVIL}
    - name: quoted
      value: \"${OFF}\"
    - name: literal
      value: $${OFF}
meter_provider:
  readers:
    - pull:
        exporter:
          prometheus/development:
            port: ${PORT}
";
    let configuration = parse(text, "t.yaml", &env).unwrap_or_else(|error| panic!("{error}"));
    assert!(configuration.disabled);
    assert_eq!(configuration.log_level, None);
    let values = configuration.resource.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let string = |text: &str| AttributeValue::String(text.to_owned());
    let expected = [
        ("trues", string("a\nmeter_provider: {readers: []}\nb: \"${OFF}\"")),
        ("quoted", string("true")),
        ("literal", string("${OFF}")),
    ];
    assert_eq!(values.collect::<Vec<_>>(), expected);
    assert_eq!(configuration.meter.expect("a meter").prometheus.expect("a reader").port, 16);
}

#[test]
fn keys_are_no_place_for_substitution() {
    let text = "file_format: \"1.1\"\n${NAME}: true\n";
    let error = parse(text, "t.yaml", &|_| Some("disabled".to_owned())).expect_err("an unknown key");
    assert_eq!(error.findings()[0].message, "unknown key `${NAME}` in `configuration`");
    assert!(parse("file_format: \"1.1\"\ndisabled: ${NAME}", "t.yaml", &no_env).is_ok());
}

#[test]
fn log_levels_are_those_a_log_filter_has() {
    for (given, level) in [
        ("trace", "trace"),
        ("debug4", "debug"),
        ("info", "info"),
        ("info2", "info"),
        ("warn3", "warn"),
        ("error", "error"),
        ("fatal", "error"),
        ("fatal4", "error"),
    ] {
        assert_eq!(good(&format!("log_level: {given}")).log_level.as_deref(), Some(level), "{given}");
    }
}
