//! Histograms without labels, at 0 from the first scrape.

use crate::support::{configuration, local, sample, text};

const RULES: &str = "rules:
  - span: gc
    duration: {instrument: gc.duration, description: Duration of a collection., labels: [], boundaries: [0.25, 50]}
    histograms:
      - {field: removed, instrument: gc.removed, labels: []}
      - {field: kept, instrument: gc.kept, labels: [outcome]}";

fn names(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("gc_")).map(|line| line.rsplit_once(' ').unwrap().0).collect()
}

#[test]
fn histograms_without_labels_are_there_at_zero_before_their_first_value() {
    let telemetry = local(&configuration("", RULES));
    let before = text(&telemetry);
    for line in [
        "# HELP gc_duration_seconds Duration of a collection.",
        "# TYPE gc_duration_seconds histogram",
        "gc_duration_seconds_bucket{le=\"0.25\"} 0",
        "gc_duration_seconds_bucket{le=\"50.0\"} 0",
        "gc_duration_seconds_bucket{le=\"+Inf\"} 0",
        "gc_duration_seconds_sum 0",
        "gc_duration_seconds_count 0",
        "gc_removed_bucket{le=\"7500.0\"} 0",
        "gc_removed_count 0",
    ] {
        assert!(before.lines().any(|found| found == line), "no {line:?} in {before}");
    }
    let _on = telemetry.enter();
    drop(tracing::info_span!("gc", removed = 3, kept = 4));
    let after = text(&telemetry);
    assert_eq!(sample(&after, "gc_duration_seconds_bucket{le=\"0.25\"}"), Some("1"), "{after}");
    assert_eq!(sample(&after, "gc_removed_sum"), Some("3"), "{after}");
    // The very same series, each once.
    assert_eq!(names(&after), names(&before));
    let problems: Vec<_> =
        after.lines().filter(|l| l.starts_with("lapwing_problems_total") && !l.ends_with(" 0")).collect();
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn durations_without_boundaries_get_those_of_durations_before_and_after_their_first_value() {
    let rules = "rules:
  - {span: gc, duration: {instrument: gc.duration, labels: []}}
  - {span: pause, duration: {instrument: gc.pause, unit: ms, labels: []}}
  - {span: gc, histograms: [{field: waited, instrument: gc.duration, unit: s, labels: []}]}
  - {span: gc, duration: {instrument: gc.seen, labels: []}}";
    let views = "views:
  - selector: {instrument_name: gc.seen}
    stream: {aggregation: {explicit_bucket_histogram: {boundaries: [1, 60]}}}";
    let telemetry = local(&configuration(views, rules));
    let bounds = |text: &str, name: &str| -> Vec<String> {
        let start = format!("{name}_bucket{{le=\"");
        let rest = text.lines().filter_map(|line| line.strip_prefix(&start));
        rest.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let before = text(&telemetry);
    let _on = telemetry.enter();
    drop(tracing::info_span!("gc", waited = 0.03));
    drop(tracing::info_span!("pause"));
    let after = text(&telemetry);
    let seconds = "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1.0 2.5 5.0 7.5 10.0 +Inf";
    let milliseconds = "5.0 10.0 25.0 50.0 75.0 100.0 250.0 500.0 750.0 1000.0 2500.0 5000.0 7500.0 10000.0 +Inf";
    for text in [&before, &after] {
        assert_eq!(bounds(text, "gc_duration_seconds").join(" "), seconds, "{text}");
        assert_eq!(bounds(text, "gc_pause_milliseconds").join(" "), milliseconds, "{text}");
        assert_eq!(bounds(text, "gc_seen_seconds").join(" "), "1.0 60.0 +Inf", "{text}");
    }
    assert_eq!(sample(&after, "gc_duration_seconds_count"), Some("2"), "{after}");
    assert_eq!(sample(&after, "gc_duration_seconds_bucket{le=\"0.05\"}"), Some("2"), "{after}");
}

#[test]
fn views_decide_over_their_name_buckets_and_labels() {
    let telemetry = local(&configuration(
        "views:
  - selector: {instrument_name: gc.duration}
    stream: {name: collection.time, description: Seen., aggregation: {explicit_bucket_histogram: {boundaries: [1]}}}
  - selector: {instrument_name: gc.duration}
    stream: {name: collection.rough}
  - selector: {instrument_name: gc.removed}
    stream: {aggregation: {base2_exponential_bucket_histogram: {max_size: 20, max_scale: 3}}}
  - selector: {instrument_name: gc.kept}
    stream: {attribute_keys: {excluded: [outcome]}}",
        RULES,
    ));
    let before = text(&telemetry);
    assert!(before.contains("# HELP collection_time_seconds Seen."), "{before}");
    assert_eq!(sample(&before, "collection_time_seconds_bucket{le=\"1.0\"}"), Some("0"), "{before}");
    assert_eq!(sample(&before, "collection_rough_seconds_count"), Some("0"), "{before}");
    assert_eq!(sample(&before, "gc_kept_count"), Some("0"), "{before}");
    assert!(!before.contains("gc_duration") && !before.contains("gc_removed"), "{before}");
    let _on = telemetry.enter();
    drop(tracing::info_span!("gc", removed = 3, kept = 4));
    let after = text(&telemetry);
    for name in ["collection_time_seconds", "collection_rough_seconds", "gc_kept"] {
        let of = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.starts_with(name));
            lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
        };
        assert_eq!(of(&after), of(&before), "{name}");
        assert_eq!(sample(&after, &format!("{name}_count")), Some("1"), "{after}");
    }
}

#[test]
fn nothing_is_at_zero_where_nothing_is_measured() {
    let dropped =
        configuration("views: [{selector: {instrument_name: \"gc.*\"}, stream: {aggregation: {drop: }}}]", RULES);
    let disabled = configuration("", RULES).replace("file_format: \"1.1\"", "file_format: \"1.1\"\ndisabled: true");
    for yaml in [dropped, disabled] {
        let text = text(&local(&yaml));
        assert!(!text.contains("gc_"), "{text}");
    }
}
