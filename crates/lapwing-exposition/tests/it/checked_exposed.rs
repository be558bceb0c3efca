//! What a scraper reads after everything went wrong behind the checks.

use lapwing_exposition::{CheckedMeterProvider, Format, Gather, Problems, PrometheusReader};
use opentelemetry::{KeyValue, metrics::MeterProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;

#[test]
fn a_scrape_after_every_kind_of_problem_holds_the_good_values_and_counts_the_rest() {
    let problems = Problems::default();
    let reader = PrometheusReader::builder().scope_labels(false).target_info(false).problems(problems.clone()).build();
    let sdk = SdkMeterProvider::builder().with_reader(reader.clone()).build();
    let provider = CheckedMeterProvider::new(sdk.clone(), problems);
    let meter = provider.meter("shop");

    let latency = meter.f64_histogram("checkout.duration").with_unit("s").with_boundaries(vec![0.5]).build();
    for seconds in [0.25, f64::NAN, f64::INFINITY, -1.0, 2.0] {
        latency.record(seconds, &[KeyValue::new("outcome", "ok")]);
    }
    let sold = meter.u64_counter("sold").build();
    sold.add(u64::MAX, &[]);
    sold.add(u64::MAX, &[]);
    let _stock = meter.f64_observable_gauge("stock").with_callback(|_| panic!("no stock")).build();
    let _price = meter.f64_observable_gauge("price").with_callback(|o| o.observe(1.5, &[])).build();
    provider.meter("other").u64_gauge("checkout.duration.seconds.sum").build().record(1, &[]);
    provider.meter("other").u64_gauge("sold").build().record(1, &[]);
    provider.meter("other").u64_counter("sold").with_description("late").build().add(0, &[]);

    let text = reader.gather().expect("gathered").encode(Format::Text0);
    let text = std::str::from_utf8(&text).expect("UTF-8");
    let samples: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.ends_with(" 0") && !line.starts_with("lapwing_gathers"))
        .collect();
    assert_eq!(
        samples,
        [
            r#"checkout_duration_seconds_bucket{outcome="ok",le="0.5"} 1"#,
            r#"checkout_duration_seconds_bucket{outcome="ok",le="+Inf"} 2"#,
            r#"checkout_duration_seconds_sum{outcome="ok"} 2.25"#,
            r#"checkout_duration_seconds_count{outcome="ok"} 2"#,
            r#"lapwing_problems_total{reason="callback_panic"} 1"#,
            r#"lapwing_problems_total{reason="counter_overflow"} 2"#,
            r#"lapwing_problems_total{reason="infinite"} 1"#,
            r#"lapwing_problems_total{reason="name_conflict"} 1"#,
            r#"lapwing_problems_total{reason="nan"} 1"#,
            r#"lapwing_problems_total{reason="negative"} 1"#,
            r#"lapwing_problems_total{reason="type_conflict"} 1"#,
            "price 1.5",
            "sold_total 17293822569102704639",
        ],
        "{text}"
    );
}
