//! The standard's views and limits, as they come out.

use lapwing::{KeyValue, Value};

use crate::support::{configuration, local, sample, text};

const RULES: &str = "rules:
  - span: work
    duration: {instrument: work.duration, unit: s, description: Work., labels: [outcome, user, kind]}
    calls: {instrument: work, description: Works., labels: [outcome, user]}";

fn work(user: &str, fails: bool) {
    let status = if fails { "ERROR" } else { "OK" };
    let _span = tracing::info_span!("work", user, kind = "x", otel.status_code = status).entered();
}

#[test]
fn stream_is_renamed_described_filtered_and_bucketed() {
    let telemetry = local(&configuration(
        "views:
  - selector: {instrument_name: \"work.*\", instrument_type: histogram, unit: s, meter_name: lapwing}
    stream:
      name: job.time
      description: Jobs.
      aggregation: {explicit_bucket_histogram: {boundaries: [0.5, 60]}}
      attribute_keys: {included: [\"out*\", \"user\", \"kind\"], excluded: [\"us?r\"]}
  - selector: {instrument_name: work}
    stream: {aggregation: {drop: }}",
        RULES,
    ));
    let _on = telemetry.enter();
    work("a", false);
    work("b", false);
    let text = text(&telemetry);
    assert_eq!(sample(&text, r#"job_time_seconds_bucket{kind="x",outcome="ok",le="60.0"}"#), Some("2"), "{text}");
    assert_eq!(sample(&text, r#"job_time_seconds_bucket{kind="x",outcome="ok",le="0.5"}"#), Some("2"), "{text}");
    assert!(text.contains("# HELP job_time_seconds Jobs."), "{text}");
    assert!(!text.contains("work_"), "{text}");
    assert!(!text.contains("user="), "{text}");
}

#[test]
fn views_that_select_one_instrument_make_several_streams() {
    let telemetry = local(&configuration(
        "views:
  - selector: {instrument_name: work}
    stream: {name: work.by_user, attribute_keys: {included: [user]}}
  - selector: {instrument_name: work}
    stream: {name: work.by_outcome, attribute_keys: {excluded: [user]}}",
        RULES,
    ));
    let _on = telemetry.enter();
    work("a", false);
    work("a", true);
    let text = text(&telemetry);
    assert_eq!(sample(&text, r#"work_by_user_total{user="a"}"#), Some("2"), "{text}");
    assert_eq!(sample(&text, r#"work_by_outcome_total{outcome="ok"}"#), Some("1"), "{text}");
    assert_eq!(sample(&text, r#"work_by_outcome_total{outcome="error"}"#), Some("1"), "{text}");
}

#[test]
fn views_that_make_one_stream_twice_count_once() {
    for first in ["{aggregation_cardinality_limit: 100}", "{aggregation: {drop: }}"] {
        let telemetry = local(&configuration(
            &format!(
                "views:
  - {{selector: {{instrument_type: counter}}, stream: {first}}}
  - {{selector: {{instrument_name: work}}, stream: {{description: Seen.}}}}
  - {{selector: {{instrument_name: work}}, stream: {{}}}}"
            ),
            RULES,
        ));
        let _on = telemetry.enter();
        work("a", false);
        let text = text(&telemetry);
        assert_eq!(sample(&text, r#"work_total{outcome="ok",user="a"}"#), Some("1"), "{text}");
    }
}

#[test]
fn renaming_view_keeps_the_boundaries_an_instrument_advises() {
    for aggregation in ["", ", aggregation: {default: }"] {
        let telemetry = local(&configuration(
            &format!("views: [{{selector: {{instrument_name: \"*\"}}, stream: {{description: Seen.{aggregation}}}}}]"),
            "rules: [{span: work, duration: {instrument: work.duration, labels: [], boundaries: [0.25, 50]}}]",
        ));
        let _on = telemetry.enter();
        work("a", false);
        let by_hand = telemetry.histogram("by.hand").with_boundaries(vec![7.0]).build();
        by_hand.record(3.0, &[]);
        let text = text(&telemetry);
        assert_eq!(sample(&text, r#"work_duration_seconds_bucket{le="0.25"}"#), Some("1"), "{text}");
        assert_eq!(sample(&text, r#"by_hand_bucket{le="7.0"}"#), Some("1"), "{text}");
        assert!(!text.contains(r#"le="7500.0""#), "the SDK's defaults: {text}");
        assert!(text.contains("# HELP by_hand Seen."), "{text}");
    }
}

#[test]
fn every_aggregation_is_served() {
    let telemetry = local(&configuration(
        "views:
  - {selector: {instrument_name: summed}, stream: {aggregation: {sum: }}}
  - {selector: {instrument_name: last}, stream: {aggregation: {last_value: }}}
  - {selector: {instrument_name: folded}, stream: {aggregation: {base2_exponential_bucket_histogram: {max_size: 20, max_scale: 3}}}}
  - {selector: {instrument_name: explicit}, stream: {aggregation: {explicit_bucket_histogram: {boundaries: [1], record_min_max: false}}}}
  - {selector: {instrument_name: dropped}, stream: {aggregation: {drop: }}}",
        "",
    ));
    for name in ["summed", "folded", "explicit", "dropped"] {
        telemetry.histogram(name).build().record(2.0, &[]);
    }
    telemetry.gauge("last").build().record(4.0, &[]);
    let snapshot = telemetry.snapshot().unwrap();
    let value = |name: &str| snapshot.family(name).map(|family| family.series[0].value.clone());
    assert!(matches!(value("summed_total"), Some(Value::Counter { value, .. }) if value.as_f64() == 2.0));
    assert!(matches!(value("last"), Some(Value::Number(value)) if value.as_f64() == 4.0));
    assert!(matches!(value("folded"), Some(Value::Histogram(histogram)) if histogram.count() == 1));
    assert!(
        matches!(value("explicit"), Some(Value::Histogram(histogram)) if histogram.bounds() == [1.0, f64::INFINITY])
    );
    assert_eq!(value("dropped"), None);
}

#[test]
fn instruments_made_by_hand_keep_the_keys_named_in_full() {
    let telemetry = local(&configuration(
        "views: [{selector: {instrument_name: orders}, stream: {attribute_keys: {included: [shop, \"by*\"]}}}]",
        "",
    ));
    let orders = telemetry.counter("orders").build();
    orders.add(1, &[KeyValue::new("shop", "a"), KeyValue::new("by", "x"), KeyValue::new("other", "y")]);
    let text = text(&telemetry);
    assert_eq!(sample(&text, r#"orders_total{shop="a"}"#), Some("1"), "{text}");
}

#[test]
fn overflow_keeps_the_outcome_through_the_views() {
    // Three label sets are kept; the limit comes from the view, the reader, or the rule.
    let view = "views: [{selector: {instrument_name: work}, stream: {aggregation_cardinality_limit: 3}}]";
    let rule = "rules: [{span: work, calls: {instrument: work, labels: [outcome, user], series_limit: 3}}]";
    let reader =
        configuration("", RULES).replace("{pull: {", "{pull: {cardinality_limits: {default: 50, counter: 3}, ");
    for yaml in [configuration(view, RULES), configuration("", rule), reader] {
        let telemetry = local(&yaml);
        let _on = telemetry.enter();
        for user in 0..40 {
            work(&user.to_string(), user % 4 == 0);
        }
        let text = text(&telemetry);
        let series: Vec<(&str, u64)> = text
            .lines()
            .filter_map(|line| line.strip_prefix("work_total{")?.rsplit_once("} "))
            .map(|(labels, value)| (labels, value.parse().unwrap()))
            .collect();
        assert_eq!(series.iter().map(|(_, count)| count).sum::<u64>(), 40, "{yaml}{text}");
        let of = |outcome: &str| -> u64 {
            let wanted = format!("outcome=\"{outcome}\"");
            series.iter().filter(|(labels, _)| labels.contains(&wanted)).map(|(_, count)| count).sum()
        };
        assert_eq!((of("ok"), of("error")), (30, 10), "{yaml}{text}");
        let overflowed = series.iter().filter(|(labels, _)| labels.contains("otel_metric_overflow=\"true\""));
        assert_eq!(overflowed.count(), 2, "{yaml}{text}");
        assert_eq!(series.len(), 5, "{yaml}{text}");
    }
}

#[test]
fn limit_of_a_view_holds_for_instruments_made_by_hand() {
    let telemetry = local(&configuration(
        "views: [{selector: {instrument_name: orders}, stream: {aggregation_cardinality_limit: 2}}]",
        "",
    ));
    let orders = telemetry.counter("orders").build();
    for shop in 0..10 {
        orders.add(1, &[KeyValue::new("shop", shop)]);
    }
    let text = text(&telemetry);
    assert_eq!(sample(&text, r#"orders_total{otel_metric_overflow="true"}"#), Some("8"), "{text}");
}

#[test]
fn huge_limits_are_refused() {
    let view = "views: [{selector: {instrument_name: work}, stream: {aggregation_cardinality_limit: 4000000000}}]";
    let reader = configuration("", "").replace("{pull: {", "{pull: {cardinality_limits: {default: 4000000000}, ");
    let rule = "rules: [{span: work, calls: {instrument: work, labels: [], series_limit: 4000000000}}]";
    for yaml in [configuration(view, ""), reader, configuration("", rule)] {
        let refused = lapwing::builder().config_text("test.yaml", yaml).global(false).init();
        let error = refused.map(drop).unwrap_err().to_string();
        assert!(error.contains("test.yaml") && error.contains("4000000000"), "{error}");
    }
}
