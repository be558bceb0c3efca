//! Queries that promtool of both versions judges the same.

use std::collections::BTreeMap;

use lapwing_promql::{Dialect, parse};
use stack::{Part, Promtool, PromtoolError, need};

const QUERIES: &str = include_str!("queries.tsv");

/// Verdict and query of each line.
fn table() -> Vec<(&'static str, &'static str)> {
    let lines = QUERIES.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').unwrap_or_else(|| panic!("no tab: {line:?}"))).collect()
}

/// Which Prometheus reads the query, as this crate sees it.
fn verdict(query: &str) -> &'static str {
    let Ok(expr) = parse(query, Dialect::Prometheus) else { return "neither" };
    let needed: Vec<_> = expr.requirements(query).into_iter().map(|requirement| requirement.availability).collect();
    let in_2 = needed.iter().all(|availability| availability.in_2_42);
    let in_3 = needed.iter().all(|availability| availability.since_3.is_some());
    match (in_2, in_3, needed.iter().any(|availability| availability.experimental)) {
        (_, true, true) => "experimental",
        (true, true, false) => "both",
        (true, false, _) => "2",
        (false, true, false) => "3",
        (false, false, _) => "neither",
    }
}

#[test]
fn every_query_is_judged_as_the_table_says() {
    let wrong: Vec<_> = table().into_iter().filter(|(expected, query)| verdict(query) != *expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(table().len() > 250);
}

#[test]
fn prometheus_2_reads_what_the_table_says() {
    if let Some(said) = promtool(Part::Prometheus2) {
        for ((expected, query), error) in table().into_iter().zip(said) {
            assert_eq!(error.is_none(), ["both", "2"].contains(&expected), "{query:?}: {error:?}");
        }
    }
}

#[test]
fn prometheus_3_reads_what_the_table_says() {
    if let Some(said) = promtool(Part::Prometheus3) {
        for ((expected, query), error) in table().into_iter().zip(said) {
            assert_eq!(error.is_none(), ["both", "3"].contains(&expected), "{query:?}: {error:?}");
            let flag = error.is_some_and(|error| error.contains("not enabled") || error.contains("experimental"));
            assert_eq!(flag, expected == "experimental", "{query:?}");
        }
    }
}

/// What promtool says of each query of the table: nothing, or its error.
fn promtool(part: Part) -> Option<Vec<Option<String>>> {
    let located = need(part)?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.yaml");
    let mut rules = "groups:\n- name: queries\n  rules:\n".to_owned();
    for (place, (_, query)) in table().iter().enumerate() {
        // YAML's single quotes know one escape only.
        rules += &format!("  - record: query_{place}\n    expr: '{}'\n", query.replace('\'', "''"));
    }
    std::fs::write(&file, rules).unwrap();
    let said = match Promtool::new(&located).check_rules(&file) {
        Err(PromtoolError::Invalid(said)) => said,
        other => panic!("the table has wrong queries, but promtool says {other:?}"),
    };
    let mut errors = BTreeMap::new();
    for line in said.lines() {
        // `…: group "queries", rule 2, "query_1": could not parse expression: 1:4: parse error: …`
        if let Some((_, behind)) = line.split_once("\"query_")
            && let Some((place, error)) = behind.split_once("\": ")
        {
            errors.insert(place.parse::<usize>().unwrap(), error.to_owned());
        }
    }
    Some((0..table().len()).map(|place| errors.get(&place).cloned()).collect())
}
