//! No input brings it down, what it prints it reads, and what it points at is there.

use lapwing_promql::{Dialect, Expr, ExprKind, parse};
use proptest::{prelude::*, sample::select};

const QUERIES: &str = include_str!("queries.tsv");

/// All that can be asked of a query, for the sake of not panicking.
fn ask_everything(text: &str, dialect: Dialect) {
    let expr = match parse(text, dialect) {
        Ok(expr) => expr,
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?}");
            assert!(
                !error.message.is_empty() && !error.message.starts_with(char::is_uppercase)
                    || error.message.starts_with("U+")
            );
            return;
        }
    };
    let printed = expr.to_string();
    let again = parse(&printed, dialect).unwrap_or_else(|error| panic!("{text:?} -> {printed:?}: {error:?}"));
    assert_eq!(again.to_string(), printed, "{text:?}");
    assert_eq!(shape(&again), shape(&expr), "{text:?}");
    for visit in expr.walk() {
        let slice = text.get(visit.expr.span.clone()).unwrap_or_else(|| panic!("{text:?}: {:?}", visit.expr.span));
        // Only as the argument of `info` may a selector select everything.
        if let (Ok(part), false) = (parse(slice, dialect), slice.is_empty()) {
            assert_eq!(part.to_string(), visit.expr.to_string(), "{text:?}");
        } else {
            assert!(slice.starts_with('{'), "{text:?}: {slice:?}");
        }
    }
    let _ = (expr.requirements(text), expr.comparisons().len(), expr.quantiles().len(), expr.ranges().len());
    let _ = expr.value_range(&|_| lapwing_promql::ValueRange::ANY);
    let _ = (expr.result_labels(), expr.unguarded_divisions().len(), expr.labels().len(), expr.constant());
    let _ = expr.mismatches(&|_| lapwing_promql::ResultLabels::none());
    for used in expr.selectors() {
        for matcher in used.selector.label_matchers() {
            if let Some(values) = matcher.values() {
                assert!(values.iter().all(|value| matcher.matches(value) == Some(true)), "{text:?}: {values:?}");
            }
        }
    }
}

/// The tree without its places: each node's kind, in order, with the number of its children.
fn shape(expr: &Expr) -> Vec<(std::mem::Discriminant<ExprKind>, usize, usize)> {
    let node = |visit: lapwing_promql::Visit<'_>| {
        (std::mem::discriminant(&visit.expr.kind), visit.expr.children().len(), visit.depth)
    };
    expr.walk().into_iter().map(node).collect()
}

fn queries() -> Vec<&'static str> {
    let lines = QUERIES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).map(|(_, query)| query).collect()
}

#[test]
fn queries_of_the_table_stand_all_questions() {
    for query in queries() {
        ask_everything(query, Dialect::Prometheus);
        ask_everything(query, Dialect::Grafana);
    }
}

#[test]
fn nesting_has_a_limit_and_chains_a_longer_one() {
    // What runs queries may have little stack; the whole limit has to fit into what a thread has, with room left.
    let small = std::thread::Builder::new().stack_size(3 << 19);
    small.spawn(limits).unwrap().join().unwrap();
}

fn limits() {
    let nested = |head: &str, levels: usize, tail: &str| format!("{}x{}", head.repeat(levels), tail.repeat(levels));
    for (head, tail) in [
        ("(", ")"),
        ("-", ""),
        ("abs(", ")"),
        ("sum by (a) (", ")"),
        ("topk(1, ", ")"),
        ("x ^ ", ""),
        ("max_over_time((", ")[5m:])"),
    ] {
        ask_everything(&nested(head, 31, tail), Dialect::Prometheus);
        let error = parse(&nested(head, 100_000, tail), Dialect::Prometheus).unwrap_err();
        assert!(error.message.contains("more than 64"), "{error}");
    }
    ask_everything(&("x or ".repeat(490) + "x"), Dialect::Prometheus);
    let error = parse(&("x or ".repeat(100_000) + "x"), Dialect::Prometheus).unwrap_err();
    assert!(error.message.contains("500 levels"), "{error}");
    let error = parse(&("x".to_owned() + &"[5m:]".repeat(100_000)), Dialect::Prometheus).unwrap_err();
    assert!(error.message.contains("500 levels"), "{error}");
    let long = format!("x{{a=~\"{}\"}}", "a|".repeat(20_000));
    ask_everything(&long, Dialect::Prometheus);
    let _ = parse(&format!("x{{a=~\"{}\"}}", "(".repeat(100_000)), Dialect::Prometheus);
}

fn token() -> impl Strategy<Value = &'static str> {
    select(vec![
        "x",
        "sum",
        "rate",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "bool",
        "offset",
        "and",
        "or",
        "unless",
        "atan2",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "[[",
        "]]",
        ",",
        ":",
        "=",
        "!=",
        "=~",
        "!~",
        "==",
        ">",
        "<=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "@",
        "1",
        "0x1f",
        "1_0",
        "5m",
        "1h30m",
        "0",
        "\"a\"",
        "'b'",
        "`c`",
        "\"",
        "\\",
        "$x",
        "${y:regex}",
        "[[z]]",
        "$",
        "inf",
        "nan",
        "start()",
        "end",
        "topk",
        "info",
        "label_replace",
        "\"(a|b)c\"",
        "é",
        "#",
        "\n",
        ".",
        "e",
        "é\"",
        "[5m]",
        "[5m:1m]",
        "()",
        "histogram_quantile",
        "absent",
        "clamp_min",
        "limitk",
        "x{a=~\"b|c\"}",
        "x[5m]",
    ])
}

/// 2000 cases, unless `PROPTEST_CASES` says otherwise.
fn config() -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => default,
        None => ProptestConfig { cases: 2_000, ..default },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_judged(text in ".{0,60}") {
        ask_everything(&text, Dialect::Prometheus);
        ask_everything(&text, Dialect::Grafana);
    }

    #[test]
    fn any_tokens_are_judged(tokens in prop::collection::vec(token(), 0..14), space in select(vec!["", " "])) {
        let text = tokens.join(space);
        ask_everything(&text, Dialect::Prometheus);
        ask_everything(&text, Dialect::Grafana);
    }

    #[test]
    fn queries_with_a_slip_are_judged(
        query in select(queries()),
        other in select(queries()),
        token in token(),
        places in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let boundary = |text: &str, place: prop::sample::Index| {
            let boundaries: Vec<_> = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
            boundaries[place.index(boundaries.len())]
        };
        let (cut, end) = (boundary(query, places.0), boundary(other, places.1));
        for text in [
            format!("{}{token}{}", &query[..cut], &query[cut..]),
            format!("{}{}", &query[..cut], &other[end..]),
            format!("({query}) / on (a) ({other})"),
            format!("{query} {token} {other}"),
        ] {
            ask_everything(&text, Dialect::Prometheus);
            ask_everything(&text, Dialect::Grafana);
        }
    }
}
