//! The stock exporter as oracle: the same series and values wherever it is right, and what it does elsewhere.
//!
//! Both readers hang on one meter provider, so they see the same measurements. `docs/stock-exporter.md` lists the
//! differences asserted here.

use std::collections::BTreeMap;

use lapwing_exposition::{Format, Gather, PrometheusReader, Reason};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value, metrics::MeterProvider};
use opentelemetry_sdk::{
    Resource,
    metrics::{Aggregation, Instrument, InstrumentKind, SdkMeterProvider, Stream},
};
use prometheus::{Encoder, Registry, TextEncoder};

use crate::sdk::{samples, text};

struct Both {
    provider: SdkMeterProvider,
    ours: PrometheusReader,
    registry: Registry,
}

/// Types by name, and values by name and labels with `le` as a number.
#[derive(Debug, Default, PartialEq)]
struct Exposition {
    types: BTreeMap<String, String>,
    samples: BTreeMap<(String, BTreeMap<String, String>), Vec<f64>>,
}

impl Both {
    fn new() -> Both {
        Both::with(true)
    }

    fn with(scope_labels: bool) -> Both {
        let registry = Registry::new();
        let stock =
            opentelemetry_prometheus::exporter().with_registry(registry.clone()).scope_info_enabled(scope_labels);
        let ours = PrometheusReader::builder().scope_labels(scope_labels).build();
        let resource = Resource::builder_empty()
            .with_attributes([KeyValue::new("service.name", "sigil"), KeyValue::new("replicas", 3)])
            .build();
        let exponential = |instrument: &Instrument| {
            let aggregation =
                Aggregation::Base2ExponentialHistogram { max_size: 160, max_scale: 20, record_min_max: true };
            let wanted = instrument.kind() == InstrumentKind::Histogram && instrument.name().starts_with("exponential");
            wanted.then(|| Stream::builder().with_aggregation(aggregation).build().ok()).flatten()
        };
        let provider = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_reader(ours.clone())
            .with_reader(stock.build().unwrap())
            .with_view(exponential)
            .build();
        Both { provider, ours, registry }
    }

    fn ours(&self) -> Exposition {
        let text = text(&self.ours.gather().unwrap(), Format::Text0);
        let mut read = read(&text);
        read.types.retain(|name, _| !name.starts_with("lapwing_"));
        read.samples.retain(|(name, _), _| !name.starts_with("lapwing_"));
        read
    }

    fn our_lines(&self) -> Vec<String> {
        let lines = samples(&self.ours.gather().unwrap(), Format::Text0);
        lines.into_iter().filter(|line| !line.starts_with("target_info")).collect()
    }

    fn stock_text(&self) -> String {
        let mut out = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn stock(&self) -> Exposition {
        read(&self.stock_text())
    }

    fn stock_lines(&self) -> Vec<String> {
        let lines = self.stock_text();
        let samples = lines.lines().filter(|line| !line.starts_with('#') && !line.starts_with("target_info"));
        samples.map(str::to_owned).collect()
    }

    /// Asserts the samples of either side, for what they don't agree on.
    #[track_caller]
    fn differ(&self, ours: &[&str], stock: &[&str]) {
        assert_eq!(self.our_lines(), ours, "ours");
        assert_eq!(self.stock_lines(), stock, "the stock exporter's");
    }
}

fn read(text: &str) -> Exposition {
    let mut exposition = Exposition::default();
    for line in text.lines() {
        if let Some(meta) = line.strip_prefix("# TYPE ") {
            let (name, kind) = meta.split_once(' ').unwrap();
            assert!(exposition.types.insert(name.to_owned(), kind.to_owned()).is_none(), "two types: {line}");
        } else if !line.starts_with('#') {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
            exposition.samples.entry(series_of(series)).or_default().push(value);
        }
    }
    exposition
}

fn series_of(series: &str) -> (String, BTreeMap<String, String>) {
    let Some((name, rest)) = series.split_once('{') else { return (series.to_owned(), BTreeMap::new()) };
    let mut labels = BTreeMap::new();
    let mut chars = rest.chars();
    loop {
        let label: String = chars.by_ref().take_while(|c| *c != '=').filter(|c| *c != ',').collect();
        if label.starts_with('}') || label.is_empty() {
            return (name.to_owned(), labels);
        }
        assert_eq!(chars.next(), Some('"'), "{series}");
        let mut value = String::new();
        loop {
            match chars.next().unwrap() {
                '"' => break,
                '\\' => value.push(match chars.next().unwrap() {
                    'n' => '\n',
                    c => c,
                }),
                c => value.push(c),
            }
        }
        if label == "le" {
            value = format!("{:?}", value.parse::<f64>().unwrap());
        }
        assert!(labels.insert(label, value).is_none(), "a label twice: {series}");
    }
}

fn rich(both: &Both) {
    let list =
        |items: &[&'static str]| Value::Array(Array::String(items.iter().map(|s| StringValue::from(*s)).collect()));
    let attributes = [
        vec![],
        vec![KeyValue::new("outcome", "ok"), KeyValue::new("http.status_code", 200), KeyValue::new("cached", true)],
        vec![KeyValue::new("outcome", "quote \" slash \\ line \n ü 日"), KeyValue::new("ratio", 0.25)],
        vec![KeyValue::new("list", list(&["a", "b"])), KeyValue::new("a.b", "1"), KeyValue::new("a-b", "2")],
        vec![KeyValue::new("otel_scope_name", "of the point")],
    ];
    let scopes = [
        InstrumentationScope::builder("plain").build(),
        InstrumentationScope::builder("full")
            .with_version("1.2.3")
            .with_schema_url("https://example.org/schema")
            .with_attributes([KeyValue::new("team.name", "x"), KeyValue::new("name", "ignored")])
            .build(),
    ];
    for scope in scopes {
        let meter = both.provider.meter_with_scope(scope);
        for (n, attributes) in attributes.iter().enumerate() {
            let n = n as u64 + 1;
            meter.u64_counter("requests").with_description("Requests\nin two lines \\").build().add(n, attributes);
            meter
                .f64_counter("cpu.time")
                .with_unit("s")
                .with_description("CPU")
                .build()
                .add(0.1 * n as f64, attributes);
            meter.u64_counter("network.io").with_unit("By").build().add(1_000_000 * n, attributes);
            meter.u64_counter("drops").with_unit("{packet}").build().add(n, attributes);
            meter.i64_up_down_counter("queue").build().add(-5 * n as i64, attributes);
            meter.f64_up_down_counter("level").with_unit("m").build().add(0.5, attributes);
            meter.i64_gauge("temperature").with_unit("Cel").build().record(-40, attributes);
            meter.u64_gauge("memory").with_unit("MiBy").build().record(1 << 40, attributes);
            meter.f64_gauge("load").with_unit("1").build().record(1e-7, attributes);
            meter.f64_gauge("speed").with_unit("m/s").build().record(1e21, attributes);
            meter.f64_gauge("rate").with_unit("{request}/s").build().record(2.5, attributes);
            let duration = meter.f64_histogram("duration").with_unit("s");
            let duration = duration.with_boundaries(vec![1e-5, 0.005, 0.1, 1.0, 10.0, 1e6, 1e9]).build();
            let sizes = meter.u64_histogram("sizes").with_unit("KiBy").build();
            let all = meter.u64_histogram("all").with_boundaries(vec![]).build();
            for value in [0.00001, 0.004, 0.1, 5.0, 1e7, 1e10] {
                duration.record(value, attributes);
                sizes.record(value as u64, attributes);
                all.record(value as u64, attributes);
            }
            let below = meter.f64_histogram("below").with_boundaries(vec![-1.0, 0.0, 1.0]).build();
            below.record(-1.5, attributes);
            below.record(0.5, attributes);
        }
        let one = attributes[1].clone();
        meter
            .u64_observable_counter("seen")
            .with_callback({
                let one = one.clone();
                move |observer| observer.observe(7, &one)
            })
            .build();
        meter
            .i64_observable_up_down_counter("open")
            .with_callback({
                let one = one.clone();
                move |observer| observer.observe(-7, &one)
            })
            .build();
        meter
            .f64_observable_gauge("disk")
            .with_unit("%")
            .with_callback(move |observer| observer.observe(12.5, &one))
            .build();
    }
}

#[test]
fn all_kinds_scopes_units_and_labels_agree_series_for_series() {
    for scope_labels in [true, false] {
        let both = Both::with(scope_labels);
        rich(&both);
        let (ours, stock) = (both.ours(), both.stock());
        assert_eq!(ours.types, stock.types);
        if scope_labels {
            assert_eq!(ours.samples, stock.samples);
            assert_eq!(
                both.ours.problems().get(Reason::LabelMerged),
                2 * 15,
                "every metric with the list joined a.b and a-b"
            );
            continue;
        }
        // Without scope labels the stock exporter writes each series twice; ours adds them.
        assert_eq!(ours.samples.keys().collect::<Vec<_>>(), stock.samples.keys().collect::<Vec<_>>());
        for (series, values) in &stock.samples {
            let summed = ours.types.get(&series.0).is_none_or(|kind| kind != "gauge") || series.0.contains("queue");
            if series.0 != "target_info" && summed {
                let total: f64 = values.iter().sum();
                let found = ours.samples[series][0];
                assert!((found - total).abs() <= total.abs() * 1e-12, "{series:?}: {found} {total}");
            }
            assert_eq!(ours.samples[series].len(), 1);
        }
    }
}

#[test]
fn help_texts_agree() {
    let both = Both::new();
    rich(&both);
    let help = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("# HELP") && !line.contains("lapwing_"));
        lines.map(str::to_owned).collect()
    };
    let ours = help(&text(&both.ours.gather().unwrap(), Format::Text0));
    let mut stock = help(&both.stock_text());
    stock.sort();
    assert_eq!(ours, stock);
}

#[test]
fn suffixes_are_given_twice_by_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("m").u64_counter("a.total").build().add(1, &[]);
    both.provider.meter("m").u64_gauge("b.bytes").with_unit("By").build().record(1, &[]);
    both.provider.meter("m").f64_counter("c.seconds.total").with_unit("s").build().add(1.0, &[]);
    both.differ(
        &["a_total 1", "b_bytes 1", "c_seconds_total 1"],
        &["a_total_total 1", "b_bytes_bytes 1", "c_seconds_total_seconds_total 1"],
    );
}

#[test]
fn a_unit_of_1_makes_everything_a_ratio_with_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("m").u64_counter("a").with_unit("1").build().add(1, &[]);
    both.provider.meter("m").i64_up_down_counter("b").with_unit("1").build().add(1, &[]);
    both.provider.meter("m").u64_gauge("c").with_unit("1").build().record(1, &[]);
    both.differ(&["a_total 1", "b 1", "c_ratio 1"], &["a_ratio_total 1", "b_ratio 1", "c_ratio 1"]);
}

#[test]
fn units_not_in_its_table_are_lost_by_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("m").u64_gauge("a").with_unit("kWh").build().record(1, &[]);
    both.provider.meter("m").u64_gauge("b").with_unit("ms/s").build().record(1, &[]);
    both.provider.meter("m").u64_gauge("c").with_unit("By{used}").build().record(1, &[]);
    both.differ(&["a_kWh 1", "b_milliseconds_per_second 1", "c_bytes 1"], &["a 1", "b_per_second 1", "c 1"]);
}

#[test]
fn runs_of_underscores_are_kept_by_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("m").u64_gauge("a..b").build().record(1, &[KeyValue::new("c--d", "x")]);
    both.differ(&[r#"a_b{c_d="x"} 1"#], &[r#"a__b{c__d="x"} 1"#]);
}

#[test]
fn label_names_that_take_the_target_down_are_let_through_by_the_stock_exporter() {
    for (key, ours, stock) in [
        ("le", "exported_le", "le"),
        ("quantile", "exported_quantile", "quantile"),
        ("job", "exported_job", "job"),
        ("instance", "exported_instance", "instance"),
        ("__name__", "_name_", "__name__"),
        ("1d", "_1d", "1d"),
        ("a:b", "a_b", "a:b"),
        ("", "_", ""),
    ] {
        let both = Both::with(false);
        both.provider.meter("m").u64_gauge("g").build().record(1, &[KeyValue::new(key, "x")]);
        both.differ(&[&format!("g{{{ours}=\"x\"}} 1")], &[&format!("g{{{stock}=\"x\"}} 1")]);
    }
}

#[test]
fn empty_labels_make_two_series_of_one_with_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("m").u64_counter("c").build().add(1, &[KeyValue::new("a", "")]);
    both.provider.meter("m").u64_counter("c").build().add(2, &[]);
    assert_eq!(both.our_lines(), ["c_total 3"]);
    let mut stock = both.stock_lines();
    stock.sort();
    assert_eq!(stock, ["c_total 2", r#"c_total{a=""} 1"#]);
}

#[test]
fn integers_are_rounded_by_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("m").u64_counter("c").build().add(u64::MAX, &[]);
    both.provider.meter("m").i64_gauge("g").build().record((1 << 53) + 1, &[]);
    both.differ(
        &["c_total 18446744073709551615", "g 9007199254740993"],
        &["c_total 18446744073709552000", "g 9007199254740992"],
    );
}

#[test]
fn exponential_histograms_are_dropped_by_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("m").f64_histogram("exponential").build().record(3.0, &[]);
    let ours = [
        r#"exponential_bucket{le="0.0"} 0"#,
        r#"exponential_bucket{le="2.0"} 0"#,
        r#"exponential_bucket{le="4.0"} 1"#,
        r#"exponential_bucket{le="+Inf"} 1"#,
        "exponential_sum 3",
        "exponential_count 1",
    ];
    both.differ(&ours, &[]);
}

#[test]
fn colliding_sample_names_are_written_twice_by_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("a").f64_histogram("y").with_boundaries(vec![]).build().record(0.5, &[]);
    both.provider.meter("b").u64_gauge("y.count").build().record(7, &[]);
    both.differ(
        &[r#"y_bucket{le="+Inf"} 1"#, "y_sum 0.5", "y_count 1"],
        &[r#"y_bucket{le="+Inf"} 1"#, "y_sum 0.5", "y_count 1", "y_count 7"],
    );
    assert_eq!(both.ours.problems().get(Reason::NameConflict), 1);
}

#[test]
fn names_that_become_one_are_written_twice_by_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("m").u64_counter("a.b").build().add(1, &[]);
    both.provider.meter("m").u64_counter("a_b").build().add(2, &[]);
    assert_eq!(both.our_lines(), ["a_b_total 3"]);
    let mut stock = both.stock_lines();
    stock.sort();
    assert_eq!(stock, ["a_b_total 1", "a_b_total 2"]);
}

#[test]
fn panicking_callback_is_an_empty_success_with_the_stock_exporter() {
    let both = Both::with(false);
    both.provider.meter("m").u64_counter("c").build().add(1, &[]);
    let panics = |_: &dyn opentelemetry::metrics::AsyncInstrument<u64>| panic!("on purpose");
    let _bad = both.provider.meter("m").u64_observable_gauge("bad").with_callback(panics).build();
    let first = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| both.registry.gather()));
    assert!(first.is_err(), "its first scrape panics");
    assert_eq!(both.stock_text(), "", "and all later ones are empty");
    assert!(both.ours.gather().is_err());
}

#[test]
fn bounds_are_spelt_like_prometheus_spells_them_only_by_ours() {
    let both = Both::with(false);
    both.provider.meter("m").f64_histogram("h").with_boundaries(vec![1.0, 1e6]).build().record(0.5, &[]);
    assert_eq!(both.ours(), both.stock(), "the same numbers");
    assert!(both.our_lines()[..2].iter().all(|line| line.contains("1.0\"") || line.contains("1e+06\"")));
    assert!(both.stock_lines()[..2].iter().all(|line| line.contains("\"1\"") || line.contains("\"1000000\"")));
}
