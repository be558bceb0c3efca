//! Every format, written out.

use std::time::{Duration, SystemTime};

use lapwing_exposition::{Exemplar, Family, Format, Histogram, Kind, Labels, Number, Series, Snapshot, Value};

use crate::sdk::text;

const OPENMETRICS: Format = Format::OpenMetrics1 { utf8_names: false };

fn at(millis: u64) -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
}

fn family(name: &str, kind: Kind, series: Vec<Series>) -> Family {
    Family { name: name.to_owned(), help: String::new(), unit: String::new(), kind, series }
}

fn series<const N: usize>(labels: [(&str, &str); N], value: Value) -> Series {
    Series { labels: labels.into_iter().collect(), value, created: at(1_700_000_000_250) }
}

fn counter(value: impl Into<Number>) -> Value {
    Value::Counter { value: value.into(), exemplar: None }
}

fn number(value: impl Into<Number>) -> Value {
    Value::Number(value.into())
}

fn exemplar(value: f64, trace: &str) -> Exemplar {
    Exemplar { labels: Labels::new([("trace_id", trace), ("span_id", "b7")]), value, time: at(1_700_000_001_500) }
}

fn everything() -> Vec<Family> {
    let mut histogram = Histogram::new([(0.005, 1), (1.0, 2), (1e6, 0), (f64::INFINITY, 1)], 1_000_002.5);
    histogram.add_exemplar(exemplar(0.75, "a1"));
    vec![
        Family {
            help: "Said \"so\",\nwith \\ and more".to_owned(),
            ..family(
                "encode_total",
                Kind::Counter,
                vec![
                    series([("outcome", "ok")], counter(u64::MAX)),
                    series(
                        [("outcome", "a \"b\"\n\\c")],
                        Value::Counter { value: Number::Float(1.5), exemplar: Some(Box::new(exemplar(1.0, "a2"))) },
                    ),
                ],
            )
        },
        Family {
            unit: "seconds".to_owned(),
            help: "Duration".to_owned(),
            ..family(
                "encode_seconds",
                Kind::Histogram,
                vec![series([("z", "1"), ("a", "2")], Value::Histogram(histogram))],
            )
        },
        family("temperature", Kind::Gauge, vec![series([], number(-3_i64)), series([("room", "ü")], number(f64::NAN))]),
        family(
            "wait",
            Kind::Summary,
            vec![series([], Value::Summary { quantiles: vec![(0.5, 1.0), (1.0, 2e9)], sum: 3.0, count: 2 })],
        ),
        family("target_info", Kind::Info, vec![series([("service_name", "sigil")], number(1_u64))]),
        family("old", Kind::Unknown, vec![series([], number(f64::INFINITY))]),
    ]
}

#[test]
fn text_is_written_as_0_0_4_wants_it() {
    let expected = r#"# HELP encode_seconds Duration
# TYPE encode_seconds histogram
encode_seconds_bucket{a="2",z="1",le="0.005"} 1
encode_seconds_bucket{a="2",z="1",le="1.0"} 3
encode_seconds_bucket{a="2",z="1",le="1e+06"} 3
encode_seconds_bucket{a="2",z="1",le="+Inf"} 4
encode_seconds_sum{a="2",z="1"} 1.0000025e+06
encode_seconds_count{a="2",z="1"} 4
# HELP encode_total Said "so",\nwith \\ and more
# TYPE encode_total counter
encode_total{outcome="a \"b\"\n\\c"} 1.5
encode_total{outcome="ok"} 18446744073709551615
# TYPE old untyped
old +Inf
# TYPE target_info gauge
target_info{service_name="sigil"} 1
# TYPE temperature gauge
temperature -3
temperature{room="ü"} NaN
# TYPE wait summary
wait{quantile="0.5"} 1
wait{quantile="1.0"} 2e+09
wait_sum 3
wait_count 2
"#;
    let snapshot = Snapshot::new(everything()).with_created_samples(true);
    assert_eq!(text(&snapshot, Format::Text0), expected);
    for utf8_names in [false, true] {
        assert_eq!(snapshot.encode(Format::Text1 { utf8_names }), snapshot.encode(Format::Text0));
    }
}

#[test]
fn openmetrics_adds_units_exemplars_start_times_and_its_end() {
    let expected = r#"# HELP encode_seconds Duration
# TYPE encode_seconds histogram
# UNIT encode_seconds seconds
encode_seconds_bucket{a="2",z="1",le="0.005"} 1
encode_seconds_bucket{a="2",z="1",le="1.0"} 3 # {span_id="b7",trace_id="a1"} 0.75 1700000001.5
encode_seconds_bucket{a="2",z="1",le="1e+06"} 3
encode_seconds_bucket{a="2",z="1",le="+Inf"} 4
encode_seconds_sum{a="2",z="1"} 1.0000025e+06
encode_seconds_count{a="2",z="1"} 4
encode_seconds_created{a="2",z="1"} 1700000000.25
# HELP encode Said \"so\",\nwith \\ and more
# TYPE encode counter
encode_total{outcome="a \"b\"\n\\c"} 1.5 # {span_id="b7",trace_id="a2"} 1 1700000001.5
encode_created{outcome="a \"b\"\n\\c"} 1700000000.25
encode_total{outcome="ok"} 18446744073709551615
encode_created{outcome="ok"} 1700000000.25
# TYPE old unknown
old +Inf
# TYPE target info
target_info{service_name="sigil"} 1
# TYPE temperature gauge
temperature -3
temperature{room="ü"} NaN
# TYPE wait summary
wait{quantile="0.5"} 1
wait{quantile="1.0"} 2e+09
wait_sum 3
wait_count 2
wait_created 1700000000.25
# EOF
"#;
    let snapshot = Snapshot::new(everything());
    let without: Vec<_> = expected.lines().filter(|line| !line.contains("_created")).collect();
    assert_eq!(text(&snapshot, OPENMETRICS).lines().collect::<Vec<_>>(), without);
    assert_eq!(text(&snapshot.with_created_samples(true), OPENMETRICS), expected);
}

#[test]
fn utf8_names_are_quoted_where_they_are_taken_and_escaped_where_not() {
    let snapshot = Snapshot::new([
        family(
            "http.requests_total",
            Kind::Counter,
            vec![series([("http.\"method", "GET"), ("ok", "1")], counter(2_u64))],
        ),
        family("größe", Kind::Histogram, vec![series([], Value::Histogram(Histogram::new([(1.0, 1)], 1_u64)))]),
    ]);
    let expected = r#"# TYPE "größe" histogram
{"größe_bucket",le="1.0"} 1
{"größe_bucket",le="+Inf"} 1
{"größe_sum"} 1
{"größe_count"} 1
# TYPE "http.requests" counter
{"http.requests_total","http.\"method"="GET",ok="1"} 2
# EOF
"#;
    assert_eq!(text(&snapshot, Format::OpenMetrics1 { utf8_names: true }), expected);
    let expected = r#"# TYPE gr__e histogram
gr__e_bucket{le="1.0"} 1
gr__e_bucket{le="+Inf"} 1
gr__e_sum 1
gr__e_count 1
# TYPE http_requests counter
http_requests_total{http__method="GET",ok="1"} 2
# EOF
"#;
    assert_eq!(text(&snapshot, OPENMETRICS), expected);
    assert!(text(&snapshot, Format::Text0).contains("# TYPE http_requests_total counter\n"));
    assert!(text(&snapshot, Format::Text1 { utf8_names: true }).contains("# TYPE \"http.requests_total\" counter\n"));
}

#[test]
fn names_that_only_differ_in_utf8_are_added_for_scrapers_without_it() {
    let one = |name| family(name, Kind::Counter, vec![series([], counter(1_u64))]);
    let snapshot = Snapshot::new([one("a.b_total"), one("a_b_total")]);
    assert_eq!(text(&snapshot, Format::Text0), "# TYPE a_b_total counter\na_b_total 2\n");
    assert_eq!(text(&snapshot, Format::Text1 { utf8_names: true }).lines().count(), 4);
}

#[test]
fn openmetrics_calls_a_counter_unknown_where_its_short_name_is_taken() {
    let families = [
        family("a", Kind::Gauge, vec![series([], number(1_u64))]),
        family("a_total", Kind::Counter, vec![series([], counter(2_u64))]),
        family("b_created", Kind::Gauge, vec![series([], number(1_u64))]),
        family("b_total", Kind::Counter, vec![series([], counter(2_u64))]),
        family("c", Kind::Counter, vec![series([], counter(3_u64))]),
        family("target", Kind::Gauge, vec![series([], number(1_u64))]),
        family("target_info", Kind::Info, vec![series([], number(1_u64))]),
    ];
    let snapshot = Snapshot::new(families).with_created_samples(true);
    let text = text(&snapshot, OPENMETRICS);
    let types: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let expected = [
        "a gauge",
        "a_total unknown",
        "b_created gauge",
        "b_total unknown",
        "c unknown",
        "target gauge",
        "target_info gauge",
    ];
    assert_eq!(types, expected);
    assert!(text.contains("\na_total 2\n") && !text.contains("a_created"));
}

#[test]
fn openmetrics_leaves_out_a_sum_that_can_fall() {
    let below = Histogram::new([(-1.0, 1), (1.0, 1)], -1.5);
    let negative_sum = Histogram::new([(1.0, 1)], -1.5);
    let snapshot = Snapshot::new([
        family("below", Kind::Histogram, vec![series([], Value::Histogram(below))]),
        family("falling", Kind::Histogram, vec![series([], Value::Histogram(negative_sum))]),
    ]);
    assert!(!text(&snapshot, OPENMETRICS).contains("_sum "));
    assert!(!text(&snapshot, OPENMETRICS).contains("_count "));
    assert!(text(&snapshot, Format::Text0).contains("\nbelow_sum -1.5\nbelow_count 2\n"));
}

#[test]
fn exemplars_longer_than_128_characters_are_not_written() {
    for (length, written) in [(128 - 8, true), (129 - 8, false)] {
        let labels = Labels::new([("trace_id", "ä".repeat(length))]);
        let exemplar = Some(Box::new(Exemplar { labels, value: 1.0, time: None }));
        let value = Value::Counter { value: Number::Unsigned(1), exemplar };
        let snapshot = Snapshot::new([family("a_total", Kind::Counter, vec![series([], value)])]);
        assert_eq!(text(&snapshot, OPENMETRICS).contains("} 1\n"), written, "{length}");
    }
}

#[test]
fn a_filter_takes_family_and_sample_names_of_every_format() {
    let snapshot = Snapshot::new(everything());
    let names = |wanted: &[&str]| -> Vec<String> {
        snapshot.filtered(wanted).families().iter().map(|family| family.name.clone()).collect()
    };
    assert_eq!(names(&["encode_seconds_bucket"]), ["encode_seconds"]);
    assert_eq!(names(&["encode", "target"]), ["encode_total", "target_info"]);
    assert_eq!(names(&["encode_total", "target_info", "wait_sum"]), ["encode_total", "target_info", "wait"]);
    assert_eq!(names(&["encode_bucket", "nothing"]), [""; 0]);
    assert_eq!(names(&[]), [""; 0]);
    let filtered = snapshot.filtered(&["old"]);
    assert_eq!(text(&filtered, Format::Text0), "# TYPE old untyped\nold +Inf\n");
}

#[test]
fn families_are_found_by_either_name() {
    let snapshot = Snapshot::new(everything());
    for name in ["encode", "encode_total"] {
        assert_eq!(snapshot.family(name).unwrap().name, "encode_total");
    }
    assert_eq!(snapshot.family("target").unwrap().kind, Kind::Info);
    assert!(snapshot.family("nothing").is_none());
    let encode = snapshot.family("encode").unwrap();
    assert_eq!(encode.series(&[("outcome", "ok")]).unwrap().number(), Some(Number::Unsigned(u64::MAX)));
    assert_eq!(encode.name_in(OPENMETRICS), "encode");
    assert_eq!(encode.name_in(Format::Text0), "encode_total");
}

#[test]
fn encoding_again_shares_the_bytes() {
    let snapshot = Snapshot::new(everything());
    for format in Format::ALL {
        assert_eq!(snapshot.encode(format).as_ptr(), snapshot.encode(format).as_ptr());
    }
    assert_eq!(Snapshot::new(everything()).encode(OPENMETRICS), snapshot.clone().encode(OPENMETRICS));
}

#[test]
fn an_empty_snapshot_is_still_a_whole_document() {
    assert_eq!(text(&Snapshot::default(), OPENMETRICS), "# EOF\n");
    assert_eq!(text(&Snapshot::default(), Format::Text0), "");
}
