//! What rules' instruments get from views, readers and each other.

use lapwing_config::{Instrument, IpNet, LabelSource, Matched, Measure, Outcome, Timing};

use crate::support::{good, lapwing};

const METER: &str = "meter_provider:\n  readers:\n    - pull:\n        exporter: {prometheus/development: }\n        cardinality_limits: {default: 30, histogram: 20}\n";

fn instruments(views: &str, rules: &str) -> Vec<Instrument> {
    let views = if views.is_empty() { String::new() } else { format!("  views:\n{views}") };
    let configuration = good(&format!("{METER}{views}{}", lapwing(rules)));
    let measures = configuration.lapwing.rules.iter().flat_map(|rule| &rule.measures);
    measures.map(|measure| measure.instrument().clone()).collect()
}

fn view(selector: &str, stream: &str) -> String {
    format!("    - {{selector: {{{selector}}}, stream: {{{stream}}}}}\n")
}

fn buckets(list: &str) -> String {
    format!("aggregation: {{explicit_bucket_histogram: {{boundaries: {list}}}}}")
}

const ONE: &str = "rules: [{span: a, duration: {instrument: x.y, boundaries: [9]}}]";

fn bounds(views: &str) -> Option<Vec<f64>> {
    instruments(views, ONE)[0].boundaries.clone()
}

#[test]
fn a_views_buckets_win_over_the_rules() {
    assert_eq!(bounds(""), Some(vec![9.0]));
    assert_eq!(bounds(&view("instrument_name: \"x.*\"", &buckets("[1, 2]"))), Some(vec![1.0, 2.0]));
    assert_eq!(
        bounds(&view("unit: s, instrument_type: histogram, meter_name: lapwing", &buckets("[3]"))),
        Some(vec![3.0])
    );
}

#[test]
fn a_view_of_something_else_changes_nothing() {
    assert_eq!(bounds(&view("instrument_name: other.thing", &buckets("[1]"))), Some(vec![9.0]));
    assert_eq!(bounds(&view("meter_name: elsewhere", &buckets("[1]"))), Some(vec![9.0]));
    assert_eq!(bounds(&view("instrument_type: counter", &buckets("[1]"))), Some(vec![9.0]));
    // Lapwing's meter has no version: one of the crate's own is no more its than any other.
    let version = format!("meter_name: lapwing, meter_version: {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(bounds(&view(&version, &buckets("[1]"))), Some(vec![9.0]));
}

#[test]
fn a_view_without_buckets_leaves_the_rules_own() {
    assert_eq!(bounds(&view("instrument_name: x.y", "description: d")), Some(vec![9.0]));
    assert_eq!(bounds(&view("instrument_name: x.y", "aggregation: {default: }")), Some(vec![9.0]));
}

#[test]
fn an_exponential_histogram_has_no_buckets() {
    assert_eq!(bounds(&view("instrument_name: x.y", "aggregation: {base2_exponential_bucket_histogram: }")), None);
}

#[test]
fn of_several_streams_the_one_that_keeps_the_name_counts() {
    let renamed = view("instrument_name: x.y", &format!("name: z, {}", buckets("[1]")));
    let kept = view("instrument_name: \"x.?\"", &buckets("[2]"));
    assert_eq!(bounds(&(renamed.clone() + &kept)), Some(vec![2.0]));
    assert_eq!(bounds(&renamed), Some(vec![1.0]));
    let dropped = view("instrument_name: x.y", "aggregation: {drop: }");
    assert_eq!(bounds(&(dropped + &kept)), Some(vec![2.0]));
}

#[test]
fn of_two_views_of_one_stream_the_first_counts_as_in_the_sdk() {
    let views = view("instrument_name: x.y", &buckets("[1]")) + &view("instrument_name: x.y", &buckets("[2]"));
    assert_eq!(bounds(&views), Some(vec![1.0]));
}

#[test]
fn limits_come_from_the_rule_then_the_view_then_the_reader() {
    let rules = "\
rules:
  - span: a
    duration: {instrument: d}
    calls: {instrument: c}
    errors: {instrument: e, series_limit: 5}
    in_flight: {instrument: f}
";
    let views = view("instrument_name: c", "aggregation_cardinality_limit: 7");
    let limits: Vec<_> = instruments(&views, rules).iter().map(|instrument| instrument.series_limit).collect();
    assert_eq!(limits, [Some(20), Some(7), Some(5), Some(30)]);
    let alone = good(&lapwing(rules));
    assert_eq!(alone.lapwing.rules[0].measures[0].instrument().series_limit, None);
}

#[test]
fn unit_description_and_boundaries_are_said_once_for_a_name() {
    let rules = "\
rules:
  - span: a
    duration: {instrument: d}
    errors: {instrument: e, labels: [{name: operation, value: a}]}
  - span: b
    duration: {instrument: d, unit: ms, description: Time, boundaries: [1, 2]}
    errors: {instrument: e, unit: \"{error}\", description: Errors, labels: [{name: operation, value: b}]}
";
    let found = instruments("", rules);
    for instrument in [&found[0], &found[2]] {
        assert_eq!((instrument.unit.as_str(), instrument.description.as_str()), ("ms", "Time"));
        assert_eq!(instrument.boundaries.as_deref(), Some(&[1.0, 2.0][..]));
    }
    for instrument in [&found[1], &found[3]] {
        assert_eq!((instrument.unit.as_str(), instrument.description.as_str()), ("{error}", "Errors"));
    }
    let seconds = instruments("", "rules: [{span: a, duration: {instrument: d}}]");
    assert_eq!(seconds[0].unit, "s");
}

#[test]
fn rules_are_read_in_full() {
    let lapwing = good(&lapwing(
        "\
rules:
  - span: sigil.*
    target: sigil::*
    level: info
    outcome: {field: status, errors: [failed]}
    timing: busy
    log_over: 500
    duration: {instrument: d, labels: [outcome, span_name, kind]}
    calls: {instrument: c, labels: [{name: k, field: kind, default: none, values: [x, y]}, {name: o, from: outcome}, {name: n, from: span_name}, {name: v, value: \"\"}, {name: p}]}
    in_flight: {instrument: f}
    histograms: [{field: strength, instrument: h, unit: \"1\"}]
    counters: [{field: removed, instrument: r}]
  - event: gc
    errors: {instrument: e}
default_rule:
  duration: {instrument: span.duration, labels: [span_name]}
gauges: [{source: store.size, instrument: s, unit: By, description: Size, labels: [backend]}]
endpoint: {serve: mounted, path: /m, token_file: t, allow: [10.1.2.3/8, \"::1\"], trusted_proxies: [127.0.0.1, 10.42.7.1/16], max_in_flight: 2, timeout: 5, rate_limit: 0.5}
log: {filter: \"info,a=debug\", format: json}
created_samples: true
process_metrics: false
",
    ))
    .lapwing;
    let rule = &lapwing.rules[0];
    assert_eq!((rule.matches.name.as_deref(), rule.matches.target.as_deref()), (Some("sigil.*"), Some("sigil::*")));
    assert_eq!(rule.matches.level.map(|level| level.to_string()).as_deref(), Some("INFO"));
    assert_eq!(rule.outcome, Outcome::Field { name: "status".into(), errors: vec!["failed".into()] });
    assert_eq!((rule.timing, rule.log_over), (Timing::Busy, Some(std::time::Duration::from_millis(500))));
    let kinds: Vec<&str> = rule
        .measures
        .iter()
        .map(|measure| match measure {
            Measure::Duration(_) => "duration",
            Measure::Calls(_) => "calls",
            Measure::Errors(_) => "errors",
            Measure::InFlight(_) => "in_flight",
            Measure::Histogram { .. } => "histogram",
            Measure::Counter { .. } => "counter",
        })
        .collect();
    assert_eq!(kinds, ["duration", "calls", "in_flight", "histogram", "counter"]);
    let labels = |index: usize| rule.measures[index].instrument().labels.iter();
    let sources: Vec<LabelSource> = labels(0).chain(labels(1)).map(|label| label.source.clone()).collect();
    let field = |name: &str| LabelSource::Field(name.to_owned());
    let (outcome, span_name) = (LabelSource::Outcome, LabelSource::SpanName);
    let constant = LabelSource::Constant(String::new());
    assert_eq!(
        sources,
        [outcome.clone(), span_name.clone(), field("kind"), field("kind"), outcome, span_name, constant, field("p")]
    );
    let closed = labels(1).next().expect("a label");
    assert_eq!(
        (closed.default.as_deref(), closed.values.as_deref()),
        (Some("none"), Some(&["x".to_owned(), "y".to_owned()][..]))
    );
    assert_eq!(lapwing.rules[1].matches.kind, Matched::Event);
    let default = lapwing.default_rule.expect("a default rule");
    assert_eq!((default.matches.kind, default.matches.name), (Matched::Span, None));
    assert_eq!((lapwing.gauges[0].unit.as_str(), lapwing.gauges[0].description.as_str()), ("By", "Size"));
    let shown = |networks: &[IpNet]| networks.iter().map(IpNet::to_string).collect::<Vec<_>>();
    assert_eq!(shown(&lapwing.endpoint.allow), ["10.0.0.0/8", "::1/128"]);
    assert_eq!(shown(&lapwing.endpoint.trusted_proxies), ["127.0.0.1/32", "10.42.0.0/16"]);
    assert!(lapwing.endpoint.mounted && lapwing.created_samples && lapwing.process_metrics == Some(false));
    assert_eq!((lapwing.endpoint.rate_limit, lapwing.endpoint.max_in_flight), (Some(0.5), 2));
    assert_eq!(lapwing.log.filter.as_deref(), Some("info,a=debug"));
}
