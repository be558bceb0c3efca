//! Queries of dashboards.

use lapwing_promql::{Dialect, ExprKind, ValueType, parse};

#[test]
fn variables_stand_wherever_grafana_puts_them() {
    for text in [
        "rate(x[$__rate_interval])",
        "rate(x[${__rate_interval}])",
        "rate(x[[[interval]]])",
        "rate(x[${__range_s}s])",
        "rate(x[${minutes:raw}m] offset 5m) > 0",
        "max_over_time(x[$__range:$__interval] offset -$shift)",
        "x offset $shift @ $time",
        "sum by ($group) (x)",
        "sum by (le, ${group:csv}) (x)",
        "sum without ([[group]] le) (x)",
        r#"x{$label="1", job=~$job, $filters}"#,
        r#"x{a="1" $filters}"#,
        r#"x{$filters, a="1"}"#,
        "{$filters}",
        r#"${metric}_total{a="1"}"#,
        "rate($metric[5m])",
        "node_$metric offset 5m",
        "x[[suffix]]",
        "$query / 2",
        "$query",
        "topk($n, x)",
        "histogram_quantile(0.$q, x)",
        "histogram_quantile($q, x) > $threshold",
        "$fn(x[5m])",
        "$agg by (a) (x)",
        "$agg(x) without (a)",
        "$agg(3, x) by (a)",
        "x * on ($by) group_left ($more) y",
        "${a.b:date:YYYY}",
        "$a and $b",
        "($a)[$b:]",
    ] {
        let expr = parse(text, Dialect::Grafana).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let printed = expr.to_string();
        assert_eq!(parse(&printed, Dialect::Grafana).map(|expr| expr.to_string()), Ok(printed), "{text}");
        let rule = parse(text, Dialect::Prometheus);
        assert!(rule.is_err(), "{text}: {rule:?}");
    }
}

#[test]
fn groups_of_regular_expressions_are_no_variables() {
    let text = r#"label_replace(x, "a", "$1-${2}", "b", "(.*)$")"#;
    let expr = parse(text, Dialect::Grafana).unwrap();
    let ExprKind::Call(call) = &expr.kind else { panic!("{expr:?}") };
    for arg in &call.args[1..] {
        assert!(matches!(&arg.kind, ExprKind::String(text) if text.fixed().is_some()), "{arg:?}");
    }
}

#[test]
fn what_a_variable_stands_for_may_be_anything() {
    for text in ["$a", "$a + $b", "-$a", "($a)", "$a > 1"] {
        assert_eq!(parse(text, Dialect::Grafana).unwrap().value_type(), ValueType::Unknown, "{text}");
    }
    assert_eq!(parse("$a + x", Dialect::Grafana).unwrap().value_type(), ValueType::Vector);
    assert!(parse("$a + x[5m]", Dialect::Grafana).is_err());
    assert!(parse("rate($a)", Dialect::Grafana).is_ok());
    assert!(parse("$a[5m][5m]", Dialect::Grafana).is_err());
}

#[test]
fn in_strings_of_a_rule_variables_are_text() {
    let text = r#"x{job=~"$job", instance=~"${instance:regex}.*", a="[[b]]"}"#;
    for (dialect, variables) in [(Dialect::Grafana, 3), (Dialect::Prometheus, 0)] {
        let expr = parse(text, dialect).unwrap();
        let matchers = expr.selectors()[0].selector.label_matchers().map(|matcher| matcher.value.variables.len());
        assert_eq!(matchers.sum::<usize>(), variables, "{dialect:?}");
        assert_eq!(expr.to_string(), text);
    }
}

#[test]
fn variables_know_their_place() {
    let text = r#"x{job=~"a|${job:regex}"}"#;
    let expr = parse(text, Dialect::Grafana).unwrap();
    let selectors = expr.selectors();
    let matcher = selectors[0].selector.label_matchers().next().unwrap();
    let variable = &matcher.value.variables[0];
    assert_eq!(&text[variable.span.clone()], "${job:regex}");
    assert_eq!((variable.name.as_str(), variable.format.as_deref()), ("job", Some("regex")));
    assert_eq!((matcher.matches("a"), matcher.values(), matcher.requires_label()), (None, None, None));
}
