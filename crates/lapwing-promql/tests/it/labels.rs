//! Which labels results have.

use lapwing_promql::{Dialect, Presence, ResultLabels, parse};

/// `+` has it, `-` hasn't, `?` may have it.
fn labels(query: &str, asked: &[&str]) -> String {
    let expr = parse(query, Dialect::Grafana).unwrap_or_else(|error| panic!("{query}: {error}"));
    let labels = expr.result_labels();
    let sign = |label: &&str| match labels.has(label) {
        Presence::Yes => '+',
        Presence::No => '-',
        Presence::Maybe => '?',
    };
    asked.iter().map(sign).collect()
}

/// Whether a, b, le, `__name__` and another label are there.
#[test]
fn labels_go_through_every_kind_of_expression() {
    for (query, expected) in [
        ("x", "???+?"),
        (r#"x{a="1", b=""}"#, "+-?+?"),
        (r#"x{a=~".+", b=~""}"#, "+-?+?"),
        (r#"x{a=~".*", b!=""}"#, "?+?+?"),
        (r#"x{a="$v"}"#, "???+?"),
        (r#"rate(x{a="1"}[5m])"#, "+??-?"),
        (r#"last_over_time(x{a="1"}[5m])"#, "+??+?"),
        (r#"max_over_time(rate(x{a="1"}[5m])[1h:])"#, "+??-?"),
        ("sum(x)", "-----"),
        (r#"sum by (a, b) (x{a="1"})"#, "+?---"),
        (r#"sum without (a) (x{b="1"})"#, "-+?-?"),
        (r#"topk by (b) (3, x{a="1"})"#, "+??+?"),
        (r#"limitk(3, x{a="1"})"#, "+??+?"),
        (r#"count_values("b", x{a="1"})"#, "-+---"),
        (r#"count_values by (a) ("b", x{a="1"})"#, "++---"),
        (r#"sum by (a, $by) (x{a="1", b="2", c=""})"#, "+????"),
        (r#"sum by ($by) (sum by (a, b) (x))"#, "??---"),
        (r#"histogram_quantile(0.9, sum by (a, le) (rate(x{a="1"}[5m])))"#, "+----"),
        ("histogram_quantile(0.9, rate(x[5m]))", "??--?"),
        ("vector(1)", "-----"),
        ("scalar(x)", "-----"),
        ("hour()", "-----"),
        ("1 + 2", "-----"),
        (r#"absent(x{a="1", b=~"2"})"#, "+----"),
        (r#"absent(x{a="1", a="2"})"#, "-----"),
        (r#"absent((x{a="1"}))"#, "+----"),
        (r#"absent(sum(x{a="1"}))"#, "-----"),
        (r#"absent_over_time(x{a="1"}[5m])"#, "+----"),
        (r#"x{a="1"} > 5"#, "+??+?"),
        (r#"x{a="1"} > bool 5"#, "+??-?"),
        (r#"2 * x{a="1"}"#, "+??-?"),
        (r#"-x{a="1"}"#, "+??-?"),
        (r#"+x{a="1"}"#, "+??+?"),
        (r#"x{a="1"} / y{b="1"}"#, "++?-?"),
        (r#"x{a="1"} > y"#, "+??+?"),
        (r#"x{a="1"} / on (a, b) y{b="1"}"#, "++---"),
        (r#"x{a="1", b="1"} / ignoring (a) y"#, "-+?-?"),
        (r#"x{a="1"} > ignoring (b) y"#, "+-?+?"),
        (r#"x{a="1"} * on (c) group_left (b) y{b="1"}"#, "++?-?"),
        (r#"x{a="1"} * on (c) group_left (b) sum by (c) (y)"#, "+-?-?"),
        (r#"y{b="1"} * on (c) group_right (b) x{a="1"}"#, "++?-?"),
        (r#"x{a="1", b="1"} * ignoring (b) group_left sum by (a) (y)"#, "++---"),
        (r#"x{a="1"} and on (c) y{b="1"}"#, "+??+?"),
        (r#"x{a="1"} unless y{b="1"}"#, "+??+?"),
        (r#"x{a="1", b="1"} or y{b="2"}"#, "?+?+?"),
        (r#"sum by (a) (x{a="1"}) or vector(0)"#, "?----"),
        (r#"label_replace(sum by (a) (x{a="1"}), "b", "$1", "a", "(.*)")"#, "++---"),
        (r#"label_replace(sum by (a) (x{a="1"}), "b", "$1", "a", "(.*)-.*")"#, "+?---"),
        (r#"label_replace(sum by (a) (x{a="1"}), "a", "", "a", ".*")"#, "-----"),
        (r#"label_replace(sum by (a) (x), "b", "new", "", "")"#, "?+---"),
        (r#"label_replace(sum by (a) (x{a="1"}), "a", "$1", "c", "(.+)")"#, "+----"),
        (r#"label_join(sum by (a) (x{a="1"}), "b", "-", "a", "c")"#, "++---"),
        (r#"label_join(sum by (a) (x), "b", "", "c")"#, "?----"),
        (r#"info(sum by (a) (x{a="1"}))"#, "+????"),
        ("$query", "?????"),
        (r#"$agg by (a) (x{a="1"})"#, "?????"),
    ] {
        assert_eq!(labels(query, &["a", "b", "le", "__name__", "other"]), expected, "{query}");
    }
}

#[test]
fn what_is_known_of_series_is_heeded() {
    let expr = parse(r#"rate(requests_total{code=~"5.."}[5m]) / up"#, Dialect::Prometheus).unwrap();
    let labels = expr.result_labels_of(&|selector| match selector.metric() {
        Some(("requests_total", _)) => {
            ResultLabels::exactly(["job", "instance", "code"]).with("method", Presence::Maybe)
        }
        _ => ResultLabels::exactly(["job", "instance"]),
    });
    assert_eq!(labels.has("job"), Presence::Yes);
    assert_eq!(labels.has("code"), Presence::Yes);
    assert_eq!(labels.has("method"), Presence::No);
    assert_eq!(labels.has("team"), Presence::No);
    assert!(!labels.is_open());
}
