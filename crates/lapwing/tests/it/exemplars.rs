//! Exemplars find the stream that the views made of their instrument.

use lapwing::Format;

use crate::support::{collector::Collector, configuration, local};

#[test]
fn exemplars_follow_the_views_and_name_traces_that_exist() {
    let collector = Collector::start();
    let yaml = configuration(
        "views:
  - selector: {instrument_name: work.duration}
    stream: {name: job.time, attribute_keys: {excluded: [user]}, aggregation: {explicit_bucket_histogram: {boundaries: [60]}}}",
        "rules: [{span: work, duration: {instrument: work.duration, labels: [outcome, user]}}]",
    ) + &format!(
        "tracer_provider: {{processors: [{{batch: {{exporter: {{otlp_http: {{endpoint: \"http://{}/v1/traces\"}}}}}}}}]}}\n",
        collector.address()
    );
    let telemetry = local(&yaml);
    {
        let _on = telemetry.enter();
        tracing::info_span!("work", user = "a").in_scope(|| {});
    }
    let openmetrics = telemetry.snapshot().unwrap().encode(Format::OpenMetrics1 { utf8_names: false });
    let text = String::from_utf8(openmetrics.to_vec()).unwrap();
    let bucket =
        text.lines().find(|line| line.starts_with(r#"job_time_seconds_bucket{outcome="ok",le="60.0"}"#)).unwrap();
    let trace = bucket.split("trace_id=\"").nth(1).and_then(|rest| rest.split('"').next()).expect(bucket);
    telemetry.flush().unwrap();
    let span = collector.span("work");
    let hex: String = span.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(trace, hex);
}
