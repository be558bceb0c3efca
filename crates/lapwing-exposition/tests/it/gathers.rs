//! What gathering survives.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use lapwing_exposition::{Format, Gather, GatherError, Kind, Number, PrometheusReader, Reason, Translation};
use opentelemetry::{InstrumentationScope, KeyValue, metrics::MeterProvider};
use opentelemetry_sdk::{
    Resource,
    metrics::{Instrument, Stream},
};
use proptest::prelude::*;

use crate::sdk::{Sdk, logged, samples, text};

fn problems(sdk: &Sdk, reason: Reason) -> u64 {
    sdk.reader.problems().get(reason)
}

#[test]
fn panicking_callback_makes_every_gather_an_error_and_never_an_empty_success() {
    let sdk = Sdk::plain();
    sdk.meter("m").u64_counter("fine").build().add(1, &[]);
    let _gauge = sdk.meter("m").u64_observable_gauge("bad").with_callback(|_| panic!("on purpose")).build();
    match sdk.reader.gather() {
        Err(GatherError::Panicked(text)) => assert_eq!(text, "on purpose"),
        other => panic!("{other:?}"),
    }
    // The SDK's lock is poisoned from here on.
    for _ in 0..2 {
        assert!(matches!(sdk.reader.gather(), Err(GatherError::Collect(_))));
    }
    assert_eq!((problems(&sdk, Reason::CallbackPanic), problems(&sdk, Reason::CollectFailed)), (1, 2));
}

#[test]
fn a_reader_without_a_living_provider_is_an_error() {
    let reader = PrometheusReader::builder().build();
    assert!(matches!(reader.gather(), Err(GatherError::NotRegistered)));
    let sdk = Sdk::plain();
    sdk.provider.shutdown().unwrap();
    assert!(matches!(sdk.reader.gather(), Err(GatherError::NotRegistered)));
    let Sdk { provider, reader } = Sdk::plain();
    drop(provider);
    assert!(matches!(reader.gather(), Err(GatherError::NotRegistered)));
}

#[test]
fn gathering_from_within_a_callback_is_an_error_and_no_deadlock() {
    let sdk = Sdk::plain();
    let (reader, seen) = (sdk.reader.clone(), Arc::new(Mutex::new(None)));
    let inner = Arc::clone(&seen);
    let callback = move |_: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
        *inner.lock().unwrap() = Some(reader.gather().map(|_| ()));
    };
    let _gauge = sdk.meter("m").u64_observable_gauge("g").with_callback(callback).build();
    sdk.gather();
    assert!(matches!(*seen.lock().unwrap(), Some(Err(GatherError::Recursive))));
}

#[test]
fn sentinel_and_all_reasons_are_there_though_nothing_was_recorded() {
    let sdk = Sdk::plain();
    for gathers in 1..=2_u64 {
        let snapshot = sdk.gather();
        let sentinel = snapshot.family("lapwing_gathers_total").unwrap();
        assert_eq!(sentinel.series(&[]).unwrap().number(), Some(Number::Unsigned(gathers)));
        let found = snapshot.family("lapwing_problems").unwrap();
        assert_eq!(found.series.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            let series = found.series(&[("reason", reason.as_str())]).unwrap();
            assert_eq!(series.number(), Some(Number::Unsigned(0)));
        }
    }
}

#[test]
fn alerts_find_the_sentinel_and_the_problems_by_one_name_in_every_translation() {
    for translation in [
        Translation::UnderscoreEscapingWithSuffixes,
        Translation::UnderscoreEscapingWithoutSuffixes,
        Translation::NoUtf8EscapingWithSuffixes,
        Translation::NoTranslation,
    ] {
        let reader = PrometheusReader::builder().translation(translation).scope_labels(false).target_info(false);
        let sdk = Sdk::new(reader);
        let elsewhere = sdk.meter("spans").u64_counter("lapwing.problems").with_description("Other words").build();
        elsewhere.add(3, &[KeyValue::new("reason", "overflow")]);
        let snapshot = sdk.gather();
        for format in Format::ALL {
            let text = text(&snapshot, format);
            assert!(text.contains("\nlapwing_gathers_total 1\n"), "{translation:?} {format:?}: {text}");
            assert!(
                text.contains("\nlapwing_problems_total{reason=\"overflow\"} 3\n"),
                "{translation:?} {format:?}: {text}"
            );
        }
        let families: Vec<_> = snapshot.families().iter().map(|family| family.name.as_str()).collect();
        assert_eq!(families, ["lapwing_gathers_total", "lapwing_problems_total"]);
        assert_eq!(problems(&sdk, Reason::DescriptionConflict) + problems(&sdk, Reason::SeriesMerged), 0);
    }
}

#[test]
fn problems_counted_elsewhere_under_the_same_name_are_added() {
    // With scope labels, which these series don't carry: a reason is one series, whoever counted.
    let sdk = Sdk::new(PrometheusReader::builder());
    let elsewhere = sdk.meter("spans").u64_counter("lapwing.problems").with_description("Other words").build();
    elsewhere.add(3, &[KeyValue::new("reason", "overflow")]);
    elsewhere.add(1, &[KeyValue::new("reason", "of its own")]);
    let snapshot = sdk.gather();
    let problems = snapshot.family("lapwing_problems").unwrap();
    assert_eq!(problems.series.len(), Reason::ALL.len() + 1);
    let count = |reason| problems.series(&[("reason", reason)]).unwrap().number();
    assert_eq!(count("overflow"), Some(Number::Unsigned(3)));
    assert_eq!(count("of its own"), Some(Number::Unsigned(1)));
    assert_eq!(count("description_conflict"), Some(Number::Unsigned(0)));
    // By design, so no problem of its own: seen at the next gather if it were.
    sdk.gather();
    assert_eq!(self::problems(&sdk, Reason::SeriesMerged), 0);
}

#[test]
fn reserved_and_malformed_label_names_are_renamed_and_counted() {
    let sdk = Sdk::plain();
    let keys = ["le", "quantile", "__name__", "job", "instance", "", "1d", "a:b", "http.method"];
    let attributes: Vec<_> = keys.iter().enumerate().map(|(i, key)| KeyValue::new(*key, i as i64)).collect();
    sdk.meter("m").u64_gauge("g").build().record(1, &attributes);
    let lines = logged(|| {
        let expected = r#"g{_="5",_1d="6",_name_="2",a_b="7",exported_instance="4",exported_job="3",exported_le="0",exported_quantile="1",http_method="8"} 1"#;
        assert_eq!(sdk.samples(), [expected]);
        sdk.gather();
    });
    assert_eq!(lines.len(), 8, "each key once, the dotted one not at all: {lines:?}");
    assert_eq!(problems(&sdk, Reason::LabelRenamed), 16, "at each of two gathers");
}

#[test]
fn labels_that_become_one_are_joined_in_the_order_of_their_keys() {
    let sdk = Sdk::plain();
    let attributes = [KeyValue::new("a_b", "3"), KeyValue::new("a.b", "2"), KeyValue::new("a-b", "1")];
    sdk.meter("m").u64_gauge("g").build().record(1, &attributes);
    assert_eq!(sdk.samples(), [r#"g{a_b="1;2;3"} 1"#]);
    assert_eq!(problems(&sdk, Reason::LabelMerged), 1);
}

#[test]
fn names_that_become_one_are_added() {
    let sdk = Sdk::plain();
    let meter = sdk.meter("m");
    for (name, n) in [("a.b", 1_u64), ("a_b", 10), ("a-b", 100)] {
        meter.u64_counter(name).build().add(n, &[KeyValue::new("x", "1")]);
        meter.f64_histogram(format!("h.{name}")).with_boundaries(vec![1.0]).build().record(n as f64, &[]);
        meter.i64_up_down_counter(format!("u.{name}")).build().add(-(n as i64), &[]);
    }
    let expected = [
        r#"a_b_total{x="1"} 111"#,
        r#"h_a_b_bucket{le="1.0"} 1"#,
        r#"h_a_b_bucket{le="+Inf"} 3"#,
        "h_a_b_sum 111",
        "h_a_b_count 3",
        "u_a_b -111",
    ];
    assert_eq!(sdk.samples(), expected);
    assert_eq!(problems(&sdk, Reason::SeriesMerged), 6);
}

#[test]
fn one_instrument_in_two_scopes_is_added_and_what_cannot_be_added_keeps_the_first() {
    let sdk = Sdk::plain();
    for (scope, bounds) in [("a", 1.0), ("b", 2.0)] {
        let meter = sdk.meter(scope);
        meter.u64_counter("c").build().add(1, &[]);
        meter.u64_gauge("g").build().record(bounds as u64, &[]);
        meter.f64_histogram("h").with_boundaries(vec![bounds]).build().record(0.5, &[]);
    }
    let lines = logged(|| {
        let expected =
            ["c_total 2", "g 1", r#"h_bucket{le="1.0"} 1"#, r#"h_bucket{le="+Inf"} 1"#, "h_sum 0.5", "h_count 1"];
        assert_eq!(sdk.samples(), expected);
        assert_eq!(sdk.samples(), expected);
    });
    assert_eq!(lines.len(), 3, "{lines:?}");
    let counts =
        [Reason::SeriesMerged, Reason::NameConflict, Reason::BoundsDiffer].map(|reason| problems(&sdk, reason));
    assert_eq!(counts, [2, 2, 2], "once at each gather");
}

#[test]
fn gauge_on_a_sample_of_a_histogram_is_left_out_and_both_places_are_named() {
    let sdk = Sdk::plain();
    sdk.meter("first").f64_histogram("y").with_boundaries(vec![]).build().record(0.5, &[]);
    sdk.meter("second").u64_gauge("y.count").build().record(7, &[]);
    let lines = logged(|| {
        for _ in 0..2 {
            assert_eq!(sdk.samples(), [r#"y_bucket{le="+Inf"} 1"#, "y_sum 0.5", "y_count 1"]);
        }
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in ["\"y.count\" of meter \"second\"", "\"y\" of meter \"first\"", "y_count"] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    assert_eq!(problems(&sdk, Reason::NameConflict), 2);
}

#[test]
fn two_types_of_one_name_keep_the_first_and_are_said_once() {
    let sdk = Sdk::plain();
    sdk.meter("z").u64_gauge("a.b").build().record(7, &[]);
    assert_eq!(sdk.samples(), ["a_b 7"]);
    // This scope sorts before, but the name is taken.
    sdk.meter("a").f64_histogram("a_b").build().record(1.0, &[]);
    let lines = logged(|| {
        for _ in 0..3 {
            assert_eq!(sdk.samples(), ["a_b 7"]);
        }
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(problems(&sdk, Reason::TypeConflict), 3);
}

#[test]
fn two_descriptions_of_one_name_keep_the_first_and_are_said_once() {
    let sdk = Sdk::plain();
    sdk.meter("a").u64_counter("c").with_description("first").build().add(1, &[KeyValue::new("x", "1")]);
    sdk.meter("b").u64_counter("c").with_description("second").build().add(1, &[KeyValue::new("x", "2")]);
    let lines = logged(|| {
        for _ in 0..3 {
            let text = text(&sdk.gather(), Format::Text0);
            assert_eq!(text.matches("# HELP c_total first\n").count(), 1);
            assert_eq!(text.matches("HELP c_total").count(), 1);
            assert!(text.contains("c_total{x=\"1\"} 1\nc_total{x=\"2\"} 1\n"));
        }
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn integers_near_their_end_keep_every_digit_and_never_wrap() {
    let sdk = Sdk::plain();
    sdk.meter("a").u64_counter("c").build().add(u64::MAX - 1, &[]);
    sdk.meter("m").u64_counter("d").build().add((1 << 53) + 1, &[]);
    sdk.meter("m").i64_gauge("g").build().record(i64::MIN, &[]);
    sdk.meter("m").u64_histogram("h").with_boundaries(vec![]).build().record((1 << 53) + 1, &[]);
    let expected = [
        "c_total 18446744073709551614",
        "d_total 9007199254740993",
        "g -9223372036854775808",
        r#"h_bucket{le="+Inf"} 1"#,
        "h_sum 9007199254740993",
        "h_count 1",
    ];
    assert_eq!(sdk.samples(), expected);
    sdk.meter("b").u64_counter("c").build().add(10, &[]);
    assert_eq!(sdk.samples()[0], "c_total 18446744073709551615", "added over two scopes it saturates");
}

#[test]
fn a_counter_below_zero_is_left_out_and_counted() {
    let sdk = Sdk::plain();
    let counter = sdk.meter("m").f64_counter("c").build();
    counter.add(-1.0, &[KeyValue::new("x", "bad")]);
    counter.add(1.0, &[KeyValue::new("x", "good")]);
    let lines = logged(|| {
        for _ in 0..2 {
            assert_eq!(sdk.samples(), [r#"c_total{x="good"} 1"#]);
        }
    });
    assert_eq!((lines.len(), problems(&sdk, Reason::Negative)), (1, 2), "{lines:?}");
}

#[test]
fn overflow_series_are_visible() {
    let sdk = Sdk::with(PrometheusReader::builder().scope_labels(false), |provider| {
        provider.with_view(|_: &Instrument| Stream::builder().with_cardinality_limit(3).build().ok())
    });
    let counter = sdk.meter("m").u64_counter("c").build();
    for id in 0..10 {
        counter.add(1, &[KeyValue::new("id", id)]);
    }
    let snapshot = sdk.gather();
    let family = snapshot.family("c").unwrap();
    let count = |series: &lapwing_exposition::Series| series.number().map_or(0.0, Number::as_f64);
    assert!(count(family.series(&[("otel_metric_overflow", "true")]).unwrap()) >= 7.0);
    assert_eq!(family.series.iter().map(count).sum::<f64>(), 10.0, "the total is conserved");
}

#[test]
fn series_that_are_no_longer_observed_vanish() {
    let sdk = Sdk::plain();
    let present = Arc::new(Mutex::new(vec!["a", "b"]));
    let seen = Arc::clone(&present);
    let _gauge = sdk
        .meter("m")
        .u64_observable_gauge("g")
        .with_callback(move |observer| {
            for id in &*seen.lock().unwrap() {
                observer.observe(1, &[KeyValue::new("id", *id)]);
            }
        })
        .build();
    assert_eq!(sdk.samples(), [r#"g{id="a"} 1"#, r#"g{id="b"} 1"#]);
    present.lock().unwrap().remove(0);
    assert_eq!(sdk.samples(), [r#"g{id="b"} 1"#]);
    present.lock().unwrap().clear();
    assert_eq!(sdk.samples(), [""; 0]);
    assert!(sdk.gather().family("g").is_none());
}

#[test]
fn views_that_set_only_a_limit_or_a_name_keep_the_advised_boundaries() {
    let views: [fn(&Instrument) -> Option<Stream>; 2] = [
        |_| Stream::builder().with_cardinality_limit(10).build().ok(),
        |_| Stream::builder().with_name("h").build().ok(),
    ];
    for view in views {
        let sdk = Sdk::with(PrometheusReader::builder(), |provider| provider.with_view(view));
        sdk.meter("m").f64_histogram("h").with_boundaries(vec![0.25, 0.5]).build().record(0.3, &[]);
        let snapshot = sdk.gather();
        let histogram = snapshot.family("h").unwrap().series[0].histogram().unwrap().clone();
        assert_eq!(histogram.bounds(), [0.25, 0.5, f64::INFINITY]);
    }
}

#[test]
fn boundaries_follow_the_data_through_every_gather() {
    let sdk = Sdk::plain();
    let fine = sdk.meter("m").f64_histogram("h").with_boundaries(vec![1.0, 2.0, 3.0]).build();
    let coarse = sdk.meter("m").u64_histogram("k").with_boundaries(vec![]).build();
    for n in 1..=3 {
        for value in [0.5, 1.0, 2.5, 9.0] {
            fine.record(value, &[KeyValue::new("x", n)]);
        }
        coarse.record(4, &[]);
        let snapshot = sdk.gather();
        for series in &snapshot.family("h").unwrap().series {
            let counts: Vec<_> = series.histogram().unwrap().buckets().map(|b| b.count).collect();
            assert_eq!(counts, [2, 2, 3, 4]);
        }
        let coarse = snapshot.family("k").unwrap().series[0].histogram().unwrap().clone();
        assert_eq!((coarse.count(), coarse.sum()), (n as u64, Number::Unsigned(4 * n as u64)));
    }
}

#[test]
fn a_scope_and_the_resource_become_labels_as_configured() {
    let builder =
        || PrometheusReader::builder().resource_labels(vec!["service*".into(), "zone".into()], vec!["*.secret".into()]);
    let resource = || {
        let attributes = [("service.name", "sigil"), ("service.secret", "x"), ("zone", "a"), ("host", "h")];
        Resource::builder_empty().with_attributes(attributes.map(|(k, v)| KeyValue::new(k, v))).build()
    };
    let scope = || {
        InstrumentationScope::builder("lib")
            .with_version("1.2")
            .with_schema_url("https://example.org/1")
            .with_attributes([KeyValue::new("team.name", "t"), KeyValue::new("version", "ignored")])
            .build()
    };
    let sdk = Sdk::with(builder(), |provider| provider.with_resource(resource()));
    sdk.provider.meter_with_scope(scope()).u64_counter("c").build().add(1, &[KeyValue::new("zone", "b")]);
    let expected = [
        r#"c_total{otel_scope_name="lib",otel_scope_schema_url="https://example.org/1",otel_scope_team_name="t",otel_scope_version="1.2",service_name="sigil",zone="a;b"} 1"#,
        r#"target_info{host="h",service_name="sigil",service_secret="x",zone="a"} 1"#,
    ];
    assert_eq!(sdk.samples(), expected);
    let own = sdk.gather();
    let own = own.family("lapwing_gathers").unwrap();
    assert!(own.series(&[("service_name", "sigil"), ("zone", "a")]).is_some());

    let sdk =
        Sdk::with(builder().scope_labels(false).target_info(false), |provider| provider.with_resource(resource()));
    sdk.provider.meter_with_scope(scope()).u64_counter("c").build().add(1, &[]);
    assert_eq!(sdk.samples(), [r#"c_total{service_name="sigil",zone="a"} 1"#]);
}

#[test]
fn the_four_translations_name_as_they_say() {
    use Translation::*;
    let openmetrics = Format::OpenMetrics1 { utf8_names: true };
    for (translation, name, typed) in [
        (UnderscoreEscapingWithSuffixes, "a_b_seconds_total", "# TYPE a_b_seconds counter"),
        (UnderscoreEscapingWithoutSuffixes, "a_b", "# TYPE a_b unknown"),
        (NoUtf8EscapingWithSuffixes, "a.b_seconds_total", "# TYPE \"a.b_seconds\" counter"),
        (NoTranslation, "a.b", "# TYPE \"a.b\" unknown"),
    ] {
        let builder = PrometheusReader::builder().translation(translation).scope_labels(false).target_info(false);
        let sdk = Sdk::new(builder);
        sdk.meter("m").f64_counter("a.b").with_unit("s").build().add(1.0, &[KeyValue::new("x.y", "1")]);
        let snapshot = sdk.gather();
        let family = snapshot.family(name).unwrap();
        assert_eq!((family.name.as_str(), family.kind), (name, Kind::Counter));
        let written = text(&snapshot, openmetrics);
        assert!(written.contains(typed), "{written}");
        let classic = name.replace('.', "_");
        assert_eq!(samples(&snapshot, Format::Text0), [format!("{classic}{{x_y=\"1\"}} 1")]);
    }
}

#[test]
fn concurrent_gathers_never_see_the_past() {
    const THREADS: u64 = 16;
    const EACH: u64 = 100;
    let sdk = Sdk::plain();
    let counter = sdk.meter("m").u64_counter("c").build();
    let added = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    counter.add(1, &[]);
                    let before = added.fetch_add(1, Ordering::SeqCst) + 1;
                    let snapshot = sdk.gather();
                    let seen = snapshot.family("c").unwrap().series[0].number().unwrap().as_f64();
                    assert!(seen >= before as f64, "asked after {before} adds, got data with {seen}");
                }
            });
        }
    });
}

#[test]
fn order_is_the_same_at_every_gather_and_in_every_provider() {
    let written: HashSet<String> = (0..5)
        .map(|_| {
            let sdk = Sdk::plain();
            for scope in ["c", "a", "b"] {
                for name in ["n", "m"] {
                    let counter = sdk.meter(scope).u64_counter(name).build();
                    for id in 0..50 {
                        counter.add(1, &[KeyValue::new("id", id), KeyValue::new("scope", scope)]);
                    }
                }
            }
            sdk.samples().join("\n")
        })
        .collect();
    assert_eq!(written.len(), 1);
}

/// Reads one sample's labels back, as a scraper would.
fn label_values(line: &str) -> Vec<String> {
    let (mut values, mut chars) = (Vec::new(), line.chars());
    while chars.by_ref().any(|c| c == '"') {
        let mut value = String::new();
        loop {
            match chars.next().expect("a closing quote") {
                '"' => break,
                '\\' => value.push(match chars.next().expect("an escaped character") {
                    'n' => '\n',
                    c => c,
                }),
                c => value.push(c),
            }
        }
        values.push(value);
    }
    values
}

proptest! {
    #[test]
    fn any_label_value_arrives_as_it_was(a in any::<String>(), b in r#"[\\"\n{},=#a]{0,12}"#) {
        let sdk = Sdk::plain();
        let attributes = [KeyValue::new("a", format!("-{a}")), KeyValue::new("b", format!("-{b}"))];
        sdk.meter("m").u64_gauge("g").build().record(1, &attributes);
        let text = text(&sdk.gather(), Format::Text0);
        let line = text.split('\n').find(|line| line.starts_with("g{")).unwrap();
        prop_assert_eq!(label_values(line), [format!("-{a}"), format!("-{b}")]);
        prop_assert_eq!(line.rsplit(" ").next(), Some("1"));
    }
}
