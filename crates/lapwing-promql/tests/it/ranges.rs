//! Between which numbers queries lie.

use lapwing_promql::{BinaryOp, Dialect, ValueRange, parse};

fn range(text: &str) -> (f64, f64) {
    let expr = parse(text, Dialect::Prometheus).unwrap_or_else(|error| panic!("{text}: {error}"));
    let range = expr.value_range(&|selector| match selector.metric() {
        Some(("up", _)) => ValueRange::SHARE,
        _ => ValueRange::ANY,
    });
    (range.least, range.most)
}

const INF: f64 = f64::INFINITY;

#[test]
fn parts_of_a_whole_are_shares() {
    for text in [
        r#"sum(rate(x_total{code="5"}[5m])) / sum(rate(x_total[5m]))"#,
        r#"sum by (job) (rate(x_total{code="5"}[5m])) / sum by (job) (rate(x_total[5m]))"#,
        r#"sum by (job, code) (rate(x_total[5m])) / on (job) group_left sum by (job) (rate(x_total[5m]))"#,
        r#"sum by (job, code) (rate(x_total[5m])) / ignoring (code) group_left sum by (job) (rate(x_total[5m]))"#,
        r#"sum without (code) (rate(x_total{code=~"5.."}[5m])) / sum without (code) (rate(x_total[5m]))"#,
        r#"rate(x_total{code="500"}[5m]) / ignoring (code) group_left sum without (code) (rate(x_total[5m]))"#,
        r#"sum(rate(x_total{job="a", code="500"}[5m])) / sum(rate(x_total{job="a", code=~"5.."}[5m]))"#,
        r#"(sum(rate(x_total{code="5"}[5m])) or vector(0)) / (sum(rate(x_total[5m])) > 0)"#,
        r#"sum(rate(x_total{code="5"}[5m])) / clamp_min(sum(rate(x_total[5m])), 1)"#,
        r#"sum(increase(x_total{code="5"}[5m] offset 1h)) / sum(increase(x_total[5m] offset 1h))"#,
        r#"sum(rate(x_bucket{le="1.0"}[5m])) / sum(rate(x_count[5m]))"#,
        r#"sum by (le) (rate(x_bucket[5m])) / on () group_left sum(rate(x_count[5m]))"#,
        r#"rate(x_bucket{le="1.0"}[5m]) / ignoring (le) rate(x_count[5m])"#,
        r#"sum(rate(x_bucket{le="1.0"}[5m])) / sum(rate(x_bucket{le="+Inf"}[5m]))"#,
        r#"1 - sum(rate(x_bucket{le="1.0"}[5m])) / sum(rate(x_count[5m]))"#,
        "sum(rate(bad_total[5m])) / (sum(rate(bad_total[5m])) + sum(rate(good_total[5m])))",
        "sum(rate(bad_total[5m])) / (sum(rate(a_total[5m])) + sum(rate(good_total[5m])) + sum(rate(bad_total[5m])))",
        "count(x == 0) / count(x)",
        "sum(x_total{a=\"b\"}) / sum(x_total)",
        "avg(up)",
        "avg_over_time(up[1h])",
        "max_over_time((sum(rate(x_total{code=\"5\"}[5m])) / sum(rate(x_total[5m])))[1h:])",
    ] {
        assert_eq!(range(text), (0.0, 1.0), "{text}");
    }
    for text in [
        // Other series, times, or groups than the whole's.
        r#"sum(rate(x_total{code="5"}[5m])) / sum(rate(y_total[5m]))"#,
        r#"sum(rate(x_total{code="5"}[5m])) / sum(rate(x_total[1h]))"#,
        r#"sum(rate(x_total{code="5"}[5m])) / sum(rate(x_total[5m] offset 1h))"#,
        r#"sum(rate(x_total{code="5"}[5m])) / sum(irate(x_total[5m]))"#,
        r#"sum(rate(x_total{code="5"}[5m])) / sum(rate(x_total{code="2"}[5m]))"#,
        r#"sum(rate(x_total{code=~"5.."}[5m])) / sum(rate(x_total{code="500"}[5m]))"#,
        r#"sum(rate(x_total[5m])) / sum(rate(x_total{code="5"}[5m]))"#,
        r#"sum(rate(x_total{code="5"}[5m])) / on () group_right sum by (job) (rate(x_total[5m]))"#,
        r#"sum by (code) (rate(x_total[5m])) / on (code) sum by (code, job) (rate(x_total[5m]))"#,
        r#"rate(x_total{code="5"}[5m]) / on (job) rate(x_total[5m])"#,
        r#"sum by (code) (rate(x_total[5m])) / sum by (code, job) (rate(x_total[5m]))"#,
        r#"sum(rate(x_total{code="5"}[5m])) / sum(rate(x_total[5m]) > 1)"#,
        r#"(sum(rate(x_total{code="5"}[5m])) or vector(7)) / sum(rate(x_total[5m]))"#,
        r#"sum(rate(x_bucket[5m])) / sum(rate(x_count[5m]))"#,
        r#"sum(rate(x_bucket{le=~"1.0|2.0"}[5m])) / sum(rate(x_count[5m]))"#,
        r#"sum(rate(x_sum[5m])) / sum(rate(x_count[5m]))"#,
        "sum(rate(bad_total[5m])) / (sum(rate(good_total[5m])) + sum(rate(other_total[5m])))",
        r#"sum(rate(x_total{code="5"}[5m])) / avg(rate(x_total[5m]))"#,
    ] {
        assert_eq!(range(text), (0.0, INF), "{text}");
    }
    let gauges = "(sum(rate(bad_total[5m])) / (sum(rate(bad_total[5m])) + temperature))";
    assert_eq!(range(gauges), (-INF, INF), "what is added may be below 0");
    assert_eq!(range("count(x == 0) / count(x == 1)"), (0.0, INF), "some of the whole is left out");
}

#[test]
fn ranges_go_through_calculations() {
    for (text, wanted) in [
        ("x", (-INF, INF)),
        ("2 * 3", (6.0, 6.0)),
        ("rate(x[5m]) * 60", (0.0, INF)),
        ("-rate(x[5m])", (-INF, 0.0)),
        ("sum(rate(x[5m])) - 5", (-5.0, INF)),
        ("rate(x[5m]) - rate(y[5m])", (-INF, INF)),
        ("100 * avg(up)", (0.0, 100.0)),
        ("100 * sum(rate(x_total{a=\"b\"}[5m])) / sum(rate(x_total[5m]))", (0.0, 100.0)),
        ("sum(rate(x_total{a=\"b\"}[5m])) * 100 / sum(rate(x_total[5m]))", (0.0, 100.0)),
        ("-100 * sum(rate(x_total{a=\"b\"}[5m])) / sum(rate(x_total[5m]))", (-INF, INF)),
        ("up / 4", (0.0, 0.25)),
        ("up / -4", (-0.25, 0.0)),
        ("1 / up", (0.0, INF)),
        ("sum(up)", (0.0, INF)),
        ("sum(-up)", (-INF, 0.0)),
        ("count(x)", (1.0, INF)),
        ("count(x) or vector(0)", (0.0, INF)),
        ("absent(x)", (1.0, 1.0)),
        ("x > 5", (5.0, INF)),
        ("5 > x", (-INF, 5.0)),
        ("x > bool 5", (0.0, 1.0)),
        ("up > 0.5", (0.5, 1.0)),
        ("up and x", (0.0, 1.0)),
        ("x and up", (-INF, INF)),
        ("clamp(x, 0, 3)", (0.0, 3.0)),
        ("clamp_max(up, 0.5)", (0.0, 0.5)),
        ("round(up * 1.5)", (0.0, 2.0)),
        ("round(up, 0.6)", (-INF, INF)),
        ("quantile(0.5, up)", (0.0, 1.0)),
        ("quantile(2, up)", (-INF, INF)),
        ("topk(3, up)", (0.0, 1.0)),
        ("hour()", (0.0, 23.0)),
        ("predict_linear(up[1h], 60)", (-INF, INF)),
        ("delta(up[1h])", (-INF, INF)),
        ("histogram_quantile(0.9, rate(x_bucket[5m]))", (-INF, INF)),
        ("up ^ 2", (-INF, INF)),
    ] {
        assert_eq!(range(text), wanted, "{text}");
    }
}

#[test]
fn what_can_not_be_is_known() {
    let share = ValueRange::SHARE;
    let may = |op, value| share.may(op, ValueRange::only(value));
    assert_eq!([0.9, 1.0].map(|value| may(BinaryOp::Greater, value)), [true, false]);
    assert_eq!([1.0, 1.1].map(|value| may(BinaryOp::GreaterEqual, value)), [true, false]);
    assert_eq!([0.1, 0.0].map(|value| may(BinaryOp::Less, value)), [true, false]);
    assert_eq!([0.0, -0.1].map(|value| may(BinaryOp::LessEqual, value)), [true, false]);
    assert_eq!([0.5, 5.0].map(|value| may(BinaryOp::Equal, value)), [true, false]);
    assert_eq!([0.5, 5.0].map(|value| may(BinaryOp::NotEqual, value)), [true, true]);
    assert!(!ValueRange::only(1.0).may(BinaryOp::NotEqual, ValueRange::only(1.0)));
}
