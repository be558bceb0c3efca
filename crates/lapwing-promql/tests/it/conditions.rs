//! Comparisons, constants, quantiles, ranges and divisions.

use lapwing_promql::{Dialect, Expr, parse};
use stack::{Part, Prometheus, need};

fn query(text: &str) -> Expr {
    parse(text, Dialect::Grafana).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn comparisons_are_found_through_parentheses_and_set_operators() {
    let found = |text: &str| {
        let expr = query(text);
        let show = |c: lapwing_promql::Comparison<'_>| {
            let value = c.value.map_or("?".to_owned(), |value| value.to_string());
            let marks = [(c.excludes, " excludes"), (c.returns_bool, " bool")];
            let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
            format!("{} {} {value} at {}{marks}", c.subject, c.op, &text[c.threshold.span.clone()])
        };
        expr.comparisons().into_iter().map(show).collect::<Vec<_>>()
    };
    assert_eq!(found("up == 0"), ["up == 0 at 0"]);
    assert_eq!(found("(a > 6 * 0.5) and (b < 1 or 5 <= c)"), ["a > 3 at 6 * 0.5", "b < 1 at 1", "c >= 5 at 5"]);
    assert_eq!(found("a > 1 < 5"), ["a > 1 < 5 at 5", "a > 1 at 1"]);
    assert_eq!(found("a unless b > 1"), ["b > 1 at 1 excludes"]);
    assert_eq!(found("a > on (x) b"), ["a > ? at b"]);
    assert_eq!(found("a > bool $threshold"), ["a > ? at $threshold bool"]);
    assert!(found("sum(a > 1) / 2").is_empty());
}

#[test]
fn constants_come_to_what_prometheus_calculates() {
    let table = [
        "5 * 60",
        "-2 ^ 2",
        "2 ^ -2",
        "2 ^ 3 ^ 2",
        "-2 ^ -2 ^ 2",
        "10 - 4 - 3",
        "100 / 10 / 5",
        "7 % 4 * 2",
        "-7 % 4",
        "2 + 3 * 4 ^ 2",
        "(2 + 3) * 4",
        "--3",
        "+-+3",
        "2 * -3 + 1",
        "-2 * 3",
        "1 > bool 2",
        "2 == bool 2 + 1",
        "1 + 2 < bool 4",
        "0x1F",
        "010",
        "08",
        "1e3",
        ".5",
        "1.",
        "pi()",
        "3 atan2 4 * 2",
        "1 / 0",
        "-1 / 0",
        "Inf",
        "5 != bool 4 ^ 2",
        "2 ^ 2 * 3",
        "-1 ^ 0.5 + 2",
    ];
    for text in table {
        assert!(query(text).constant().is_some(), "{text}");
    }
    for text in ["up", "time()", "vector(1)", "1 + scalar(up)", "$x"] {
        assert_eq!(query(text).constant(), None, "{text}");
    }
    for part in [Part::Prometheus2, Part::Prometheus3] {
        let Some(located) = need(part) else { continue };
        let prometheus = Prometheus::builder(&located).start().unwrap();
        for text in table {
            let said = prometheus.query(&format!("vector({text})")).unwrap()[0].value;
            assert_eq!(query(text).constant(), Some(said), "{text}");
        }
    }
}

#[test]
fn quantiles_tell_what_they_are_made_of() {
    let expr = query("1000 * histogram_quantile(0.9 + 0.09, sum by (le, job) (rate(x_bucket{a=\"b\"}[5m]))) > 1");
    let quantiles = expr.quantiles();
    let [quantile] = quantiles.as_slice() else { panic!("{quantiles:?}") };
    assert_eq!(quantile.value, Some(0.99));
    assert_eq!(quantile.aggregation.unwrap().name.text, "sum");
    assert_eq!(quantile.over_time.unwrap().name.text, "rate");
    assert_eq!(quantile.selector.unwrap().selector.metric().unwrap().0, "x_bucket");
    let expr = query("histogram_quantile($q, a + b)");
    assert!(expr.quantiles()[0].value.is_none() && expr.quantiles()[0].selector.is_none());
}

#[test]
fn ranges_are_in_seconds() {
    let expr = query("max_over_time(rate(x[1m30s])[1h:$step]) + rate(y[$__rate_interval]) + rate(z[90])");
    let ranges: Vec<_> = expr.ranges().iter().map(|range| range.range.seconds()).collect();
    assert_eq!(ranges, [Some(3600.0), Some(90.0), None, Some(90.0)]);
}

#[test]
fn divisions_are_guarded_or_not() {
    for guarded in [
        "a / b",
        "rate(a[5m]) / 60",
        "rate(a[5m]) / count(rate(b[5m]))",
        "rate(a[5m]) / (rate(b[5m]) > 0)",
        "rate(a[5m]) / (0 < rate(b[5m]))",
        "rate(a[5m]) / (rate(b[5m]) != 0)",
        "rate(a[5m]) / (rate(b[5m]) >= 0.1)",
        "rate(a[5m]) / clamp_min(rate(b[5m]), 1e-9)",
        "rate(a[5m]) / (sum(rate(b[5m])) > 0 or vector(1))",
        "rate(a[5m]) / (rate(b[5m]) + 1)",
        "(rate(a[5m]) / rate(b[5m])) and rate(b[5m]) > 1",
        "sum(rate(a[5m])) / sum(rate(b[5m])) > 0.1 and sum(increase(b[5m])) >= 10",
        "rate(a[5m]) / rate(b[5m]) unless rate(b[5m]) == 0",
        "rate(a[5m]) / (rate(b[5m]) and rate(b[5m]) > 0)",
        "process_resident_memory_bytes / machine_memory_bytes",
    ] {
        assert!(query(guarded).unguarded_divisions().is_empty(), "{guarded}");
    }
    for (unguarded, compared) in [
        ("rate(a[5m]) / rate(b[5m])", false),
        ("rate(a[5m]) % increase(b[5m])", false),
        ("sum(a) / sum(b_total)", false),
        ("a / job:b:rate5m", false),
        ("1 - sum(rate(a[5m])) / sum by (x) (rate(b[5m]))", false),
        ("a / (rate(b[5m]) * 60)", false),
        ("a / (rate(b[5m]) + rate(c[5m]))", false),
        ("a / (rate(b[5m]) >= 0)", false),
        ("a / (rate(b[5m]) > bool 0 or rate(b[5m]))", false),
        ("a / (sum(rate(b[5m])) or vector(1))", false),
        ("a / clamp_min(rate(b[5m]), 0)", false),
        ("a / rate(b[5m]) and up == 1", false),
        ("a / rate(b[5m]) or rate(b[5m]) > 1", false),
        ("rate(a[5m]) / rate(b[5m]) > 0.1", true),
        ("100 * (rate(a[5m]) / rate(b[5m])) > 5 and up == 1", true),
        ("rate(a[5m]) / rate(b[5m]) != 1", false),
        ("sum(rate(a[5m]) / rate(b[5m]))", false),
    ] {
        let expr = query(unguarded);
        let found = expr.unguarded_divisions();
        assert_eq!(found.len(), 1, "{unguarded}");
        assert_eq!(found[0].comparison.is_some(), compared, "{unguarded}");
    }
}
