//! Limits that take memory ahead.

use crate::support::{errors, good, lapwing};

const HELP: &str = "memory for that many is set aside ahead; a sensible limit keeps the service alive";

fn reader(limits: &str) -> String {
    format!(
        "meter_provider: {{readers: [{{pull: {{exporter: {{prometheus/development: }}, cardinality_limits: {limits}}}}}]}}\n"
    )
}

#[test]
fn a_limit_that_would_take_gigabytes_is_refused() {
    assert_eq!(errors(&reader("{histogram: 100001}")), [format!("2:106 `histogram` must be at most 100000 ({HELP})")]);
    let view = "  views:\n    - {selector: {}, stream: {aggregation_cardinality_limit: 9223372036854775807}}\n";
    let found =
        errors(&format!("meter_provider:\n  readers: [{{pull: {{exporter: {{prometheus/development: }}}}}}]\n{view}"));
    assert_eq!(found, [format!("5:62 `aggregation_cardinality_limit` must be at most 100000 ({HELP})")]);
    let rule = "rules: [{span: a, calls: {instrument: x, series_limit: 100001}}]";
    assert_eq!(errors(&lapwing(rule)), [format!("5:62 `series_limit` must be at most 100000 ({HELP})")]);
    let queue = "tracer_provider: {processors: [{batch: {exporter: {console: }, max_queue_size: 1000001}}]}";
    assert_eq!(errors(queue), [format!("2:80 `max_queue_size` must be at most 1000000 ({HELP})")]);
}

#[test]
fn the_largest_limit_is_served() {
    let meter = good(&reader("{default: 100000}")).meter.expect("a meter");
    assert_eq!(meter.cardinality.default, Some(100_000));
}

#[test]
fn zero_and_less_are_no_limits() {
    for value in ["0", "-5"] {
        assert_eq!(errors(&reader(&format!("{{default: {value}}}"))), ["2:104 `default` must be at least 1"]);
    }
    assert_eq!(
        errors(&reader("{default: 99999999999999999999}")),
        ["2:104 `default` must be an integer, found a number"]
    );
}
