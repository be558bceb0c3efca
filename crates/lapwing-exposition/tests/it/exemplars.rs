//! Exemplars from a source, joined to their series.

use std::time::{Duration, SystemTime};

use lapwing_exposition::{ExemplarSource, Format, PrometheusReader, Reason, SeriesExemplars};
use opentelemetry::KeyValue;

use crate::sdk::{Sdk, samples};

struct Source(Vec<SeriesExemplars>);

impl ExemplarSource for Source {
    fn exemplars(&self) -> Vec<SeriesExemplars> {
        self.0.clone()
    }
}

fn held(stream: &str, attributes: &[(&'static str, &'static str)], values: &[(f64, u8)]) -> SeriesExemplars {
    SeriesExemplars {
        stream: stream.to_owned(),
        attributes: attributes.iter().map(|(k, v)| KeyValue::new(*k, *v)).collect(),
        exemplars: values
            .iter()
            .map(|(value, id)| {
                let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + u64::from(*id));
                (*value, [*id; 16], [*id; 8], time)
            })
            .collect(),
    }
}

fn sdk(source: impl ExemplarSource) -> Sdk {
    Sdk::new(PrometheusReader::builder().scope_labels(false).target_info(false).exemplars(source))
}

fn id(n: u8) -> String {
    let hex = format!("{n:02x}");
    format!("{{span_id=\"{}\",trace_id=\"{}\"}}", hex.repeat(8), hex.repeat(16))
}

#[test]
fn exemplars_go_to_the_series_and_bucket_they_belong_to() {
    let sdk = sdk(Source(vec![
        held("h", &[("a", "1"), ("b", "2")], &[(0.5, 1), (0.7, 2), (0.6, 3), (1.5, 4)]),
        held("c", &[], &[(1.0, 5), (2.0, 6)]),
        held("h", &[("a", "9")], &[(0.5, 7)]),
        held("nothing", &[], &[(0.5, 8)]),
    ]));
    let histogram = sdk.meter("m").f64_histogram("h").with_boundaries(vec![0.5, 1.0]).build();
    for value in [0.5, 0.7, 0.6] {
        histogram.record(value, &[KeyValue::new("b", "2"), KeyValue::new("a", "1")]);
    }
    sdk.meter("m").u64_counter("c").build().add(3, &[]);
    let snapshot = sdk.gather();
    let expected = [
        format!("c_total 3 # {} 2 1700000006", id(6)),
        format!("h_bucket{{a=\"1\",b=\"2\",le=\"0.5\"}} 1 # {} 0.5 1700000001", id(1)),
        format!("h_bucket{{a=\"1\",b=\"2\",le=\"1.0\"}} 3 # {} 0.6 1700000003", id(3)),
        // No value is in this bucket, so no exemplar can be.
        "h_bucket{a=\"1\",b=\"2\",le=\"+Inf\"} 3".to_owned(),
        "h_sum{a=\"1\",b=\"2\"} 1.8".to_owned(),
        "h_count{a=\"1\",b=\"2\"} 3".to_owned(),
    ];
    let lines = samples(&snapshot, Format::OpenMetrics1 { utf8_names: true });
    assert_eq!(lines.len(), expected.len());
    for (line, expected) in lines.iter().zip(&expected).filter(|(line, _)| !line.contains("_sum")) {
        assert_eq!(line, expected);
    }
    assert!(samples(&snapshot, Format::Text0).iter().all(|line| !line.contains('#')));
}

#[test]
fn folded_exponential_histograms_have_exemplars_too() {
    let source = Source(vec![held("h", &[], &[(3.0, 1)])]);
    let sdk = Sdk::with(PrometheusReader::builder().scope_labels(false).exemplars(source), |provider| {
        provider.with_view(|_: &opentelemetry_sdk::metrics::Instrument| {
            let aggregation = opentelemetry_sdk::metrics::Aggregation::Base2ExponentialHistogram {
                max_size: 160,
                max_scale: 20,
                record_min_max: true,
            };
            opentelemetry_sdk::metrics::Stream::builder().with_aggregation(aggregation).build().ok()
        })
    });
    sdk.meter("m").f64_histogram("h").build().record(3.0, &[]);
    let lines = samples(&sdk.gather(), Format::OpenMetrics1 { utf8_names: true });
    let line = lines.iter().find(|line| line.contains("le=\"4.0\"")).unwrap();
    assert_eq!(*line, format!("h_bucket{{le=\"4.0\"}} 1 # {} 3 1700000001", id(1)));
}

#[test]
fn malformed_exemplars_are_dropped_and_counted() {
    let sdk = sdk(Source(vec![held("c", &[], &[(f64::NAN, 1), (1.0, 0)])]));
    sdk.meter("m").u64_counter("c").build().add(3, &[]);
    assert_eq!(samples(&sdk.gather(), Format::OpenMetrics1 { utf8_names: true }), ["c_total 3"]);
    assert_eq!(sdk.reader.problems().get(Reason::ExemplarDropped), 2);
}

struct Panicking;

impl ExemplarSource for Panicking {
    fn exemplars(&self) -> Vec<SeriesExemplars> {
        panic!("on purpose")
    }
}

#[test]
fn panicking_exemplar_source_costs_only_the_exemplars() {
    let sdk = sdk(Panicking);
    sdk.meter("m").u64_counter("c").build().add(3, &[]);
    for _ in 0..2 {
        assert_eq!(samples(&sdk.gather(), Format::OpenMetrics1 { utf8_names: true }), ["c_total 3"]);
    }
    assert_eq!(sdk.reader.problems().get(Reason::CallbackPanic), 2);
}
