//! Telemetry that carries itself away is not telemetry of itself.

use crate::support::{child::Child, collector::Collector, grpc::collector, sample};

/// Everything is measured, traced and exported at once, with the log at its most talkative.
#[test]
#[ignore = "a process of its own"]
fn program() {
    let telemetry = lapwing::builder().config_text("test.yaml", std::env::var("YAML").unwrap()).init().unwrap();
    for _ in 0..3 {
        tracing::info_span!("own").in_scope(|| tracing::info!("an event"));
        telemetry.flush().unwrap();
    }
    let text = crate::support::text(&telemetry);
    for line in text.lines().filter(|line| line.starts_with("span_duration_seconds_count")) {
        println!("measured: {line}");
    }
    println!("events: {}", sample(&text, "events_total").unwrap_or("none"));
    telemetry.shutdown().unwrap();
    println!("done");
}

fn run(exporters: &str) {
    let yaml = format!(
        "file_format: \"1.1\"
{exporters}
instrumentation/development:
  rust:
    lapwing:
      endpoint: {{serve: mounted}}
      rules: [{{event: \"*\", calls: {{instrument: events, labels: []}}}}]
      default_rule: {{duration: {{instrument: span.duration, labels: [span_name]}}}}
"
    );
    let child = Child::start("recursion::program", &[("YAML", &yaml), ("RUST_LOG", "trace")]);
    let (status, said) = child.end();
    assert!(status.success(), "{said}");
    let measured: Vec<&str> = said.lines().filter_map(|line| Some(line.split_once("measured: ")?.1)).collect();
    assert_eq!(measured, [r#"span_duration_seconds_count{span_name="own"} 3"#], "{exporters}: {said}");
    assert!(said.lines().any(|line| line == "events: 3"), "{exporters}: {said}");
}

const PULL: &str = "pull: {exporter: {prometheus/development: {scope_info_enabled: false}}}";

#[test]
fn exporting_everything_does_not_beget_more_to_export() {
    for processor in ["batch", "simple"] {
        let collector = Collector::start();
        let address = collector.address();
        run(&format!(
            "tracer_provider:
  processors: [{{{processor}: {{exporter: {{otlp_http: {{endpoint: \"http://{address}/v1/traces\"}}}}}}}}]
meter_provider:
  readers: [{PULL}, periodic: {{exporter: {{otlp_http: {{endpoint: \"http://{address}/v1/metrics\"}}}}}}]"
        ));
        let spans: Vec<String> = collector.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(spans, ["own", "own", "own"], "{processor}");
    }
}

#[test]
fn exporting_everything_over_grpc_does_not_either() {
    for processor in ["batch", "simple"] {
        let (address, calls) = collector();
        run(&format!(
            "tracer_provider: {{processors: [{{{processor}: {{exporter: {{otlp_grpc: {{endpoint: \"http://{address}\"}}}}}}}}]}}
meter_provider: {{readers: [{PULL}]}}"
        ));
        let spans: Vec<String> = calls.try_iter().flat_map(|call| call.spans()).map(|span| span.name).collect();
        assert_eq!(spans, ["own", "own", "own"], "{processor}");
    }
}
