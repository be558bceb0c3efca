//! One configuration with every key that is served.

use crate::support::{collector::Collector, local, sample, text};

#[test]
fn every_key_together_works() {
    let collector = Collector::start();
    let address = collector.address();
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "abc\n").unwrap();
    let yaml = format!(
        "file_format: \"1.1\"
disabled: false
log_level: warn
resource:
  schema_url: https://opentelemetry.io/schemas/1.37.0
  attributes:
    - {{name: service.name, value: full}}
    - {{name: service.version, value: \"1\"}}
    - {{name: flags, value: [true, false], type: bool_array}}
    - {{name: ratio, value: 0.5, type: double}}
  attributes_list: \"deployment.environment.name=test,service.name=ignored\"
propagator: {{composite: [{{tracecontext: }}, {{baggage: }}]}}
tracer_provider:
  processors:
    - batch:
        schedule_delay: 600000
        export_timeout: 20000
        max_queue_size: 100
        max_export_batch_size: 50
        exporter:
          otlp_http:
            endpoint: \"http://{address}/v1/traces\"
            compression: gzip
            timeout: 5000
            encoding: protobuf
            headers: [{{name: x-one, value: \"1\"}}]
            headers_list: \"x-two=2\"
    - simple: {{exporter: {{otlp_http: {{endpoint: \"http://{address}/simple\"}}}}}}
    - batch: {{exporter: {{console: }}}}
  sampler: {{parent_based: {{root: {{trace_id_ratio_based: {{ratio: 1.0}}}}}}}}
  limits: {{attribute_count_limit: 2, event_count_limit: 10, link_count_limit: 10, event_attribute_count_limit: 10, link_attribute_count_limit: 10}}
meter_provider:
  exemplar_filter: always_on
  readers:
    - pull:
        exporter:
          prometheus/development:
            host: 127.0.0.1
            port: 0
            scope_info_enabled: false
            target_info_enabled/development: true
            resource_constant_labels: {{included: [\"service*\"], excluded: [service.version]}}
            translation_strategy: underscore_escaping_with_suffixes
        cardinality_limits: {{default: 500, histogram: 100}}
    - periodic:
        interval: 600000
        timeout: 5000
        exporter: {{otlp_http: {{endpoint: \"http://{address}/v1/metrics\", temporality_preference: cumulative}}}}
    - periodic: {{interval: 600000, exporter: {{console: {{temporality_preference: delta}}}}}}
  views:
    - selector: {{instrument_name: work.duration, instrument_type: histogram, unit: s, meter_name: lapwing}}
      stream:
        description: Work done.
        aggregation: {{explicit_bucket_histogram: {{boundaries: [1, 60], record_min_max: false}}}}
        aggregation_cardinality_limit: 50
        attribute_keys: {{included: [\"*\"], excluded: [secret]}}
instrumentation/development:
  rust:
    lapwing:
      rules:
        - span: work
          target: \"*\"
          level: info
          outcome: {{field: status, errors: [failed]}}
          timing: busy
          log_over: 60000
          duration: {{instrument: work.duration, unit: s, description: Work., labels: [outcome, {{name: kind, field: sort, default: none, values: [a, b]}}]}}
          calls: {{instrument: work, description: Works., labels: [outcome]}}
          errors: {{instrument: work.error, labels: [{{name: operation, value: work}}]}}
          in_flight: {{instrument: work.in_flight}}
          histograms: [{{field: size, instrument: work.size, unit: By, labels: []}}]
          counters: [{{field: removed, instrument: work.removed}}]
        - event: \"*\"
          target: noted
          calls: {{instrument: notes}}
      default_rule: {{duration: {{instrument: span.duration, labels: [span_name, outcome]}}}}
      gauges: [{{source: store.size, instrument: store.size, unit: By, description: Size., labels: [backend]}}]
      endpoint: {{serve: listener, path: /prometheus/metrics, token_file: \"{token}\", allow: [127.0.0.0/8], trusted_proxies: [127.0.0.1], max_in_flight: 4, timeout: 5000, rate_limit: 100}}
      log: {{filter: \"error\", format: json}}
      created_samples: true
      process_metrics: true
",
        token = token.path().display()
    );
    let telemetry = local(&yaml);
    telemetry.observe("store.size", |o| o.set(9.0, &[("backend", "x")])).unwrap();
    {
        let _on = telemetry.enter();
        for status in ["done", "failed"] {
            tracing::info_span!("work", status, sort = "a", size = 10, removed = 2, dropped = 1).in_scope(|| {});
        }
        tracing::info_span!("else").in_scope(|| tracing::info!(target: "noted", "a note"));
    }
    let text = text(&telemetry);
    let name = r#"service_name="full""#;
    for (series, value) in [
        (format!(r#"work_duration_seconds_bucket{{kind="a",outcome="ok",{name},le="60.0"}}"#), "1"),
        (format!(r#"work_duration_seconds_count{{kind="a",outcome="error",{name}}}"#), "1"),
        (format!(r#"work_total{{outcome="ok",{name}}}"#), "1"),
        (format!(r#"work_error_total{{operation="work",{name}}}"#), "1"),
        (format!("work_in_flight{{{name}}}"), "0"),
        (format!("work_size_bytes_sum{{{name}}}"), "20"),
        (format!("work_removed_total{{{name}}}"), "4"),
        (format!("notes_total{{{name}}}"), "1"),
        (format!(r#"span_duration_seconds_count{{outcome="ok",{name},span_name="else"}}"#), "1"),
        (format!(r#"store_size_bytes{{backend="x",{name}}}"#), "9"),
    ] {
        assert_eq!(sample(&text, &series), Some(value), "{series} in {text}");
    }
    assert!(text.contains("# HELP work_duration_seconds Work done."), "{text}");
    assert!(telemetry.listener_address().unwrap().ip().is_loopback());

    telemetry.shutdown().unwrap();
    collector.metric("work.duration");
    let work = collector.span("work");
    // Each is beyond the limit of two but the first ones.
    assert!(work.attributes.len() <= 2 && work.dropped_attributes_count > 0, "{work:?}");
    let requests = collector.requests();
    let traces = requests.iter().find(|request| request.path == "/v1/traces").unwrap();
    assert_eq!((traces.header("x-one"), traces.header("x-two")), (Some("1"), Some("2")));
    assert_eq!(requests.iter().filter(|request| request.path == "/simple").count(), 3);
    let resource = crate::support::collector::resource(&requests);
    for (key, value) in [("service.name", "full"), ("deployment.environment.name", "test")] {
        assert!(resource.contains(&(key.to_owned(), value.to_owned())), "{resource:?}");
    }
}
