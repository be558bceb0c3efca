//! Histograms that are at zero before the SDK knows them.

use std::time::SystemTime;

use lapwing_exposition::{DeclaredHistogram, ExemplarSource, Format, PrometheusReader, SeriesExemplars, Translation};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;

use crate::sdk::{Sdk, samples, text};

fn declared(stream: &str) -> DeclaredHistogram {
    DeclaredHistogram {
        scope: InstrumentationScope::builder("m").build(),
        stream: stream.to_owned(),
        unit: "s".to_owned(),
        description: "How long.".to_owned(),
        boundaries: vec![0.5, 1.0],
    }
}

fn plain(histograms: impl IntoIterator<Item = DeclaredHistogram>) -> Sdk {
    Sdk::new(PrometheusReader::builder().scope_labels(false).target_info(false).declared_histograms(histograms))
}

fn record(sdk: &Sdk, value: f64, attributes: &[KeyValue]) {
    let meter = sdk.meter("m");
    let histogram = meter.f64_histogram("gc.duration").with_unit("s").with_description("How long.");
    histogram.with_boundaries(vec![0.5, 1.0]).build().record(value, attributes);
}

fn lines(counts: [u64; 3], sum: &str) -> [String; 5] {
    let [half, one, all] = counts;
    [
        format!("gc_duration_seconds_bucket{{le=\"0.5\"}} {half}"),
        format!("gc_duration_seconds_bucket{{le=\"1.0\"}} {one}"),
        format!("gc_duration_seconds_bucket{{le=\"+Inf\"}} {all}"),
        format!("gc_duration_seconds_sum {sum}"),
        format!("gc_duration_seconds_count {all}"),
    ]
}

fn no_problems(sdk: &Sdk) {
    assert!(sdk.reader.problems().read().iter().all(|(_, count)| *count == 0), "{:?}", sdk.reader.problems());
}

#[test]
fn a_declared_histogram_is_at_zero_until_the_sdk_has_it() {
    // Twice, as by two rules.
    let sdk = plain([declared("gc.duration"), declared("gc.duration")]);
    for _ in 0..2 {
        assert_eq!(sdk.samples(), lines([0, 0, 0], "0"));
    }
    let text = text(&sdk.gather(), Format::OpenMetrics1 { utf8_names: false });
    for metadata in ["# HELP gc_duration_seconds How long.", "# TYPE gc_duration_seconds histogram"] {
        assert!(text.contains(metadata), "{text}");
    }
    assert!(text.contains("# UNIT gc_duration_seconds seconds"), "{text}");
    record(&sdk, 0.75, &[]);
    assert_eq!(sdk.samples(), lines([0, 1, 1], "0.75"));
    record(&sdk, 0.25, &[]);
    assert_eq!(sdk.samples(), lines([1, 2, 2], "1"));
    no_problems(&sdk);
}

#[test]
fn series_with_attributes_stand_beside_the_one_without() {
    let sdk = plain([declared("gc.duration")]);
    record(&sdk, 0.75, &[KeyValue::new("kind", "full")]);
    let samples = sdk.samples();
    assert_eq!(samples[..5], lines([0, 0, 0], "0"));
    assert_eq!(samples[9], "gc_duration_seconds_count{kind=\"full\"} 1");
    assert_eq!(samples.len(), 10);
    // To Prometheus an empty value is no label.
    record(&sdk, 0.75, &[KeyValue::new("kind", "")]);
    assert_eq!(sdk.samples()[..5], lines([0, 1, 1], "0.75"));
    assert_eq!(sdk.samples().len(), 10);
    no_problems(&sdk);
}

#[test]
fn labels_and_name_are_those_the_sdk_s_series_gets() {
    let resource = Resource::builder_empty().with_attribute(KeyValue::new("service.name", "shop")).build();
    let reader = PrometheusReader::builder()
        .translation(Translation::NoTranslation)
        .resource_labels(vec!["service*".to_owned()], Vec::new())
        .declared_histograms([declared("gc.duration")]);
    let sdk = Sdk::with(reader, |provider| provider.with_resource(resource));
    let format = Format::OpenMetrics1 { utf8_names: true };
    let of_gc = |sdk: &Sdk| -> Vec<String> {
        let without_value = |line: String| line.rsplit_once(' ').map(|(series, _)| series.to_owned()).unwrap();
        samples(&sdk.gather(), format).into_iter().filter(|l| l.contains("gc.")).map(without_value).collect()
    };
    let before = of_gc(&sdk);
    assert_eq!(before[4], r#"{"gc.duration_count",otel_scope_name="m","service.name"="shop"}"#);
    record(&sdk, 0.75, &[]);
    assert_eq!(of_gc(&sdk), before);
}

#[test]
fn another_metric_of_the_name_is_left_alone() {
    let sdk = plain([declared("gc.duration")]);
    sdk.meter("m").f64_gauge("gc.duration.seconds").build().record(3.0, &[]);
    assert_eq!(sdk.samples(), ["gc_duration_seconds 3"]);
    no_problems(&sdk);
}

struct Late;

impl ExemplarSource for Late {
    fn exemplars(&self) -> Vec<SeriesExemplars> {
        let exemplars = vec![(0.75, [1; 16], [2; 8], SystemTime::now())];
        vec![SeriesExemplars { stream: "gc.duration".to_owned(), attributes: Vec::new(), exemplars }]
    }
}

#[test]
fn no_exemplar_without_a_value() {
    let reader = PrometheusReader::builder().exemplars(Late).declared_histograms([declared("gc.duration")]);
    let sdk = Sdk::new(reader.scope_labels(false).target_info(false));
    let format = Format::OpenMetrics1 { utf8_names: false };
    assert!(!text(&sdk.gather(), format).contains(" # {"));
    record(&sdk, 0.75, &[]);
    assert!(text(&sdk.gather(), format).contains(" # {"));
}
